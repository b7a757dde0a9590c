// Command line of the simulator, its progress line and its final JSON line.
#include "app/verbs/simulate.hpp"

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "actors/simulate/simulator.hpp"
#include "app/verbs/publishing.hpp"
#include "config/units.hpp"
#include "messages/exit_codes.hpp"

namespace sluice {

namespace {

// What the command line says, as text; the rest is made of it after parsing.
struct arguments {
  simulate_options options;
  std::string duration = "60s", sentinel = "2m", disorder_by = "2s", rate = "100";
  std::string disorder = "0%", duplicates = "0%", gaps = "0%";
  bool quiet = false;
};

// "5%" or "0.05" as 0.05.
std::optional<double> share(std::string_view text) {
  const bool percent = !text.empty() && text.back() == '%';
  if (percent) text.remove_suffix(1);
  auto value = plain_number(text);
  if (value && percent) *value /= 100;
  return value && *value < 1 ? value : std::nullopt;
}

// Checks that run while CLI11 parses, so that a wrong value is a usage error like any other.
const CLI::Validator duration_text(
    [](const std::string& text) {
      return config::parse_duration(text) ? "" : "is not a duration (got \"" + text + "\", want e.g. 60s)";
    },
    "DURATION");
const CLI::Validator share_text(
    [](const std::string& text) {
      return share(text) ? "" : "is not a share below 100% (got \"" + text + "\", want e.g. 5%)";
    },
    "SHARE");
const CLI::Validator rate_text(
    [](const std::string& text) {
      const auto value = plain_number(text);
      return text == "max" || (value && *value > 0)
                 ? ""
                 : "is not a rate (got \"" + text + "\", want e.g. 100 or max)";
    },
    "RATE");
const CLI::Validator topic_text(
    [](const std::string& text) {
      const auto topics = device_topics(text, 1);
      return topics ? "" : topics.error().text;
    },
    "TOPIC");

void show(const publish_progress& p) {
  const bool terminal = isatty(2) == 1;
  std::fprintf(stderr, "%s%.0f s: %llu acknowledged, %llu in flight, %llu sent again%s%s",
               terminal ? "\r\033[K" : "", p.seconds, static_cast<unsigned long long>(p.published),
               static_cast<unsigned long long>(p.in_flight), static_cast<unsigned long long>(p.resent),
               p.connected ? "" : ", not connected", terminal ? "" : "\n");
}

int run(arguments& a) {
  auto& o = a.options;
  o.duration = *config::parse_duration(a.duration);
  o.sentinel = *config::parse_duration(a.sentinel);
  o.fleet.disorder_by_ms = config::parse_duration(a.disorder_by)->count();
  o.rate = a.rate == "max" ? 0 : *plain_number(a.rate);
  o.fleet.disorder = *share(a.disorder);
  o.fleet.duplicates = *share(a.duplicates);
  o.fleet.gaps = *share(a.gaps);
  if (o.client_id.empty()) o.client_id = own_client_id("simulate");
  const auto signals = stop_on_signals();
  publish_listener tell;
  if (!a.quiet) tell.progress = show;
  tell.trouble = [](const error& e) {
    std::fprintf(stderr, "sluice simulate: %s; trying again\n", e.text.c_str());
  };
  const auto end = simulate(o, signals.stop, signals.abandon, tell);
  if (!a.quiet && isatty(2) == 1) std::fputc('\n', stderr);
  if (!end) return publishing_failed("simulate", end.error());
  std::printf("{\"published\":%llu,\"devices\":%u,\"seconds\":%.3f,\"resent\":%llu}\n",
              static_cast<unsigned long long>(end->published), o.fleet.devices, end->seconds,
              static_cast<unsigned long long>(end->resent));
  return std::fflush(stdout) == 0 ? exit_ok : exit_storage;
}

} // namespace

void add_simulate(CLI::App& app, int& exit_code) {
  auto held = std::make_shared<arguments>();
  auto& a = *held;
  auto& o = a.options;
  auto* verb = app.add_subcommand("simulate",
                                  "Publish the readings of a fleet of sensors to an MQTT broker or to Kafka");
  verb->footer(
      "Each reading is {\"time\":ms,\"seq\":n,\"temperature\":..,\"humidity\":..}, published with QoS 1. "
      "After a lost\n"
      "connection everything without PUBACK is sent again (DUP = 1); the verb ends when every publish has "
      "its\n"
      "PUBACK. One JSON line on stdout: {\"published\":N,\"devices\":N,\"seconds\":S,\"resent\":N}.\n"
      "\n"
      "Example: 200 rooms, 1000 readings/s for a minute, some of them late, doubled or missing\n"
      "  sluice simulate --url mqtt://127.0.0.1:1883 --topic 'greenhouse/{device}/climate' --devices 200 \\\n"
      "    --rate 1000 --for 60s --disorder 5% --duplicates 1% --gaps 1% --ack-log acks.jsonl");
  add_publish_options(*verb, o);
  verb->add_option("--topic", o.topic, "Topic, {device} becomes room-1, room-2, ..")
      ->required()
      ->check(topic_text);
  verb->add_option("--devices", o.fleet.devices, "Number of devices")
      ->required()
      ->check(CLI::Range(1u, 10'000'000u));
  verb->add_option("--rate", a.rate, "Readings per second of the whole fleet, or max")
      ->capture_default_str()
      ->check(rate_text);
  verb->add_option("--for", a.duration, "How long to publish")->capture_default_str()->check(duration_text);
  verb->add_option("--seed", o.fleet.seed, "Equal seeds give equal readings, but for the time they start at")
      ->capture_default_str();
  verb->add_option("--disorder", a.disorder, "Share of readings that arrive behind later ones")
      ->capture_default_str()
      ->check(share_text);
  verb->add_option("--disorder-by", a.disorder_by, "How late they are at most, in event time")
      ->capture_default_str()
      ->check(duration_text);
  verb->add_option("--duplicates", a.duplicates,
                   "Share of readings that are published twice, with the same seq")
      ->capture_default_str()
      ->check(share_text);
  verb->add_option("--gaps", a.gaps,
                   "Share of readings that are never taken: devices fall silent for 1 to 10 turns")
      ->capture_default_str()
      ->check(share_text);
  verb->add_option("--sentinel", a.sentinel,
                   "The last two readings of each device are this far ahead, to close its windows; 0s = none")
      ->capture_default_str()
      ->check(duration_text);
  verb->add_flag("--quiet", a.quiet, "No progress on stderr");
  verb->callback([held, &exit_code] { exit_code = run(*held); });
}

} // namespace sluice
