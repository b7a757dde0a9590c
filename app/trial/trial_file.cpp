#include "app/trial/trial_file.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "actors/store/payload_json.hpp"
#include "app/trial/yaml_json.hpp"
#include "config/option_kinds.hpp"
#include "config/time_zone.hpp"
#include "config/yaml_tree.hpp"

namespace sluice {

using namespace config;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

template <class V> using read_function = void (*)(const yaml_node&, V&, const std::string&, reader&);

// A value that is only ever read.
template <class V> option_kind<V> value(std::string type, read_function<V> read) {
  option_kind<V> kind;
  kind.type = std::move(type);
  kind.read = [read](const yaml_node& node, V& into, const std::string& where, const about&, reader& in) {
    read(node, into, where, in);
  };
  kind.print = [](const V&, const secret_values&) { return yaml_node(); };
  return kind;
}

void read_payload(const yaml_node& node, std::string& into, const std::string&, reader&) {
  into = node.is_map() || node.is_sequence() ? to_json(node).dump() : node.text;
}

void read_base64(const yaml_node& node, std::string& into, const std::string& where, reader& in) {
  if (const auto bytes = from_base64(node.text); bytes && node.is_scalar())
    into = *bytes;
  else
    in.out.error(node.at, where + " is not base64", show(node), "e.g. eyJ0IjoxfQ==");
}

void read_texts(const yaml_node& node, std::vector<std::pair<std::string, std::string>>& into,
                const std::string& where, reader& in) {
  if (!node.is_map()) return in.out.error(node.at, where + " is not a map", show(node), "NAME: TEXT");
  for (const auto& [key, text] : node.entries) into.emplace_back(key.text, text.text);
}

void read_start(const yaml_node& node, std::int64_t& into, const std::string& where, reader& in) {
  if (const auto ms = to_ms(node.text); ms && node.is_scalar())
    into = *ms;
  else
    in.out.error(node.at, where + " is not a time", show(node), "e.g. 2024-01-01T00:00:00Z");
}

const options<trial_input>& input_table() {
  static const auto table = [] {
    auto made = options<trial_input>("input");
    made.add({"source", "The source that gets it; may be left out where there is one.", "field"},
             &trial_input::source, text())
        .add({"topic", "Its topic.", "greenhouse/room-1/climate"}, &trial_input::topic, text())
        .add({"payload", "A text as it is, or a map or list that becomes JSON.",
              "{ time: 0, temperature: 21 }"},
             &trial_input::payload, value<std::string>("text, map or list", read_payload))
        .add({"payload_base64", "Bytes.", "AAEC"}, &trial_input::payload,
             value<std::string>("base64", read_base64))
        .add({"properties", "MQTT 5 user properties.", "{ seq: \"7\" }"}, &trial_input::properties,
             value<std::vector<std::pair<std::string, std::string>>>("map of name to text", read_texts))
        .add({"dup", "The broker says that it sends it again.", "true"}, &trial_input::dup, yes_or_no())
        .add({"retain", "A retained message.", "true"}, &trial_input::retain, yes_or_no())
        .add({"wait", "So much time passes; ticks come every second.", "30s"}, &trial_input::wait,
             duration(1ms, 24h * 3660))
        .add({"up", "This source is subscribed (all are when a case begins).", "field"}, &trial_input::source,
             text())
        .add({"down", "This source is away.", "field"}, &trial_input::source, text())
        .add({"end", "This finite source has ended.", "field"}, &trial_input::source, text());
    return made;
  }();
  return table;
}

void read_input(const yaml_node& node, std::vector<trial_input>& into, const std::string& where, reader& in) {
  if (!node.is_sequence())
    return in.out.error(node.at, where + " is not a list", show(node), "e.g. - wait: 30s");
  for (const auto& item : node.items) {
    trial_input input;
    input.at = item.at;
    input_table().read(item, input, in);
    using kind = trial_input::kind;
    const std::pair<const char*, kind> events[] = {
        {"wait", kind::wait}, {"up", kind::up}, {"down", kind::down}, {"end", kind::end}};
    for (const auto& [key, what] : events)
      if (item.find(key) != nullptr) input.what = what;
    const bool message = item.find("payload") != nullptr || item.find("payload_base64") != nullptr;
    if (item.is_map() && (input.what == kind::message) != message)
      in.out.error(item.at, "an input is one message or one event", message ? "both" : "neither",
                   "payload, wait, up, down or end");
    into.push_back(std::move(input));
  }
}

void read_expected(const yaml_node& node, std::vector<trial_json>& into, const std::string& where,
                   reader& in) {
  if (!node.is_sequence())
    return in.out.error(node.at, where + " is not a list", show(node), "- { .. }, or []");
  for (const auto& item : node.items) {
    if (!item.is_map()) in.out.error(item.at, where + " holds something else", show(item), "{ KEY: VALUE }");
    auto made = to_json(item);
    for (const auto* key : {"start", "end", "time"}) // as people write them
      if (made.is_object() && made.contains(key) && made[key].is_string())
        if (const auto ms = to_ms(made[key].template get<std::string>())) made[key] = *ms;
    into.push_back(std::move(made));
  }
}

void read_results(const yaml_node& node, std::optional<std::vector<trial_json>>& into,
                  const std::string& where, reader& in) {
  read_expected(node, into.emplace(), where, in);
}

void read_counters(const yaml_node& node, std::map<std::string, std::map<std::string, std::uint64_t>>& into,
                   const std::string& where, reader& in) {
  for (const auto& [name, counters] : node.entries)
    for (const auto& [key, number] : counters.entries)
      if (const auto n = read_integer(number, where + "." + name.text + "." + key.text, 0, INT64_MAX, {}, in))
        into[name.text][key.text] = static_cast<std::uint64_t>(*n);
}

const options<trial_case>& case_table() {
  static const auto table =
      options<trial_case>("a test")
          .add({"name", "A sentence that says what is seen.", "a window closes", required}, &trial_case::name,
               text())
          .add({"start", "Virtual time at the beginning.", "2024-01-01T00:00:00Z"}, &trial_case::start_ms,
               value<std::int64_t>("time", read_start))
          .add({"input", "What happens, in order.", "[{ wait: 30s }]", required}, &trial_case::input,
               value<std::vector<trial_input>>("list", read_input))
          .add({"results", "Every result, in the order of its device.", "[]"}, &trial_case::results,
               value<std::optional<std::vector<trial_json>>>("list", read_results))
          .add({"dead_letters", "Every dead letter, in order; without it there must be none.", "[]"},
               &trial_case::dead_letters, value<std::vector<trial_json>>("list", read_expected))
          .add({"counters", "Counters of pipelines and sources.", "{ climate: { applied: 2 } }"},
               &trial_case::counters,
               value<std::map<std::string, std::map<std::string, std::uint64_t>>>("map", read_counters));
  return table;
}

surroundings nothing_outside() {
  auto world = process_surroundings();
  world.environment = [](const std::string&) { return std::optional<std::string>(); };
  return world;
}

} // namespace

