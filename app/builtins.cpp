// The rows.
#include "app/builtins.hpp"

#include "actors/ingest/decode/declaration.hpp"
#include "actors/learn/model_options.hpp"
#include "actors/transform/expression_reference.hpp"
#include "actors/transform/step_kinds.hpp"
#include "app/configuration_pipeline.hpp"
#include "app/promises.hpp"
#include "app/shared_connections.hpp"

namespace sluice {

using namespace config;

namespace {

// A source whose options are a table over Part, one kind of source_options.
template <class Part>
component_row<source_options> source_row(const options<Part>& table, std::string sentence,
                                         std::string example) {
  component_row<source_options> row;
  row.kind = table.name();
  row.sentence = std::move(sentence);
  row.example = std::move(example);
  row.read = [&table](const yaml_node& value, source_options& into, reader& in) {
    Part part;
    table.read(value, part, in);
    into.kind = std::move(part);
  };
  row.print = [&table](const source_options& from, const secret_values& secrets) -> std::optional<yaml_node> {
    const auto* part = std::get_if<Part>(&from.kind);
    if (part == nullptr) return std::nullopt;
    return table.print(*part, secrets);
  };
  row.infos = table.infos();
  return row;
}

// A row of step_kinds among all that may stand in `steps:`.
component_row<any_step> step_row(const step_kind& kind) {
  component_row<any_step> row{kind.kind, kind.sentence, kind.example, {}, {}, kind.infos};
  row.read = [&kind](const yaml_node& value, any_step& into, reader& in) {
    step_options step;
    kind.read(value, step, in);
    into = std::move(step);
  };
  row.print = [&kind](const any_step& from, const secret_values& secrets) -> std::optional<yaml_node> {
    const auto* step = std::get_if<step_options>(&from);
    if (step == nullptr) return std::nullopt;
    return kind.print(*step, secrets);
  };
  return row;
}

template <class Part>
component_row<any_sink> sink_row(const options<Part>& table, std::string sentence, std::string example) {
  return alternative_of<any_sink>(table, std::move(sentence), std::move(example));
}

void read_any_window(const yaml_node& value, any_step& into, reader& in) {
  window_options window;
  read_window(value, window, in);
  into = std::move(window);
}

std::optional<yaml_node> print_any_window(const any_step& from, const secret_values& secrets) {
  const auto* window = std::get_if<window_options>(&from);
  if (window == nullptr) return std::nullopt;
  return print_window(*window, secrets);
}

} // namespace

const std::vector<component_row<source_options>>& source_rows() {
  static const std::vector<component_row<source_options>> rows{
      source_row(mqtt_source_table(),
                 "Subscribes to an MQTT broker. A message is acknowledged (QoS 1) once it is in the journal.",
                 "sources:\n  field:\n    mqtt:\n      url: mqtt://127.0.0.1:1883\n      topics: "
                 "[\"greenhouse/{device}/climate\"]\n"
                 "    decode:\n      json: { time: $.time, sequence: $.seq }"),
      source_row(file_source_table(),
                 "Reads lines or CSV records of files, each once, and goes on where it was after a restart. "
                 "Finite, or "
                 "following what is appended.",
                 "sources:\n  field:\n    file:\n      path: \"data/{device}.jsonl\"\n    decode:\n      "
                 "json: { time: "
                 "$.time }\n      future: off"),
      source_row(
          kafka_source_table(),
          "Reads topics of a Kafka cluster as a member of a group, from positions of its own. A record is a "
          "message: its key stands behind the topic, its headers are user properties.",
          "sources:\n  field:\n    kafka: { brokers: 127.0.0.1:9092, topics: [\"climate/{device}\"] }\n"
          "    decode:\n      json: { time: $.time, sequence: $.seq }"),
  };
  return rows;
}

const std::vector<component_row<any_step>>& step_rows() {
  static const std::vector<component_row<any_step>> rows = [] {
    std::vector<component_row<any_step>> made;
    for (const auto& kind : step_kinds()) made.push_back(step_row(kind));
    made.push_back(
        {"window", "Collects the events of a device by event time; the last step but predict, at most one.",
         "steps:\n  - window:\n      tumbling: 1m\n      aggregate: { temperature: [mean, min, max], \"*\": "
         "[count] }",
         read_any_window, print_any_window, window_table().infos()});
    made.push_back(alternative_of<any_step>(
        predict_table(),
        "Has a model predict for each result of the pipeline, of a window or of an event; the last step, at "
        "most one. What reads the prediction is `when:` of `to:`, or another pipeline.",
        "steps:\n  - window:\n      tumbling: 1m\n      aggregate: { temperature: [mean], humidity: [mean], "
        "light: [mean] }\n  - predict: { model: models/occupancy, into: occupancy }"));
    return made;
  }();
  return rows;
}

const std::vector<component_row<any_sink>>& sink_rows() {
  static const std::vector<component_row<any_sink>> rows{
      sink_row(thingsboard_table(),
               "Publishes to ThingsBoard over MQTT, QoS 1. Delivered = acknowledged by its rule engine.",
               "sinks:\n  board:\n    thingsboard: { url: mqtt://127.0.0.1:1884, mode: gateway, token: "
               "\"${TB_TOKEN}\" }"),
      sink_row(file_table(),
               "Appends one JSON record per line; never half a line, never a line twice after a restart.",
               "sinks:\n  archive:\n    file: { path: out/%F.jsonl }"),
      sink_row(mqtt_sink_table(),
               "Publishes each result to a topic of its own. Delivered = the broker's PUBACK: at least once, "
               "each message "
               "with its identity and revision as MQTT 5 user properties.",
               "sinks:\n  results:\n    mqtt: { url: mqtt://127.0.0.1:1883, topic: "
               "\"results/{pipeline}/{device}\" }"),
      sink_row(kafka_sink_table(),
               "Writes each result to a Kafka topic, its device as the key. Delivered = kept by all replicas "
               "in sync: at least once, each record with its identity and revision as headers.",
               "sinks:\n  results:\n    kafka: { brokers: 127.0.0.1:9092, topic: \"sluice.{pipeline}\" }"),
  };
  return rows;
}

std::vector<reference_section> reference_sections() {
  std::vector<reference_section> sections;
  sections.push_back({"service", "The service itself. Every option has a default; the block may be left out.",
                      "service:\n  name: greenhouse\n  data_dir: ${SLUICE_DATA:-./data}\n  durability: power",
                      service_table().infos()});
  sections.push_back(
      {"connections.NAME.mqtt",
       "A connection that sources and sinks share: `connection: NAME` beside their own options, which win. "
       "The client id is always their own. ThingsBoard takes no user and password from it.",
       "connections:\n  plant:\n    mqtt: { url: mqtts://broker.plant:8883, user: sluice, password: "
       "\"${BROKER_PASSWORD}\" }",
       mqtt_connection_infos()});
  sections.push_back(
      {"connections.NAME.kafka",
       "A cluster that sources and sinks share: `connection: NAME` beside their own options, "
       "which win.",
       "connections:\n  plant:\n    kafka: { brokers: [\"k1.plant:9092\", \"k2.plant:9092\"], security: "
       "sasl_ssl, user: sluice, password: \"${KAFKA_PASSWORD}\" }",
       kafka_connection_infos()});
  for (const auto& row : source_rows())
    sections.push_back({"sources.NAME." + row.kind, row.sentence, row.example, row.infos});
  sections.push_back(
      {"sources.NAME.decode",
       "How a message becomes events. Beside the kind of every source; required: one format, and "
       "these beside it.",
       "decode:\n  json: { time: { path: $.t, unit: s }, device: $.id }\n  future: 5m",
       decode_table().infos()});
  for (const auto& row : format_rows())
    sections.push_back({"sources.NAME.decode." + row.kind, row.sentence, row.example, row.infos});
  sections.push_back({"pipelines.NAME", "From one source through steps to sinks.",
                      "pipelines:\n  climate:\n    from: field\n    steps:\n      - filter: temperature > "
                      "-40\n    to: board",
                      pipeline_table("pipelines").infos()});
  for (const auto& row : step_rows())
    sections.push_back({"step " + row.kind, row.sentence, row.example, row.infos});
  sections.push_back(
      {"expressions",
       "What stands behind `filter:`, in `derive:` and behind `when:`.",
       "steps:\n  - derive: { state: \"case when temperature > 30 then 'hot' else lower(room) end\" }",
       {}});
  sections.back().text = expression_reference();
  for (const auto& row : sink_rows())
    sections.push_back({"sinks.NAME." + row.kind, row.sentence, row.example, row.infos});
  sections.push_back(
      {"models.NAME", "What `sluice train` makes: a bundle of one kind of model, beside which these stand.",
       "models:\n  rooms:\n    logistic_regression: {}\n    data: { files: training.csv }\n    "
       "label: occupied\n    features: [temperature, light]",
       model_table("models").infos()});
  for (const auto& row : model_rows())
    sections.push_back({"models.NAME." + row.kind, row.sentence, row.example, row.infos});
  for (auto& section : sections) section.promise = promise_of(section.title);
  return sections;
}

} // namespace sluice
