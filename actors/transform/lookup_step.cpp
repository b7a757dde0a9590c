#include "actors/transform/lookup_step.hpp"

#include <algorithm>
#include <memory>

#include "actors/transform/lookup_tables.hpp"
#include "actors/transform/step_fields.hpp"
#include "actors/transform/step_kinds.hpp"
#include "config/option_kinds.hpp"

namespace sluice {

using namespace config;

table_spec lookup_options::spec() const {
  table_spec out;
  out.path = csv.path;
  out.separator = csv.separator.front();
  for (const auto& [column, field] : csv.key) out.keys.push_back(column);
  out.columns = csv.columns;
  return out;
}

namespace {

using policy = lookup_options::policy;

class lookup_step final : public step {
public:
  // `out`: one register per wanted column. `in_force` outlives the step; null: no table (lint).
  lookup_step(const lookup_tables::slot* in_force, std::vector<std::uint16_t> key,
              std::vector<std::uint16_t> out, policy missing, std::string path)
      : table_(in_force), key_(std::move(key)), out_(std::move(out)), missing_(missing),
        path_(std::move(path)), values_(key_.size()) {}

  step_verdict run(step_run& run, const key_memory*) override {
    for (std::size_t i = 0; i < key_.size(); ++i) values_[i] = value_of(run, key_[i]);
    const auto* table = table_ != nullptr ? table_->table.get() : nullptr;
    const auto row = table != nullptr ? table->find(values_, room_) : lookup_table::no_row;
    if (row != lookup_table::no_row) {
      for (std::size_t i = 0; i < out_.size(); ++i) set_value(run, out_[i], table->value(row, i));
      return {};
    }
    for (const auto reg : out_) run.set_missing(reg);
    if (missing_ == policy::dead_letter) {
      run.explain("no row of " + path_ + " has this key");
      return {.what = step_verdict::refuse, .why = reason::lookup_missing, .reg = key_.front()};
    }
    run.count(&pipeline_counters::lookup_missing);
    return {.what = missing_ == policy::drop ? step_verdict::filter : step_verdict::pass};
  }

private:
  const lookup_tables::slot* table_;
  std::vector<std::uint16_t> key_, out_;
  policy missing_;
  std::string path_;
  // Of the event in hand.
  std::vector<field_value> values_;
  std::string room_;
};

// column, [column, ..] or { column: field, .. }
option_kind<std::vector<std::pair<std::string, std::string>>> key_kind() {
  using pairs = std::vector<std::pair<std::string, std::string>>;
  option_kind<pairs> kind;
  kind.type = "name, or list, or map of columns and fields";
  kind.bounds = "each column once";
  kind.read = [](const yaml_node& node, pairs& into, const std::string& where, const about& option,
                 reader& in) {
    const std::string want = "e.g. room, or { room_id: room }";
    const auto add = [&](const yaml_node& column, const yaml_node& field) {
      if (column.unset || field.unset) return;
      if (!column.is_scalar() || column.text.empty())
        return refuse(column, where, "is not a column", want, option, in);
      if (!field.is_scalar() || !is_field_name(field.text))
        return refuse(field, where + "." + column.text, "is no name of a field", field_name_rule, option, in);
      if (std::any_of(into.begin(), into.end(), [&](const auto& p) { return p.first == column.text; }))
        return refuse(column, where, "names a column twice", "each column once", option, in);
      into.emplace_back(column.text, field.text);
    };
    if (node.is_map())
      for (const auto& [column, field] : node.entries) add(column, field);
    else if (node.is_sequence())
      for (const auto& item : node.items) add(item, item);
    else if (node.is_scalar())
      add(node, node);
    if (into.empty() && (node.is_null() || (node.is_map() && node.entries.empty()) ||
                         (node.is_sequence() && node.items.empty())))
      refuse(node, where, "names no column", want, option, in);
  };
  kind.print = [](const pairs& from, const secret_values&) {
    auto map = yaml_node::map();
    for (const auto& [column, field] : from)
      map.entries.push_back({yaml_node::words(column), yaml_node::words(field)});
    return map;
  };
  return kind;
}

option_kind<std::string> separator_kind() {
  return text(
      [](const std::string& s) -> std::optional<refusal> {
        if (s.size() == 1 && s != "\"" && s != "\n" && s != "\r") return std::nullopt;
        return refusal{"is not one character", "e.g. \";\""};
      },
      "one character (a byte), no quote");
}

const options<lookup_options>& table() {
  using csv = lookup_options::csv_options;
  static const auto file =
      options<csv>("csv")
          .add({"path",
                "The file: UTF-8, a header, then rows; at most 16 MiB. Read again when it changes; a bad one "
                "is refused, "
                "the table in force stays, and health says why.",
                "rooms.csv", required},
               &csv::path, text(nullptr, "not empty", "path"))
          .add({"key",
                "The columns that find a row: a column (or several) named like the field, or a map of "
                "columns and fields.",
                "{ room_id: room }", required},
               &csv::key, key_kind())
          .add({"columns",
                "The columns to take. A column holds the narrowest of integer, number, boolean and text that "
                "all its cells "
                "have; an empty cell is a missing value.",
                "[floor, area]", required},
               &csv::columns, field_list())
          .add({"separator", "Between two cells.", "\";\""}, &csv::separator, separator_kind());
  static const auto made =
      options<lookup_options>("lookup")
          .add({"csv", "The table, from a CSV file.", "{ path: rooms.csv, key: room, columns: [floor] }",
                required},
               &lookup_options::csv, map_of(file))
          .add(
              {"prefix", "Put before the names of the columns to make the names of the new fields.", "room_"},
              &lookup_options::prefix, text([](const std::string&) { return std::nullopt; }, "may be empty"))
          .add({"missing",
                "When no row has the key: keep the event with these fields missing, drop it, or make it a "
                "dead letter "
                "(lookup.missing). The first two count lookup_missing.",
                "drop"},
               &lookup_options::missing,
               choice<policy>(
                   {{"keep", policy::keep}, {"drop", policy::drop}, {"dead_letter", policy::dead_letter}}));
  return made;
}

void compile(const lookup_options& from, step_compiler& c) {
  if (from.csv.key.empty()) return; // said elsewhere
  const auto before = c.errors().size();
  std::vector<std::uint16_t> key, out;
  for (const auto& [column, field] : from.csv.key)
    if (const auto reg = c.use(field, {"csv", "key", column})) key.push_back(*reg);
  const auto* tables = c.world().tables;
  const auto* in_force = tables == nullptr ? nullptr : tables->find(from.spec());
  // Lint has the tables at hand; in a shard none is in force yet.
  const auto* sample = in_force == nullptr ? nullptr : in_force->table.get();
  for (std::size_t i = 0; i < from.csv.columns.size(); ++i)
    out.push_back(c.define(from.prefix + from.csv.columns[i],
                           sample == nullptr ? value_type::missing : sample->columns()[i].type));
  if (c.errors().size() == before)
    c.add(
        std::make_unique<lookup_step>(in_force, std::move(key), std::move(out), from.missing, from.csv.path));
}

} // namespace

step_kind lookup_kind() {
  return make_step_kind(
      table(),
      "Adds fields from the row of a table that has the event's key. The table is read again when its "
      "file changes; which content an event saw is in the journal, so a replay sees the same.",
      "steps:\n  - lookup:\n      csv: { path: sites.csv, key: site, columns: [city, region] }\n      "
      "prefix: site_",
      compile);
}

} // namespace sluice
