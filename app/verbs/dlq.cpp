#include "app/verbs/dlq.hpp"

#include <iostream>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include "actors/store/dead_letter_store.hpp"
#include "actors/store/payload_json.hpp"
#include "actors/store/store.hpp"
#include "app/data_dir.hpp"
#include "messages/exit_codes.hpp"

namespace sluice {

namespace {

int complain(std::ostream& errors, const char* verb, const error& why) {
  errors << "sluice dlq " << verb << ": " << why.text << "\n";
  return why.code == ec::invalid ? exit_usage : exit_storage;
}

// One line for people; texts come from outside, so they are escaped.
void print_line(std::ostream& out, const dead_letter& d) {
  out << d.id << "  " << to_string(d.why) << "  " << d.source;
  if (!d.pipeline.empty()) out << "/" << d.pipeline;
  out << "  " << json_string(d.topic) << "  " << d.payload.size() << " bytes";
  if (!d.where.empty()) out << "  at " << json_string(d.where);
  if (!d.detail.empty()) out << "  " << json_string(d.detail);
  out << "\n";
}

} // namespace

int dlq_list(const std::string& data_dir, const dlq_filter& filter, std::ostream& out, std::ostream& errors) {
  const auto state = store::open_read_only(data_dir);
  if (!state) return complain(errors, "list", state.error());
  std::uint64_t shown = 0;
  (*state)->scan_dead_letters(filter.from_id, [&](const dead_letter& d) {
    if (!filter.reason.empty() && filter.reason != to_string(d.why)) return true;
    if (!filter.source.empty() && filter.source != d.source) return true;
    if (filter.as_json)
      out << to_json(d) << "\n";
    else
      print_line(out, d);
    return ++shown != filter.most;
  });
  if (const auto bad = (*state)->failure()) return complain(errors, "list", *bad);
  return exit_ok;
}

int dlq_show(const std::string& data_dir, std::uint64_t id, std::ostream& out, std::ostream& errors) {
  const auto state = store::open_read_only(data_dir);
  if (!state) return complain(errors, "show", state.error());
  std::optional<dead_letter> found;
  (*state)->scan_dead_letters(id, [&](const dead_letter& d) {
    if (d.id == id) found = d;
    return false;
  });
  if (const auto bad = (*state)->failure()) return complain(errors, "show", *bad);
  if (!found) return complain(errors, "show", {ec::invalid, "there is no dead letter " + std::to_string(id)});
  out << to_json(*found) << "\n";
  return exit_ok;
}

void add_dlq(CLI::App& app, int& exit_code) {
  struct arguments {
    std::string config, data_dir;
    dlq_filter filter;
    std::uint64_t id = 0;
  };
  auto* verb = app.add_subcommand("dlq", "dead letters: what could not go on, with its reason");
  verb->require_subcommand(1);
  verb->footer("Example: sluice dlq list --data-dir ./data --reason json.syntax");
  auto a = std::make_shared<arguments>();
  const auto with_dir = [a, &exit_code](auto&& run) {
    const auto dir = find_data_dir(a->data_dir, a->config);
    if (!dir) std::cerr << dir.error().text << "\n";
    exit_code = dir ? run(*dir) : static_cast<int>(exit_config);
  };
  auto* list = verb->add_subcommand("list", "one line per dead letter, oldest first");
  list->add_option("CONFIG", a->config, "the configuration of the service (to find its data directory)");
  list->add_option("--data-dir", a->data_dir, "the data directory of the service, running or not");
  list->add_option("--reason", a->filter.reason, "only those, e.g. json.syntax");
  list->add_option("--source", a->filter.source, "only those of this source or sink");
  list->add_option("--from", a->filter.from_id, "begin at this id");
  list->add_option("--most", a->filter.most, "end after so many");
  list->add_flag("--json", a->filter.as_json, "whole dead letters, one line of JSON each");
  list->footer("Example: sluice dlq list --data-dir ./data --json");
  list->callback([=] {
    with_dir([&](const std::string& dir) { return dlq_list(dir, a->filter, std::cout, std::cerr); });
  });

  auto* show = verb->add_subcommand("show", "one dead letter as JSON, with its payload");
  show->add_option("ID", a->id, "its id, as `dlq list` prints it")->required();
  show->add_option("CONFIG", a->config, "the configuration of the service (to find its data directory)");
  show->add_option("--data-dir", a->data_dir, "the data directory of the service, running or not");
  show->footer("Example: sluice dlq show 17 --data-dir ./data");
  show->callback(
      [=] { with_dir([&](const std::string& dir) { return dlq_show(dir, a->id, std::cout, std::cerr); }); });
}

} // namespace sluice