trial_file read_trial_file(const std::string& path, report& out) {
  trial_file made;
  const auto world = nothing_outside();
  if (const auto why = world.why_unreadable(path); !why.empty()) {
    out.error({path, 1, 1}, "the test file cannot be read", why, "a YAML file");
    return made;
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  secret_values secrets;
  reader in{out, secrets};
  const auto before = out.errors();
  const auto root = parse_yaml(bytes.str(), path, world, secrets, out);
  if (out.errors() != before || !check_keys(root, "a test file", {"environment", "tests"}, in)) return made;
  if (const auto* environment = root.value("environment"))
    for (const auto& [name, text] : environment->entries) made.environment[name.text] = text.text;
  const auto* tests = root.value("tests");
  if (tests == nullptr || !tests->is_sequence() || tests->items.empty())
    out.error(root.at, "a test file has no tests", tests == nullptr ? "nothing" : show(*tests),
              "tests: [{ name: .. }]");
  else
    for (const auto& item : tests->items) {
      trial_case one;
      one.at = item.at;
      case_table().read(item, one, in);
      made.cases.push_back(std::move(one));
    }
  return made;
}

std::vector<std::string> trial_files_of(const std::string& config) {
  std::vector<std::string> files;
  std::error_code e;
  if (fs::is_directory(config, e)) {
    for (const auto& entry : fs::directory_iterator(config, e)) {
      const auto name = entry.path().filename().string();
      if (name.ends_with(".test.yaml") || name.ends_with(".test.yml")) files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    return files;
  }
  for (const auto* end : {".test.yaml", ".test.yml"}) {
    auto beside = fs::path(config);
    beside.replace_extension(end);
    if (fs::exists(beside, e)) files.push_back(beside.string());
  }
  return files;
}

} // namespace sluice
