// Options of a file source.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/ingest/decode_options.hpp"
#include "actors/ingest/file/path_pattern.hpp"
#include "actors/ingest/file/text_encoding.hpp"

namespace sluice {

namespace config {
template <class T> class options; // config/option.hpp
} // namespace config

struct file_source_options {
  enum class record_format { lines, csv };

  std::vector<path_pattern> paths; // at least one
  bool follow = false;             // false: finite, the source ends when every file was read
  std::chrono::milliseconds poll{250};
  std::optional<record_format> format; // absent: what suits the decoder
  std::optional<bool> header;          // the first record names the columns; absent: what suits the decoder
  char separator = ',';
  text_encoding encoding = text_encoding::utf8;
  unsigned skip = 0;   // lines at the start of each file
  std::string comment; // a line that begins with it is left out; "" = none
  std::size_t max_message = 256u << 10;

  // Gives format, header and separator the values that suit the decoder, where nothing was said: CSV records
  // for csv, with a header unless the columns are listed; else lines without one.
  void settle(const decode_options& decode);
};

// The declaration of `file:` of a source.
const config::options<file_source_options>& file_source_table();

} // namespace sluice
