#include "app/schema.hpp"

#include <algorithm>

#include "actors/ingest/decode/declaration.hpp"
#include "actors/learn/model_options.hpp"
#include "app/builtins.hpp"
#include "app/configuration_pipeline.hpp"
#include "app/shared_connections.hpp"
#include "config/schema.hpp"
#include "config/templates.hpp"

namespace sluice {

using namespace config;

namespace {

json_schema map_of_names(json_schema each, const char* about) {
  return {{"type", json_schema::array({"object", "null"})},
          {"description", about},
          {"additionalProperties", std::move(each)}};
}

json_schema reference(const std::string& name) {
  return {{"$ref", "#/$defs/" + name}};
}

// What stands behind a component's key. A component that may use a shared connection need not say what that
// says.
template <class Row> json_schema component(const Row& row, bool connects) {
  json_schema made = row.infos.empty() ? json_schema::object() : schema_of(row.infos);
  made["description"] = row.sentence;
  if (!connects) return made;
  made["properties"]["connection"] = {{"type", "string"},
                                      {"description", "The shared connection whose options it takes."}};
  if (made.contains("required")) {
    auto& required = made["required"];
    // The address, by the name that the kind has for it.
    const auto address = std::find_if(required.begin(), required.end(),
                                      [](const auto& name) { return name == "url" || name == "brokers"; });
    if (address != required.end()) {
      const auto name = *address;
      required.erase(address);
      made["anyOf"] = {{{"required", {name}}}, {{"required", {"connection"}}}};
      if (required.empty()) made.erase("required");
    }
  }
  return made;
}

// One branch per kind: the kind's key, and the keys that stand beside it.
template <class Row>
json_schema branches(const std::vector<Row>& rows, const json_schema& beside,
                     const std::vector<std::string>& needed) {
  auto all = json_schema::array();
  for (const auto& row : rows) {
    const auto& users = connection_users();
    const bool connects =
        std::any_of(users.begin(), users.end(), [&](const auto& u) { return u.component == row.kind; });
    json_schema branch{{"title", row.kind}, {"type", "object"}};
    branch["properties"][row.kind] = component(row, connects);
    branch["properties"].update(beside);
    branch["required"] = needed;
    branch["required"].insert(branch["required"].begin(), row.kind);
    branch["additionalProperties"] = false;
    all.push_back(std::move(branch));
  }
  return {{"oneOf", std::move(all)}};
}

json_schema pipeline() {
  auto made = schema_of(pipeline_table("pipelines").infos());
  made["properties"]["steps"]["items"] = reference("step");
  return made;
}

json_schema template_of() {
  json_schema parameter{{"anyOf",
                         {{{"enum", parameter_types()}},
                          {{"type", "object"},
                           {"properties",
                            {{"type", {{"enum", parameter_types()}}},
                             {"default", {{"type", {"string", "number", "boolean"}}}},
                             {"description", {{"type", "string"}}}}},
                           {"required", {"type"}},
                           {"additionalProperties", false}}}}};
  json_schema made{{"type", "object"}, {"additionalProperties", false}};
  auto& properties = made["properties"];
  properties["description"] = {{"type", "string"}};
  properties["parameters"] =
      map_of_names(std::move(parameter), "NAME: TYPE, or { type, default, description }.");
  for (const auto& section : template_sections()) properties[section] = reference(section);
  return made;
}

json_schema definitions() {
  json_schema made;
  made["step"] = branches(
      step_rows(), {{"id", {{"type", "string"}, {"description", "Names the state of the step."}}}}, {});
  auto decode = branches(format_rows(), schema_of(decode_table().infos())["properties"], {});
  decode["description"] = "How a message becomes events.";
  made["source"] = branches(source_rows(), {{"decode", std::move(decode)}}, {"decode"});
  made["pipeline"] = pipeline();
  made["sink"] = branches(sink_rows(), json_schema::object(), {});
  auto common = schema_of(model_table("models").infos());
  auto model = branches(model_rows(), common["properties"], {});
  for (auto& branch : model["oneOf"])
    for (const auto& needed : common["required"]) branch["required"].push_back(needed);
  made["models"] = map_of_names(std::move(model), "Models that `sluice train` makes.");
  auto kinds = json_schema::array();
  for (const auto& [kind, infos] :
       {std::pair{"mqtt", mqtt_connection_infos()}, std::pair{"kafka", kafka_connection_infos()}}) {
    json_schema one{{"title", kind}, {"type", "object"}, {"additionalProperties", false}};
    one["properties"][kind] = schema_of(infos);
    one["required"] = {kind};
    kinds.push_back(std::move(one));
  }
  made["connections"] =
      map_of_names({{"oneOf", std::move(kinds)}}, "Connections that sources and sinks share by name.");
  made["sources"] = map_of_names(reference("source"), "Where events come from.");
  made["pipelines"] = map_of_names(reference("pipeline"), "What is done with them.");
  made["sinks"] = map_of_names(reference("sink"), "Where results go.");
  made["template"] = template_of();
  return made;
}

} // namespace

std::string configuration_schema() {
  json_schema made{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                   {"title", "Sluice configuration"},
                   {"type", "object"},
                   {"additionalProperties", false},
                   {"patternProperties", {{"^x-", true}}}};
  auto& properties = made["properties"];
  properties["service"] = schema_of(service_table().infos());
  properties["service"]["description"] = "The service itself.";
  properties["templates"] = map_of_names(reference("template"), "Pieces of configuration with parameters.");
  properties["use"] = {
      {"type", "array"},
      {"description", "The uses of templates: NAME: { PARAMETER: VALUE }."},
      {"items",
       {{"anyOf",
         {{{"type", "string"}}, {{"type", "object"}, {"minProperties", 1}, {"maxProperties", 1}}}}}}};
  for (const auto& section : template_sections()) properties[section] = reference(section);
  properties["models"] = reference("models");
  made["$defs"] = definitions();
  return made.dump(2) + "\n";
}

} // namespace sluice
