// The declarations of `delimited:` and `csv:` of a source's `decode:`.
#include <algorithm>

#include "actors/ingest/decode/declaration.hpp"
#include "actors/ingest/decode/event_declaration.hpp"

namespace sluice {

using namespace config;

namespace {

using naming = gatherer::naming;

// One character of ASCII that can stand between columns; "tab" is one too.
option_kind<char> separator_kind() {
  return parsed_text<char>(
      "separator", "one character, e.g. \";\", or tab",
      [](const std::string& text) -> outcome<char> {
        if (text == "tab" || text == "\t") return '\t';
        if (text.size() != 1 || static_cast<unsigned char>(text[0]) >= 0x7f || text[0] < 0x20)
          return fail(ec::invalid, "it is not one character of ASCII");
        if (text[0] == '"' || text[0] == '.' || text[0] == '-' || (text[0] >= '0' && text[0] <= '9'))
          return fail(ec::invalid, "it is part of values");
        return text[0];
      },
      [](const char& c) { return c == '\t' ? "tab" : std::string(1, c); });
}

option_kind<char> decimal_kind() {
  return parsed_text<char>(
      "decimal point", "\".\" or \",\"",
      [](const std::string& text) -> outcome<char> {
        if (text == "." || text == ",") return text[0];
        return fail(ec::invalid, "it is neither a point nor a comma");
      },
      [](const char& c) { return std::string(1, c); });
}

option_kind<std::vector<std::string>> columns_kind() {
  return one_or_list(text(nullptr, "names, each once", "name"));
}

// Adds what both formats have.
template <class Options> void add_common(options<Options>& table) {
  table
      .add({"separator", "What stands between two columns: one character, or tab.", "\";\""},
           &Options::separator, separator_kind())
      .add({"decimal", "The decimal point of numbers.", "\",\""}, &Options::decimal, decimal_kind())
      .add({"time",
            "The column with the time: numbers are milliseconds since 1970 UTC unless `unit` says otherwise, "
            "texts are "
            "RFC 3339 unless `format` says otherwise; arrival = when we received it.",
            "{ column: date, format: \"%Y-%m-%d %H:%M:%S\", zone: Europe/Brussels }"},
           &Options::time, time_kind(naming::column))
      .add({"sequence", "The column with a number that grows by one with each reading of a device.", "seq"},
           &Options::sequence_path, place_kind(naming::column))
      .add({"device", "The column with the device; without it {device} of the topic is the device.", "id"},
           &Options::device_path, place_kind(naming::column))
      .add({"fields",
            "The fields of an event, by name, and what they must be; without it every column is one, a "
            "number if it "
            "looks like one, else a text.",
            "{ temperature: Temperature, co2: { column: CO2, type: double, range: [0, 10000] } }"},
           &Options::fields, fields_kind(naming::column));
}

// What the options name stands in the list of columns, and each column once.
template <class Options> void check_columns(const yaml_node& map, const Options& made, reader& in) {
  const auto* columns = map.value("columns");
  if (made.decimal == made.separator) {
    const auto* at = map.value("decimal") != nullptr ? map.value("decimal") : map.value("separator");
    in.out.error(at == nullptr ? map.at : at->at, "decimal and separator are one character",
                 in_quotes(std::string(1, made.decimal)), "two different ones");
  }
  if (made.columns.empty()) return;
  for (std::size_t i = 0; columns != nullptr && i < columns->items.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (columns->items[i].text == columns->items[j].text && columns->items[i].text != "_")
        in.out.error(columns->items[i].at, "a column is named twice", show(columns->items[i]),
                     "each once; _ for one that is left out");
  const auto known = [&](const yaml_node* node) {
    if (node != nullptr && node->is_map()) node = node->value("column");
    if (node == nullptr || !node->is_scalar() || node->unset || node->text.empty()) return;
    if (std::find(made.columns.begin(), made.columns.end(), node->text) == made.columns.end())
      in.out.error(node->at, "unknown column" + did_you_mean(node->text, made.columns), show(*node),
                   "one of " + list_of_names(made.columns));
  };
  if (!made.time.arrival) known(map.value("time"));
  known(map.value("sequence"));
  known(map.value("device"));
  if (const auto* fields = map.value("fields"))
    for (const auto& entry : fields->entries)
      known(entry.value.is_map() && entry.value.value("column") == nullptr ? &entry.key : &entry.value);
}

} // namespace

options<delimited_options> delimited_table() {
  auto table = options<delimited_options>("delimited");
  table.add(
      {"columns", "The names of the columns, in order; _ is left out.", "[id, time, temperature]", required},
      &delimited_options::columns, columns_kind());
  add_common(table);
  table.check([](const yaml_node& map, const delimited_options& made, reader& in) {
    warn_arrival(map, made.time, in);
    check_columns(map, made, in);
  });
  return table;
}

options<csv_options> csv_table() {
  auto table = options<csv_options>("csv");
  table.add({"columns",
             "The names of the columns, in order, where the messages have no header, or one that is wrong; _ "
             "is left "
             "out. Without it the first record of a message is its header; of a file, the first line.",
             "[row, date, Temperature]"},
            &csv_options::columns, columns_kind());
  add_common(table);
  table.check([](const yaml_node& map, const csv_options& made, reader& in) {
    warn_arrival(map, made.time, in);
    check_columns(map, made, in);
  });
  return table;
}

} // namespace sluice
