// The records of a CSV text (RFC 4180): quoted fields, doubled quotes, line breaks inside quotes. Lines end
// with LF or CR LF; empty lines are none. A quote inside a field that does not begin with one is a quote.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

class csv_records {
public:
  // Fields are views into `text`, or into the object where quotes were doubled: valid until the next begin().
  void begin(std::string_view text, char separator);

  enum class kind { record, bad, end };
  // The next record. bad: a quote that is not closed, or text behind a closing one; reading goes on behind
  // the end of its line.
  kind next();
  const std::vector<std::string_view>& fields() const noexcept { return fields_; }
  // The record as it stands, without its line end, and where it begins.
  std::string_view text() const noexcept { return record_; }
  std::size_t offset() const noexcept { return offset_; }
  std::size_t number() const noexcept { return number_; } // from 1
  // Of a bad record: what is wrong, and the byte in the whole text.
  const char* problem() const noexcept { return problem_; }
  std::size_t problem_byte() const noexcept { return problem_byte_; }

private:
  kind quoted_field();
  kind fail(std::size_t byte, const char* what);
  bool at_line_end() const noexcept;

  std::string_view text_, record_;
  char separator_ = ',';
  std::size_t at_ = 0, offset_ = 0, number_ = 0, problem_byte_ = 0;
  const char* problem_ = "";
  std::vector<std::string_view> fields_;
  std::string room_; // never longer than the text: its bytes stay where they are
};

} // namespace sluice
