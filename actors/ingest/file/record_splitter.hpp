// Cuts the bytes of a file into records: lines, or CSV records whose quoted fields may hold line breaks (RFC
// 4180). Pure: the caller reads.
#pragma once

#include <cstddef>
#include <string_view>

namespace sluice {

struct record_shape {
  bool csv = false;     // quotes protect line breaks
  char separator = ','; // of CSV: a quote opens a field only right behind one, or at the start of the record
  char quote = '"';
  std::size_t longest = 256u << 10; // bytes; a longer record is cut off there
};

// What next_record found at the start of the bytes.
struct record_cut {
  bool complete = false;  // false: more bytes are needed to tell
  std::size_t length = 0; // of the record's text: no line break (\n or \r\n), at most `longest`
  std::size_t taken = 0;  // bytes up to where the next record begins
  bool truncated = false; // the record is longer than `longest`
  bool skip_line =
      false; // and its line goes on: the next record begins behind the next line break after `taken`
};

// The record that begins with `bytes`. `last`: no more bytes follow, so what has no line break at its end is
// a record too, and a quote that is still open ends there. Nothing at all is no record (complete, taken = 0).
//
// A quoted field that never ends makes a record as long as `longest`, cut off there; reading goes on behind
// the next line break, so that one lost quote costs that many bytes at most.
record_cut next_record(std::string_view bytes, const record_shape& shape, bool last) noexcept;

} // namespace sluice
