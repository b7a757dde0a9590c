#include "app/verbs/dlq.hpp"

#include <iostream>
#include <map>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "actors/store/dead_letter_store.hpp"
#include "actors/store/payload_json.hpp"
#include "actors/store/store.hpp"
#include "app/control_socket.hpp"
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

std::string said_so_far(std::uint64_t moved, bool drop) {
  return moved == 0 ? "" : " (" + std::to_string(moved) + (drop ? " dropped before)" : " replayed before)");
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

int dlq_ask(const std::string& data_dir, const dlq_move& what, std::ostream& out, std::ostream& errors) {
  using nlohmann::json;
  const std::string verb = what.drop ? "drop" : "replay";
  const auto refuse = [&](int code, const std::string& why) {
    errors << "sluice dlq " << verb << ": " << why << "\n";
    return code;
  };
  if (what.id == 0 && what.reason.empty() && what.source.empty() && what.device.empty() && !what.all)
    return refuse(exit_usage, "nothing is chosen (want --id, --reason, --source, --device or --all)");
  const auto ask = [&](const json& request) -> outcome<json> {
    auto text = ask_service(data_dir + "/control.sock", request.dump(), 60'000);
    if (!text) return tl::unexpected(text.error());
    auto answer = json::parse(*text, nullptr, false);
    if (!answer.is_object()) return fail(ec::bug, "the answer cannot be read: " + *text);
    if (answer.contains("error")) return fail(ec::refused, answer["error"].get<std::string>());
    return answer;
  };
  if (!what.device.empty() && !what.drop)
    if (const auto done = ask({{"do", "release"}, {"device", what.device}}); !done)
      return refuse(1, done.error().text);
  std::uint64_t moved = 0, refused = 0, from = 1, to = 0;
  std::map<std::string, std::uint64_t> reasons;
  while (from != 0) {
    const auto done = ask({{"do", verb},
                           {"id", what.id},
                           {"reason", what.reason},
                           {"source", what.source},
                           {"device", what.device},
                           {"from", from},
                           {"to", to}});
    if (!done) return refuse(1, done.error().text + said_so_far(moved, what.drop));
    moved += done->value("moved", std::uint64_t{0});
    for (const auto& [why, count] : done->value("refused", std::map<std::string, std::uint64_t>()))
      reasons[why] += count, refused += count;
    from = done->value("next", std::uint64_t{0});
    to = done->value("to", std::uint64_t{0});
  }
  out << moved << (what.drop ? " dropped" : " replayed");
  if (refused != 0) out << ", " << refused << " refused";
  out << "\n";
  for (const auto& [why, count] : reasons)
    errors << "sluice dlq " << verb << ": " << count << " refused: " << why << "\n";
  return refused == 0 ? exit_ok : 1;
}

void add_dlq(CLI::App& app, int& exit_code) {
  struct arguments {
    std::string config, data_dir;
    dlq_filter filter;
    std::uint64_t id = 0;
    dlq_move move;
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

  for (const bool drop : {false, true}) {
    auto* sub = verb->add_subcommand(
        drop ? "drop" : "replay",
        drop ? "remove dead letters of the running service"
             : "let the running service take dead letters again: read, apply or send them");
    sub->add_option("CONFIG", a->config, "the configuration of the service (to find its data directory)");
    sub->add_option("--data-dir", a->data_dir, "the data directory of the service");
    sub->add_option("--id", a->move.id, "this one");
    sub->add_option("--reason", a->move.reason, "those with this reason, e.g. field.type");
    sub->add_option("--source", a->move.source, "those of this source or sink");
    sub->add_option("--device", a->move.device,
                    drop ? "those of events of this device"
                         : "those of events of this device; its quarantine ends first");
    sub->add_flag("--all", a->move.all, "all of them");
    sub->footer(drop ? "Example: sluice dlq drop --reason json.syntax --data-dir ./data"
                     : "Example: sluice dlq replay --reason field.type --data-dir ./data\n"
                       "A letter is removed in the same write that applies it: nothing is lost or doubled by "
                       "a kill. What is "
                       "still bad is a\nnew dead letter. What cannot be replayed is refused, with the "
                       "reason, and stays.");
    sub->callback([=] {
      a->move.drop = drop;
      with_dir([&](const std::string& dir) { return dlq_ask(dir, a->move, std::cout, std::cerr); });
    });
  }
}

} // namespace sluice
