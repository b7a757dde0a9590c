// The rows of a table to replay or to learn from: CSV with a header (RFC 4180), or JSON lines (one object a
// line). Which of them: the first byte that is no space tells ({ = JSON lines).
//
// CSV: a UTF-8 byte order mark is skipped; what is a number by JSON's grammar is one, an empty field is
// absent. When the first row has one field more than the header, all rows begin with a row number that has no
// name (as R and pandas write it).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "messages/errors.hpp"

namespace sluice {

class row_file {
public:
  using row = nlohmann::ordered_json; // an object

  // Errors: storage (cannot be read), invalid (empty, a header that is none).
  static outcome<row_file> open(const std::string& path, char separator);
  row_file(row_file&&) noexcept;
  row_file& operator=(row_file&&) noexcept;
  ~row_file();

  // Reads the next row into `into`; false at the end. Errors (ec::invalid) name file and line and what is
  // wrong; reading may go on behind them.
  outcome<bool> next(row& into);
  std::size_t line() const noexcept; // at which the row that was read last begins, from 1
  void rewind();
  // The names of the columns; empty for JSON lines.
  const std::vector<std::string>& columns() const noexcept;

private:
  struct impl;
  explicit row_file(std::unique_ptr<impl> p);
  std::unique_ptr<impl> impl_;
};

} // namespace sluice
