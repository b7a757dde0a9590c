// Every option of the reference is set to something else than its default, and what is in force changes.
#include <doctest/doctest.h>

#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/builtins.hpp"
#include "app/configuration.hpp"
#include "app/explain.hpp"
#include "app/schema.hpp"
#include "config/interpolate.hpp"
#include "config/yaml_tree.hpp"

using namespace sluice;
using config::option_info;
using config::yaml_node;

namespace {

// A world in which every variable and every file is there.
config::surroundings full_world() {
  config::surroundings world;
  world.environment = [](const std::string&) { return std::optional<std::string>("value"); };
  world.read_file = [](const std::string& path) -> outcome<std::string> {
    if (path.rfind("/run/", 0) == 0) return std::string("content"); // of a secret
    std::ostringstream pem;                                         // of a TLS file
    for (const auto* name : {"certificate", "key"})
      pem << std::ifstream(std::string(SLUICE_SOURCE_DIR) + "/test/data/pem/" + name + ".pem").rdbuf();
    return pem.str();
  };
  world.why_unreadable = [](const std::string&) { return std::string(); };
  world.readable_by_all = [](const std::string&) { return false; };
  world.read_tables = false;
  return world;
}

yaml_node parsed(const std::string& text) {
  config::report out;
  config::secret_values secrets;
  auto made = config::parse_yaml(text, "test", full_world(), secrets, out);
  REQUIRE(out.text() == "");
  return made;
}

// What is in force, "" when the configuration has errors.
std::string in_force(const yaml_node& root) {
  const auto file =
      std::filesystem::temp_directory_path() / ("sluice-options-" + std::to_string(::getpid()) + ".yaml");
  std::ofstream(file, std::ios::binary) << config::to_yaml(root);
  config::report out;
  auto made = load_configuration_in(file.string(), full_world(), out);
  std::filesystem::remove(file);
  return out.empty() ? made.redacted : "";
}

// The value behind a dotted name; maps on the way are made.
yaml_node& at(yaml_node& from, const std::string& name) {
  auto* node = &from;
  for (std::size_t begin = 0; begin <= name.size();) {
    const auto end = std::min(name.find('.', begin), name.size());
    const auto key = name.substr(begin, end - begin);
    if (!node->is_map()) *node = yaml_node::map();
    if (node->find(key) == nullptr) node->add(key, {});
    for (auto& entry : node->entries)
      if (entry.key.text == key) node = &entry.value;
    begin = end + 1;
  }
  return *node;
}

void remove(yaml_node& from, const std::string& name) {
  const auto dot = name.rfind('.');
  auto& map = dot == std::string::npos ? from : at(from, name.substr(0, dot));
  std::erase_if(map.entries, [&](const auto& e) { return e.key.text == name.substr(dot + 1); });
}

const std::string surroundings_of_an_example = R"(
sources: { field: { mqtt: { url: mqtts://h, topics: "p/{device}" }, decode: { json: { time: $.time, sequence: $.seq } } } }
pipelines: { climate: { from: field, steps: [{ window: { tumbling: 1m, aggregate: { temperature: [mean] } } }], to: out } }
sinks: { out: { file: { path: o } } }
)";

// A whole configuration around the example of a section.
yaml_node around(const config::reference_section& section) {
  auto root = parsed(surroundings_of_an_example);
  auto example = parsed(section.example);
  for (auto& [key, value] : example.entries) {
    if (key.text == "steps")
      at(root, "pipelines.climate.steps") = value;
    else if (key.text == "decode")
      at(root, "sources.field.decode") = value;
    else
      at(root, key.text) = value;
  }
  if (at(root, "sources.field").value("decode") != nullptr &&
      at(root, "sources.field.decode").find("raw") != nullptr)
    at(root, "pipelines.climate.steps") = yaml_node::sequence(); // raw bytes have no temperature
  for (auto& [name, p] : at(root, "pipelines").entries) {
    if (root.value("sources")->find(at(p, "from").text) == nullptr)
      at(p, "from") = yaml_node::words(at(root, "sources").entries.front().key.text);
    at(p, "to") = yaml_node::words(at(root, "sinks").entries.front().key.text);
  }
  if (section.title == "connections.NAME.kafka") {
    at(root, "sinks") = parsed("out: { kafka: { topic: t } }");
    at(root, "sinks.out.kafka.connection") =
        yaml_node::words(at(root, "connections").entries.front().key.text);
  } else if (root.find("connections") != nullptr) {
    remove(root, "sources.field.mqtt.url");
    at(root, "sources.field.mqtt.connection") =
        yaml_node::words(at(root, "connections").entries.front().key.text);
  }
  return root;
}

// The map that holds the options of a section, in the configuration around its example.
yaml_node& options_of(const std::string& title, yaml_node& root) {
  if (title.rfind("step ", 0) == 0) {
    const auto kind = title.substr(5);
    for (auto& step : at(root, "pipelines.climate.steps").items)
      if (step.find(kind) != nullptr) return at(step, kind);
    FAIL("the example of ", title, " has no such step");
  }
  const auto dot = title.find('.');
  auto& part = at(root, title.substr(0, dot));
  if (dot == std::string::npos) return part;
  auto& component = part.entries.front().value;
  const auto kind = title.find('.', dot + 1);
  return kind == std::string::npos ? component : at(component, title.substr(kind + 1));
}

// Values to try beside the example: near the default, or another word.
std::vector<std::string> others(const option_info& info) {
  std::vector<std::string> all{info.what.example};
  long long number = 0;
  const auto& text = info.what.required ? info.what.example : info.fallback;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string unit(end, text.data() + text.size());
  if (code == std::errc())
    for (const auto n : {number / 2, number + 1, number * 2, number - 1})
      all.push_back(std::to_string(n) + unit);
  if (info.type == "true or false") all.insert(all.end(), {"true", "false"});
  for (std::size_t begin = 0; info.type == "choice" && begin < info.bounds.size();) {
    const auto comma = std::min(info.bounds.find(", ", begin), info.bounds.size());
    all.push_back(info.bounds.substr(begin, comma - begin));
    begin = comma + 2;
  }
  return all;
}

struct with {
  const char* section; // of the title, "" = any
  const char* option;
  const char* value; // "" = the example and values near the default
  std::vector<std::pair<const char*, const char*>> also =
      {}; // other options of the section that it needs, "-" = without
};

// What the example alone does not show.
const std::vector<with>& special() {
  static const std::vector<with> all{
      {"", "tls.ca", "", {{"url", "mqtts://h"}}},
      {"", "tls.cert", "", {{"url", "mqtts://h"}, {"tls.key", "k"}}},
      {"", "tls.key", "", {{"url", "mqtts://h"}, {"tls.cert", "c"}}},
      {"", "tls.verify", "", {{"url", "mqtts://h"}}},
      {"", "will.topic", "other", {{"will.payload", "x"}}},
      {"", "will.payload", "other", {{"will.topic", "t"}}},
      {"", "will.qos", "0", {{"will.topic", "t"}, {"will.payload", "x"}}},
      {"", "will.retain", "true", {{"will.topic", "t"}, {"will.payload", "x"}}},
      {"sources.NAME.mqtt",
       "connections",
       "",
       {{"client", "grouped"}, {"topics", "\"$share/g/p/{device}\""}}},
      {"sinks.NAME.kafka", "tls.ca", "", {{"security", "ssl"}}},
      {"sinks.NAME.kafka", "tls.cert", "", {{"security", "ssl"}, {"tls.key", "k"}}},
      {"sinks.NAME.kafka", "tls.key", "", {{"security", "ssl"}, {"tls.cert", "c"}}},
      {"sinks.NAME.kafka", "tls.verify", "", {{"security", "ssl"}}},
      {"sinks.NAME.kafka", "security", "ssl"},
      {"sinks.NAME.kafka", "mechanism", "", {{"security", "sasl_ssl"}, {"user", "u"}, {"password", "p"}}},
      {"sinks.NAME.kafka", "user", "", {{"security", "sasl_ssl"}, {"user", "u"}, {"password", "p"}}},
      {"sinks.NAME.kafka", "password", "", {{"security", "sasl_ssl"}, {"user", "u"}}},
      {"sources.NAME.kafka", "tls.ca", "", {{"security", "ssl"}}},
      {"sources.NAME.kafka", "tls.cert", "", {{"security", "ssl"}, {"tls.key", "k"}}},
      {"sources.NAME.kafka", "tls.key", "", {{"security", "ssl"}, {"tls.cert", "c"}}},
      {"sources.NAME.kafka", "tls.verify", "", {{"security", "ssl"}}},
      {"sources.NAME.kafka", "security", "ssl"},
      {"sources.NAME.kafka", "mechanism", "", {{"security", "sasl_ssl"}, {"user", "u"}, {"password", "p"}}},
      {"sources.NAME.kafka", "user", "", {{"security", "sasl_ssl"}, {"user", "u"}, {"password", "p"}}},
      {"sources.NAME.kafka", "password", "", {{"security", "sasl_ssl"}, {"user", "u"}}},
      {"sources.NAME.kafka", "topics", "\"other/{device}\""},
      {"sinks.NAME.kafka", "topic", "other"},
      {"sinks.NAME.kafka", "transactional", "true", {{"topic", "results"}}},
      {"connections.NAME.kafka", "tls.ca", ""},
      {"connections.NAME.kafka", "tls.cert", "", {{"tls.key", "k"}}},
      {"connections.NAME.kafka", "tls.key", "", {{"tls.cert", "c"}}},
      {"connections.NAME.kafka", "tls.verify", ""},
      {"connections.NAME.kafka", "security", "sasl_plaintext"},
      {"connections.NAME.kafka", "user", "other"},
      {"connections.NAME.kafka", "brokers", "other"},
      {"", "oldest", "2010-01-01"},
      {"step window", "allowed_lateness", "1h"},
      {"step alarm", "to", "out"},
      {"step predict", "model", "models/other"},
      {"step predict", "into", "other"},
      {"step window", "hopping.size", "2h", {{"tumbling", "-"}, {"hopping.every", "1m"}}},
      {"step window", "hopping.every", "2m", {{"tumbling", "-"}, {"hopping.size", "1h"}}},
      {"step window", "session.gap", "20m", {{"tumbling", "-"}}},
      {"step window", "count", "7", {{"tumbling", "-"}}},
      {"step window", "running", "each", {{"tumbling", "-"}}},
      {"step window", "running.every", "2m", {{"tumbling", "-"}}},
      {"step window", "timezone", "Europe/Berlin", {{"tumbling", "1d"}}},
      {"step window", "offset", "1s"},
      {"sinks.NAME.mqtt", "topic", "\"other/{device}\""},
      {"sources.NAME.decode.", "fields.NAME.type", "", {{"fields.temperature", "{}"}}},
      {"sources.NAME.decode.", "fields.NAME.unit", "", {{"fields.temperature", "{}"}}},
      {"sources.NAME.decode.",
       "fields.NAME.from",
       "",
       {{"fields.temperature", "{}"}, {"fields.NAME.unit", "Cel"}}},
      {"sources.NAME.decode.", "fields.NAME.range", "", {{"fields.temperature", "{}"}}},
      {"sources.NAME.decode.", "fields.NAME.on_bad", "", {{"fields.temperature", "{}"}}},
      {"sources.NAME.decode.", "fields.NAME.column", "temperature", {{"fields.temperature", "{}"}}},
      {"sources.NAME.decode.", "fields.NAME", "temperature", {{"fields.temperature", "{}"}}},
      {"sources.NAME.decode.json", "fields.NAME", "$.x"},
      {"sources.NAME.decode.json", "time.path", "$.other"},
      {"sources.NAME.decode.json", "time.unit", "", {{"time", "{ path: $.t }"}}},
      {"sources.NAME.decode.json", "time.format", "", {{"time", "{ path: $.t }"}}},
      {"sources.NAME.decode.json", "time.zone", "", {{"time", "{ path: $.t, format: \"%F %T\" }"}}},
      {"sources.NAME.decode.csv", "time.column", "other"},
      {"sources.NAME.decode.csv", "time.unit", "", {{"time", "{ column: t }"}}},
      {"sources.NAME.decode.csv", "time.format", "", {{"time", "{ column: t }"}}},
      {"sources.NAME.decode.csv", "time.zone", "", {{"time", "{ column: t, format: \"%F %T\" }"}}},
      {"sources.NAME.decode.csv", "columns", "[room, date, temperature]"},
      {"sources.NAME.decode.csv", "fields", "{ temperature: t }"},
      {"sources.NAME.decode.delimited", "time", "temperature"},
      {"sources.NAME.decode.delimited", "time.column", "temperature"},
      {"sources.NAME.decode.delimited", "time.unit", "", {{"time", "{ column: time }"}}},
      {"sources.NAME.decode.delimited", "time.format", "", {{"time", "{ column: time }"}}},
      {"sources.NAME.decode.delimited", "time.zone", "", {{"time", "{ column: time, format: \"%F %T\" }"}}},
      {"sources.NAME.decode.delimited", "sequence", "temperature"},
      {"sources.NAME.decode.delimited", "columns", "[id, time, temperature, more]"},
      {"sources.NAME.decode.delimited", "fields", "{ temperature: id }"},
      {"sources.NAME.decode.", "separator", "tab"},
      {"sources.NAME.decode.", "decimal", "", {{"separator", "tab"}}},
      {"", "aggregate", "{ humidity: last }"},
      {"pipelines", "steps", "[{ filter: a > 1 }]"},
      {"models.NAME", "label", "other"},
      {"models.NAME", "features", "[light]"},
      {"models.NAME", "categories", "[light]"},
      {"models.NAME", "data.pipeline", "climate", {{"data.files", "-"}}},
      {"models.NAME", "data.time", "date"},
      {"models.NAME", "data.time.column", "other"},
      {"models.NAME", "data.time.unit", "", {{"data.time", "{ column: t }"}}},
      {"models.NAME", "data.time.format", "", {{"data.time", "{ column: t }"}}},
      {"models.NAME", "data.time.zone", "", {{"data.time", "{ column: t, format: \"%F %T\" }"}}},
      {"models.NAME", "test.by", "time", {{"data.time", "date"}}},
      {"models.NAME", "validation", "20%", {{"logistic_regression.stop_after", "5"}}},
      {"models.NAME.xgboost", "file", "other.ubj"},
  };
  return all;
}

void check(const config::reference_section& section, const option_info& info, const std::string& prefix) {
  const auto name = prefix + info.what.name;
  if (!info.nested.empty())
    for (const auto& inner : info.nested) check(section, inner, name + ".");
  if (info.type == "map" && !info.nested.empty()) return;
  if (section.title == "pipelines.NAME" && (name == "from" || name == "to"))
    return; // names of other components
  auto candidates = others(info);
  // A contract stands beside a column of its own name.
  const bool delimited_field =
      section.title == "sources.NAME.decode.delimited" && name.rfind("fields.NAME", 0) == 0;
  std::vector<std::pair<const char*, const char*>> also;
  for (const auto& s : special())
    if (name == s.option && section.title.rfind(s.section, 0) == 0) {
      also = s.also;
      if (*s.value != '\0') candidates.assign(1, s.value);
    }
  auto root = around(section);
  // With listed columns a header is a choice; without, the one way to name them.
  if (section.title == "sources.NAME.file" && name == "header")
    at(root, "sources.field.decode") = parsed("csv: { columns: [date, temperature], time: date }");
  auto& options = options_of(section.title, root);
  if (delimited_field) at(options, "columns") = parsed("[id, time, temperature, NAME]");
  for (const auto& [other, value] : also)
    if (std::string_view(value) == "-")
      remove(options, other);
    else
      at(options, other) = parsed(value);
  auto without = root;
  if (!info.what.required) remove(options_of(section.title, without), name);
  const auto before = in_force(without);
  bool seen = false;
  for (const auto& value : candidates) {
    auto changed = root;
    at(options_of(section.title, changed), name) = parsed("v: " + value).entries.front().value;
    const auto after = in_force(changed);
    seen = seen || (!after.empty() && after != before);
  }
  CHECK_MESSAGE(seen, section.title, ": ", name, " changes nothing");
}

} // namespace

TEST_CASE("every option of the reference can be set and changes what is in force") {
  for (const auto& section : reference_sections()) {
    CAPTURE(section.title);
    const auto root = around(section);
    CHECK_MESSAGE(!in_force(root).empty(), "the example of ", section.title, " has errors in\n",
                  config::to_yaml(root));
    for (const auto& info : section.infos) check(section, info, "");
  }
}

TEST_CASE("explain shows actors, path and what is not at its default") {
  config::report out;
  auto world = full_world();
  world.environment = [](const std::string&) { return std::optional<std::string>(); };
  const auto c =
      load_configuration_in(std::string(SLUICE_SOURCE_DIR) + "/config/pipelines/greenhouse.yaml", world, out);
  REQUIRE(!c.sources.empty());
  const auto text = explain_text(c, 2);
  for (const auto* line :
       {"Service greenhouse\n", "  root ", "      sink.archive ", "      shard.1\n", "      source.field ",
        "  source field  mqtt  greenhouse/{device}/climate at ", "    -> decode json\n",
        "  pipeline climate  from field\n", "    -> filter temperature > -40 and temperature < 85\n",
        "    -> outbox -> sink board\n", "  service.name: greenhouse\n",
        "  sources.field.decode.json.sequence: $.seq\n", "  sinks.board.thingsboard.token: ***\n"}) {
    CAPTURE(text);
    CAPTURE(line);
    CHECK(text.find(line) != std::string::npos);
  }
  CHECK(text.find("keep_alive") == std::string::npos);
  const auto chart = explain_mermaid(c);
  CAPTURE(chart);
  CHECK(chart.rfind("flowchart LR\n", 0) == 0);
  CHECK(chart.find("journal -- \"field\" --> pipeline") != std::string::npos);
  CHECK(chart.find("outbox -- \"climate\" --> sink") != std::string::npos);
}

TEST_CASE("the schema names every option") {
  const auto schema = configuration_schema();
  for (const auto& section : reference_sections())
    for (const auto& info : section.infos) {
      CAPTURE(info.what.name);
      CHECK(schema.find("\"" + info.what.name + "\":") != std::string::npos);
    }
}
