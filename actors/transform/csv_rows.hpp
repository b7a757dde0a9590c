// Reads the rows of a CSV text (RFC 4180: quotes, doubled quotes, line breaks inside quotes; LF or CRLF).
// Used for look-up tables.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

class csv_rows {
public:
  // A byte order mark at the front is skipped. `text` must outlive the reader.
  csv_rows(std::string_view text, char separator) noexcept;

  enum class state { row, end, bad };
  // Reads the next row that is not empty into `cells`, whose room is reused. bad: error() says what.
  state next(std::vector<std::string>& cells);

  std::size_t line() const noexcept { return begin_line_; }    // where the current row begins, from 1
  const std::string& error() const noexcept { return error_; } // without a line number

private:
  bool cell(std::string& into); // false: error_ is set

  std::string_view rest_;
  char separator_;
  std::size_t line_ = 1, begin_line_ = 1;
  std::string error_;
};

} // namespace sluice
