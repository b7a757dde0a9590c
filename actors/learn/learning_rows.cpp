#include "actors/learn/learning_rows.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "actors/predict/sha256.hpp"

namespace sluice {

namespace {

std::string name_of(const feature_value& v) {
  return v.what == feature_value::kind::text ? std::string(v.text) : number_text(v.number);
}

bool complete(const model_options& m, const std::vector<const training_column*>& columns, std::size_t row) {
  const auto has = [&](const training_column* c) { return c->at(row).what != feature_value::kind::missing; };
  if (std::holds_alternative<text_options>(m.kind)) return std::any_of(columns.begin(), columns.end(), has);
  return std::all_of(columns.begin(), columns.end(), has);
}

std::vector<const training_column*> columns_of(const model_options& m, const training_table& table) {
  std::vector<const training_column*> all;
  for (const auto& f : m.features) all.push_back(&table.column(f.name));
  return all;
}

} // namespace

outcome<std::vector<std::string>> classes_of(const model_options& m, const training_table& table) {
  auto found = m.classes;
  if (found.empty()) {
    const auto& label = table.column(m.label.name);
    std::set<std::string> texts;
    std::set<double> numbers;
    for (std::size_t i = 0; i < table.rows(); ++i) {
      const auto v = label.at(i);
      if (v.what == feature_value::kind::missing) continue;
      texts.insert(name_of(v));
      if (v.what == feature_value::kind::number) numbers.insert(v.number);
    }
    if (label.has_texts())
      found.assign(texts.begin(), texts.end());
    else
      for (const auto n : numbers) found.push_back(number_text(n));
  }
  if (found.size() >= 2) return found;
  return fail(ec::invalid, "the label " + m.label.name + " has too few classes (got " +
                               std::to_string(found.size()) + ", want at least 2)");
}

learning_rows rows_of(const model_options& m, const training_table& table,
                      const std::vector<std::string>& classes) {
  learning_rows made;
  const auto& label = table.column(m.label.name);
  const auto columns = columns_of(m, table);
  for (std::size_t i = 0; i < table.rows(); ++i) {
    made.labels.push_back(std::numeric_limits<double>::quiet_NaN());
    const auto v = label.at(i);
    if (v.what == feature_value::kind::missing || (classes.empty() && v.what == feature_value::kind::text)) {
      ++made.no_label;
      continue;
    }
    auto wanted = v.number;
    if (!classes.empty()) {
      const auto code = std::find(classes.begin(), classes.end(), name_of(v));
      if (code == classes.end()) {
        ++made.unknown_class;
        continue;
      }
      wanted = static_cast<double>(code - classes.begin());
    }
    if (m.missing == missing_policy::refuse && !complete(m, columns, i)) {
      ++made.incomplete;
      continue;
    }
    made.labels.back() = wanted;
    made.rows.push_back(i);
  }
  return made;
}

std::vector<feature_value> values_of(const model_options& m, const training_table& table,
                                     const row_list& rows) {
  const auto columns = columns_of(m, table);
  std::vector<feature_value> values;
  values.reserve(rows.size() * columns.size());
  for (const auto row : rows)
    for (const auto* c : columns) values.push_back(c->at(row));
  return values;
}

std::string hash_of(const model_options& m, const training_table& table, const row_list& rows) {
  sha256 hash;
  auto columns = columns_of(m, table);
  columns.push_back(&table.column(m.label.name));
  const auto add = [&](std::string_view bytes) {
    hash.add(std::to_string(bytes.size()) + ":");
    hash.add(bytes);
  };
  for (const auto* c : columns) add(c->name);
  for (const auto row : rows)
    for (const auto* c : columns) {
      const auto v = c->at(row);
      add(v.what == feature_value::kind::missing ? std::string() : name_of(v));
    }
  return hash.text();
}

} // namespace sluice
