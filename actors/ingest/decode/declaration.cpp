#include "actors/ingest/decode/declaration.hpp"

#include <algorithm>

#include "config/option_kinds.hpp"

namespace sluice {

using namespace std::chrono_literals;
using namespace config;

namespace {

using format = decode_options::format;

// The row of a format whose options are a table over one member.
template <class Options>
component_row<decode_options> format_row(format kind, options<Options> table, Options decode_options::*member,
                                         std::string sentence, std::string example) {
  component_row<decode_options> row;
  row.kind = table.name();
  row.sentence = std::move(sentence);
  row.example = std::move(example);
  row.infos = table.infos();
  row.read = [kind, table, member](const yaml_node& node, decode_options& into, reader& in) {
    into.kind = kind;
    table.read(node, into.*member, in);
  };
  row.print = [kind, table, member](const decode_options& from,
                                    const secret_values& secrets) -> std::optional<yaml_node> {
    if (from.kind != kind) return std::nullopt;
    return table.print(from.*member, secrets);
  };
  return row;
}

const std::vector<component_row<decode_options>>& plain_rows() {
  static const std::vector<component_row<decode_options>> rows{
      format_row(
          format::json, json_table(), &decode_options::json,
          "The payload is one JSON object, or holds an array of them (`each`).",
          "decode:\n  json:\n    each: $.readings[*]\n    device: $$.station\n    time: { path: $.t, unit: s "
          "}\n    "
          "fields: { temperature: { path: $.temp, type: double, unit: Cel, from: degF, range: [-40, 85] } }"),
      format_row(format::delimited, delimited_table(), &decode_options::delimited,
                 "The payload is one line of columns. A line with another number of columns is dead letter "
                 "`text.columns`.",
                 "decode:\n  delimited: { columns: [id, time, temperature], separator: \";\", device: id, "
                 "time: time }"),
      format_row(
          format::csv, csv_table(), &decode_options::csv,
          "The payload is CSV (RFC 4180) with a header; each record is an event, and a bad one a dead letter "
          "alone. Quoted fields, doubled quotes, line breaks inside quotes; nothing in a column is a missing "
          "value.",
          "decode:\n  csv:\n    device: room\n    time: { column: date, format: \"%Y-%m-%d %H:%M:%S\", zone: "
          "Europe/Brussels }"),
      format_row(
          format::value, value_table(), &decode_options::value,
          "The payload is a bare number, boolean or text: one field of the device, at the time of arrival.",
          "decode:\n  value: { field: temperature }"),
      format_row(
          format::senml, senml_table(), &decode_options::senml,
          "The payload is a SenML pack (RFC 8428), or the object form {\"e\":[..],\"bt\":..} with numbers as "
          "texts. The records of one device and one time are one event; a sum is the field NAME_sum, a "
          "record "
          "without a name the field value. A record that is wrong is dead letter `senml.record` alone.",
          "decode:\n  senml: { device: \"entry:source\" }"),
      format_row(format::raw, raw_table(), &decode_options::raw,
                 "The payload is kept as it is: the field payload, or payload_base64 when it is not UTF-8, "
                 "at the time "
                 "of arrival.",
                 "decode:\n  raw: {}"),
  };
  return rows;
}

// lines: { FORMAT: .. }
component_row<decode_options> lines_row() {
  component_row<decode_options> row;
  row.kind = "lines";
  row.sentence =
      "The payload is lines, each of another format: JSON lines, plain lines. A bad line is a dead letter "
      "alone, an empty one is nothing.";
  row.example = "decode:\n  lines:\n    json: { time: $.time }";
  std::vector<component_row<decode_options>> inner;
  for (const auto& one : plain_rows())
    if (one.kind != "csv") inner.push_back(one);
  row.read = [inner](const yaml_node& node, decode_options& into, reader& in) {
    into.lines = true;
    if (const auto* csv = node.value("csv"))
      in.out.error(csv->at, "csv has lines of its own", "csv inside lines", "csv without lines");
    else
      read_component(node, "decode.lines", inner, {}, into, in);
  };
  row.print = [inner](const decode_options& from, const secret_values& secrets) -> std::optional<yaml_node> {
    if (!from.lines) return std::nullopt;
    auto map = yaml_node::map();
    print_component(from, inner, secrets, map);
    return map;
  };
  return row;
}

} // namespace

const std::vector<component_row<decode_options>>& format_rows() {
  static const std::vector<component_row<decode_options>> rows = [] {
    auto made = plain_rows();
    made.push_back(lines_row());
    return made;
  }();
  return rows;
}

const options<decode_options>& decode_table() {
  static const auto table =
      options<decode_options>("decode")
          .add({"compression",
                "How payloads are compressed; auto = those that begin like gzip or zstd are. A payload that "
                "is larger "
                "than max_message when decompressed is dead letter `compression.too_large`.",
                "auto"},
               &decode_options::inflate,
               choice<compression>({{"none", compression::none},
                                    {"gzip", compression::gzip},
                                    {"zstd", compression::zstd},
                                    {"auto", compression::automatic}}))
          .add({"max_events", "Most events of one message; more is dead letter `message.events`.", "10000"},
               &decode_options::max_events, whole_number<std::size_t>(1, 1'000'000))
          .add({"properties",
                "Fields made of the message's user properties (MQTT 5) or headers (Kafka), as texts. A Kafka "
                "record has kafka.key, kafka.partition, kafka.offset and kafka.timestamp among them.",
                "{ line: line-id }"},
               &decode_options::properties,
               text_map("{ line: line-id }",
                        [](const std::string& name) -> std::optional<refusal> {
                          if (is_field_name(name)) return std::nullopt;
                          return refusal{"has a bad name", std::string(field_name_rule)};
                        }))
          .add({"future",
                "An event later than now by more than this is dead letter `time.future`; off for back-fill.",
                "5m"},
               &decode_options::future, duration_or("off", 0ms, 24h * 3660))
          .add({"oldest", "An event before this date is dead letter `time.ancient`.", "2000-01-01"},
               &decode_options::oldest_ms,
               parsed_text<std::int64_t>(
                   "date", "e.g. 2000-01-01 or 2000-01-01T00:00:00Z",
                   [](const std::string& text) -> outcome<std::int64_t> {
                     if (const auto ms = parse_date(text)) return *ms;
                     return fail(ec::invalid, "no such day or form");
                   },
                   [](const std::int64_t& ms) { return format_date(ms); }));
  return table;
}

void read_decode(const yaml_node& node, decode_options& into, reader& in) {
  read_component(node, "decode", format_rows(), decode_table().names(), into, in);
  for (const auto& row : decode_table().rows()) // unknown keys are reported
    if (const auto* value = node.value(row.info.what.name))
      row.read(*value, into, "decode." + row.info.what.name, in);
}

yaml_node print_decode(const decode_options& from, const secret_values& secrets) {
  auto map = yaml_node::map();
  print_component(from, from.lines ? std::vector{lines_row()} : plain_rows(), secrets, map);
  for (auto& entry : decode_table().print(from, secrets).entries) map.entries.push_back(std::move(entry));
  return map;
}

} // namespace sluice
