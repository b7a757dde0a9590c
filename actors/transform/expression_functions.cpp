#include "actors/transform/expression_functions.hpp"

#include <algorithm>

namespace sluice {

namespace {

std::vector<function_row> special_forms() {
  return {{"coalesce", "coalesce(x, y, ..)",
           "The first of them that is not missing; those behind it are not "
           "computed.",
           "coalesce(null, 2, 3)", "2", "a*"}};
}

std::string small(std::string_view name) {
  std::string out(name);
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

} // namespace

const std::vector<function_group>& expression_functions() {
  static const std::vector<function_group> all{
      {"Missing values", special_forms()}, {"Numbers", number_functions()},
      {"Texts", text_functions()},         {"Time", time_functions()},
      {"Event", event_functions()},        {"Conversions", conversion_functions()}};
  return all;
}

const function_row* find_function(std::string_view name) {
  const auto wanted = small(name);
  for (const auto& group : expression_functions())
    for (const auto& row : group.rows)
      if (row.name == wanted) return &row;
  return nullptr;
}

std::vector<std::string> function_names() {
  std::vector<std::string> names;
  for (const auto& group : expression_functions())
    for (const auto& row : group.rows) names.emplace_back(row.name);
  return names;
}

} // namespace sluice
