// The lines of a YAML file: places in characters, and what yaml-cpp does not say about a scalar.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/report.hpp"

namespace sluice::config {

class yaml_source {
public:
  // `text` must outlive this; a byte order mark must be cut off before.
  yaml_source(std::string_view text, std::string file);

  // The place of byte `column` of `line`, both counted from 0 as yaml-cpp does.
  place at(int line, int column) const;
  // True iff the scalar that begins there is quoted and its closing quote is missing. Anchors and tags in
  // front are skipped.
  bool unclosed_quote(int line, int column) const;
  // True iff a null is written out there ("~", "null"): otherwise yaml-cpp gives the place of the next token.
  bool written_null(int line, int column) const;
  // The column (from 1, in characters) where `value` stands verbatim as the scalar that begins there; 0 when
  // escapes, line breaks or a block make it look different.
  int verbatim_column(int line, int column, std::string_view value) const;

  // The tab in the indentation of `line`, if there is one.
  std::optional<place> indenting_tab(int line) const;
  // True iff `line` holds "${".
  bool has_variable(int line) const;

  // The first place that is not UTF-8, or is NUL.
  std::optional<place> bad_byte() const;

private:
  // Byte offset in the text of the scalar's first character, behind anchor and tag.
  std::size_t scalar_offset(int line, int column) const;
  place at_offset(std::size_t offset) const;
  std::string_view line_text(int line) const;

  std::string_view text_;
  std::string file_;
  std::vector<std::size_t> line_starts_;
};

} // namespace sluice::config
