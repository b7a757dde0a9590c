// A table in memory, made of a CSV text: rows found by key, columns of one type each. Immutable; shared by
// all shards.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/transform/field_value.hpp"
#include "messages/errors.hpp"

namespace sluice {

// How a CSV text is read as a table.
struct table_spec {
  std::string path; // of the file, as configured; names the table
  char separator = ',';
  std::vector<std::string> keys;    // columns that make the key, at least one
  std::vector<std::string> columns; // those wanted
  bool operator==(const table_spec&) const = default;
};

class lookup_table {
public:
  static constexpr std::size_t most_bytes = 16u << 20; // of the text

  // Reads a header and rows. A column's type is the narrowest of integer, number, boolean (true, false) and
  // text that all its cells have; an empty cell is missing; a number with leading zeros or a plus is a text.
  // Errors (ec::invalid), each with "PATH:LINE: ": not UTF-8, quotes, a row of another length, a column that
  // is not there, a name twice, a key twice (both lines), an empty key, more than most_bytes.
  static outcome<std::shared_ptr<const lookup_table>> parse(std::string_view text, const table_spec& spec);

  struct column {
    std::string name;
    value_type type = value_type::text;
  };
  std::span<const column> columns() const noexcept { return columns_; } // those wanted, in their order
  std::size_t rows() const noexcept { return index_.size(); }

  static constexpr std::uint32_t no_row = 0xffffffff;
  // Finds the row whose key columns equal `key` (one value per key column, in order). A number and a text
  // that reads as it are equal where the column is numeric. no_row: none, or a value is missing. `room` is
  // reused between calls. May throw.
  std::uint32_t find(std::span<const field_value> key, std::string& room) const;
  // A cell of a row; its text points into the table.
  field_value value(std::uint32_t row, std::size_t column) const noexcept;

private:
  struct cell {
    value_type type = value_type::missing;
    slot value;
  };
  struct place { // of a row, by the hash of its key
    std::uint64_t hash = 0;
    std::uint32_t row = 0;
    std::uint32_t key_offset = 0, key_length = 0; // in texts_
  };
  cell make_cell(value_type type, std::string_view text);
  bool append_key(std::string& out, value_type column, const field_value& v) const;

  std::vector<column> columns_;
  std::vector<value_type> key_types_;
  std::vector<cell> cells_;  // rows() * columns_.size()
  std::vector<place> index_; // ascending by hash
  std::string texts_;
};

// Types of the wanted columns that differ between two tables of one spec, as a text; "" = the same. An
// integer column may become a number and back.
std::string changed_types(const lookup_table& before, const lookup_table& after);

} // namespace sluice
