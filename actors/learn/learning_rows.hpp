// The rows of a table that can be learned from or judged by, with what they should give.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/learn/model_options.hpp"
#include "actors/learn/split.hpp"
#include "actors/learn/training_table.hpp"

namespace sluice {

struct learning_rows {
  row_list rows;
  std::vector<double> labels; // of every row of the table: code of the class, or number; NaN = not of `rows`
  std::uint64_t no_label = 0, unknown_class = 0, incomplete = 0; // rows that were left out
};

// The names of the classes: m.classes, or what the label column has: in the order of numbers when all of it
// is numbers, else of bytes. Errors (ec::invalid): fewer than two.
outcome<std::vector<std::string>> classes_of(const model_options& m, const training_table& table);

// Without `classes` the label is a number. Rows without a feature are left out when m.missing is `refuse`;
// features are judged by the columns alone (a text model wants one text).
learning_rows rows_of(const model_options& m, const training_table& table,
                      const std::vector<std::string>& classes);

// The values of the features of one row after the other.
std::vector<feature_value> values_of(const model_options& m, const training_table& table,
                                     const row_list& rows);

// SHA-256 over names, values and labels of the rows.
std::string hash_of(const model_options& m, const training_table& table, const row_list& rows);

} // namespace sluice
