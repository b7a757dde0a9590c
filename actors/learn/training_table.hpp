// Rows to learn from, column by column.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/learn/model_options.hpp"
#include "actors/predict/feature.hpp"
#include "messages/errors.hpp"

namespace sluice {

struct training_column {
  std::string name;
  std::vector<double> numbers;    // NaN = missing, or a text
  std::vector<std::string> texts; // empty while there is none; "" = a number, or missing
  bool found = false;             // some row had it

  feature_value at(std::size_t row) const noexcept;
  bool has_texts() const noexcept { return !texts.empty(); }
};

class training_table {
public:
  // Keeps the columns `wanted` of what is added.
  explicit training_table(const std::vector<std::string>& wanted);

  // Adds a row. Booleans are 1 and 0; objects inside are columns a_b, as decoders name them; null, lists and
  // empty texts are missing. Of a record that leaves a pipeline (interface.md) the columns are its values,
  // device, start, end and time. Errors (ec::invalid): a text that is not UTF-8.
  outcome<void> add(const nlohmann::ordered_json& row);
  // The time of the row that was added last, ms since 1970.
  void add_time(std::int64_t ms) { times_.push_back(ms); }

  std::size_t rows() const noexcept { return rows_; }
  const training_column& column(const std::string& name) const;              // one of `wanted`
  const std::vector<std::string>& names() const noexcept { return names_; }  // of everything that rows had
  const std::vector<std::int64_t>& times() const noexcept { return times_; } // of each row, or empty

private:
  outcome<void> set(const std::string& name, const nlohmann::ordered_json& value);
  outcome<void> set_members(const std::string& prefix, const nlohmann::ordered_json& map);

  std::vector<training_column> columns_;
  std::vector<std::string> names_;
  std::vector<std::int64_t> times_;
  std::size_t rows_ = 0;
};

// Reads CSV files with a header, or JSON lines; times where data.time names a column. Errors: ec::storage;
// ec::invalid names file and line.
outcome<training_table> read_table(const std::vector<std::string>& files, const data_options& data,
                                   const std::vector<std::string>& wanted);

} // namespace sluice
