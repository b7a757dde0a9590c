// Command line of the replay, its progress bar and its final JSON line.
#include "app/verbs/replay.hpp"

#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "actors/simulate/replay.hpp"
#include "app/verbs/bar_text.hpp"
#include "app/verbs/publishing.hpp"
#include "messages/exit_codes.hpp"

namespace sluice {

namespace {

struct arguments {
  replay_options options;
  std::string speed = "1x", unit = "ms", separator = ",";
  bool quiet = false;
};

// "60x" or "60" as 60, "max" as 0.
std::optional<double> speed_of(std::string_view text) {
  if (text == "max") return 0;
  if (!text.empty() && text.back() == 'x') text.remove_suffix(1);
  const auto value = plain_number(text);
  return value && *value > 0 ? value : std::nullopt;
}

const CLI::Validator speed_text(
    [](const std::string& text) {
      return speed_of(text) ? "" : "is not a speed (got \"" + text + "\", want e.g. 60x or max)";
    },
    "SPEED");
const CLI::Validator separator_text(
    [](const std::string& text) {
      return text.size() == 1 || text == "tab"
                 ? ""
                 : "is not a separator (got \"" + text + "\", want one byte or tab)";
    },
    "SEPARATOR");

void show(const publish_progress& p, std::uint64_t rows) {
  const bool terminal = isatty(2) == 1;
  const double done = rows == 0 ? 0 : static_cast<double>(p.published) / static_cast<double>(rows);
  const auto bar = terminal ? "\r\033[K" + bar_text(done) + " " : "";
  std::fprintf(stderr, "%s%.0f%% %.0f s: %llu of %llu rows acknowledged%s%s", bar.c_str(), done * 100,
               p.seconds, static_cast<unsigned long long>(p.published), static_cast<unsigned long long>(rows),
               p.connected ? "" : ", not connected", terminal ? "" : "\n");
}

int run(arguments& a) {
  auto& o = a.options;
  o.speed = *speed_of(a.speed);
  o.separator = a.separator == "tab" ? '\t' : a.separator[0];
  o.time.arrival = false;
  o.time.unit = a.unit == "s"    ? time_unit::s
                : a.unit == "us" ? time_unit::us
                : a.unit == "ns" ? time_unit::ns
                                 : time_unit::ms;
  if (o.client_id.empty()) o.client_id = own_client_id("replay");
  const auto signals = stop_on_signals();
  replay_totals totals;
  publish_listener tell;
  if (!a.quiet) tell.progress = [&](const publish_progress& p) { show(p, totals.rows); };
  tell.trouble = [](const error& e) {
    std::fprintf(stderr, "sluice replay: %s; trying again\n", e.text.c_str());
  };
  const auto end = replay(
      o, [&](const replay_totals& t) { totals = t; }, signals.stop, signals.abandon, tell);
  if (!a.quiet && end) show(*end, totals.rows);
  if (!a.quiet && isatty(2) == 1) std::fputc('\n', stderr);
  if (!end) return publishing_failed("replay", end.error());
  std::printf("{\"published\":%llu,\"rows\":%llu,\"skipped\":%llu,\"devices\":%llu,\"seconds\":%.3f,"
              "\"resent\":%llu}\n",
              static_cast<unsigned long long>(end->published), static_cast<unsigned long long>(totals.rows),
              static_cast<unsigned long long>(totals.skipped),
              static_cast<unsigned long long>(totals.devices), end->seconds,
              static_cast<unsigned long long>(end->resent));
  return std::fflush(stdout) == 0 ? exit_ok : exit_storage;
}

} // namespace

void add_replay(CLI::App& app, int& exit_code) {
  auto held = std::make_shared<arguments>();
  auto& a = *held;
  auto& o = a.options;
  auto* verb = app.add_subcommand(
      "replay", "Publish the rows of a CSV or JSON lines file to an MQTT broker or to Kafka");
  verb->footer(
      "Each row becomes a JSON object with `time` (ms since 1970 UTC) in place of its time column and "
      "`seq`,\n"
      "counted per device, published with QoS 1 in the order of the file. The file is checked as a whole "
      "before\n"
      "anything is published. One JSON line on stdout:\n"
      "{\"published\":N,\"rows\":N,\"skipped\":N,\"devices\":N,\"seconds\":S,\"resent\":N}.\n"
      "\n"
      "Example: a day of readings in 24 minutes, as if it ended now\n"
      "  sluice replay day.csv --url mqtt://127.0.0.1:1883 --topic 'plant/{device}/t' --device sensor \\\n"
      "    --time date --time-format '%Y-%m-%d %H:%M:%S' --zone Europe/Brussels --speed 60x --shift-to-now");
  verb->add_option("FILE", o.file, "CSV with a header, or JSON lines")->required();
  add_publish_options(*verb, o);
  verb->add_option("--topic", o.topic, "Topic: {device} and {COLUMN} stand for the row's own")->required();
  verb->add_option("--device", o.device,
                   "Column of the device, or the one device all rows are of (default: the "
                   "column device)");
  verb->add_option("--time", o.time.path, "Column of the time")->required();
  verb->add_option("--time-unit", a.unit, "Unit of a numeric time")
      ->check(CLI::IsMember({"s", "ms", "us", "ns"}))
      ->capture_default_str();
  verb->add_option("--time-format", o.time.format,
                   "Format of a text time, e.g. '%d.%m.%Y %H:%M' (default: RFC 3339)");
  verb->add_option("--zone", o.time.zone,
                   "Time zone of a text time without offset, e.g. Europe/Berlin (default: UTC)");
  verb->add_option("--speed", a.speed, "How much faster than the times say, or max")
      ->check(speed_text)
      ->capture_default_str();
  verb->add_flag("--shift-to-now", o.shift, "The last row's time becomes the start of the replay");
  verb->add_option("--separator", a.separator, "Between the fields of a CSV file: one byte, or tab")
      ->check(separator_text)
      ->capture_default_str();
  verb->add_flag("--skip-bad", o.skip_bad,
                 "Count rows that cannot be published instead of refusing the file");
  verb->add_flag("--quiet", a.quiet, "No progress on stderr");
  verb->callback([held, &exit_code] { exit_code = run(*held); });
}

} // namespace sluice
