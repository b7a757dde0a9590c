// Line table and quote scanning.
#include "config/yaml_source.hpp"

#include <algorithm>

namespace sluice::config {

namespace {

bool continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u;
}

// The length of the UTF-8 sequence at the front of `text`, 0 when it is none (RFC 3629: no surrogates,
// nothing overlong).
std::size_t sequence_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return first == 0 ? 0 : 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if (!continuation(text[i])) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  const bool bad = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                   (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
  return bad ? 0 : length;
}

} // namespace

yaml_source::yaml_source(std::string_view text, std::string file) : text_(text), file_(std::move(file)) {
  line_starts_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i)
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
}

place yaml_source::at_offset(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto line =
      std::upper_bound(line_starts_.begin(), line_starts_.end(), offset) - line_starts_.begin() - 1;
  const auto start = line_starts_[static_cast<std::size_t>(line)];
  const auto before = text_.substr(start, offset - start);
  const auto characters =
      std::count_if(before.begin(), before.end(), [](char c) { return !continuation(c); });
  return {file_, static_cast<int>(line) + 1, static_cast<int>(characters) + 1};
}

place yaml_source::at(int line, int column) const {
  if (line < 0) return {file_, 1, 1};
  const auto index = std::min(static_cast<std::size_t>(line), line_starts_.size() - 1);
  return at_offset(line_starts_[index] + static_cast<std::size_t>(std::max(column, 0)));
}

std::size_t yaml_source::scalar_offset(int line, int column) const {
  if (line < 0 || static_cast<std::size_t>(line) >= line_starts_.size()) return text_.size();
  auto i = line_starts_[static_cast<std::size_t>(line)] + static_cast<std::size_t>(std::max(column, 0));
  while (i < text_.size() && (text_[i] == '&' || text_[i] == '!')) {
    i = std::min(text_.find_first_of(" \t\r\n", i), text_.size());
    i = std::min(text_.find_first_not_of(" \t\r\n", i), text_.size());
  }
  return i;
}

bool yaml_source::unclosed_quote(int line, int column) const {
  auto i = scalar_offset(line, column);
  if (i >= text_.size() || (text_[i] != '"' && text_[i] != '\'')) return false;
  const char quote = text_[i];
  for (++i; i < text_.size(); ++i) {
    if (quote == '"' && text_[i] == '\\')
      ++i;
    else if (text_[i] == quote && quote == '\'' && i + 1 < text_.size() && text_[i + 1] == '\'')
      ++i;
    else if (text_[i] == quote)
      return false;
  }
  return true;
}

bool yaml_source::written_null(int line, int column) const {
  const auto i = scalar_offset(line, column);
  if (i >= text_.size()) return false;
  const auto word = text_.substr(i, 4);
  return word.front() == '~' || word == "null" || word == "Null" || word == "NULL";
}

int yaml_source::verbatim_column(int line, int column, std::string_view value) const {
  auto i = scalar_offset(line, column);
  if (i < text_.size() && (text_[i] == '"' || text_[i] == '\'')) ++i;
  if (i >= text_.size() || value.find('\n') != std::string_view::npos ||
      text_.substr(i, value.size()) != value)
    return 0;
  const auto where = at_offset(i);
  return where.line == line + 1 ? where.column : 0;
}

std::string_view yaml_source::line_text(int line) const {
  if (line < 0 || static_cast<std::size_t>(line) >= line_starts_.size()) return {};
  const auto from = line_starts_[static_cast<std::size_t>(line)];
  return text_.substr(from, text_.find('\n', from) - from);
}

std::optional<place> yaml_source::indenting_tab(int line) const {
  const auto text = line_text(line);
  const auto tab = text.substr(0, text.find_first_not_of(" \t")).find('\t');
  if (tab == std::string_view::npos) return std::nullopt;
  return at(line, static_cast<int>(tab));
}

bool yaml_source::has_variable(int line) const {
  return line_text(line).find("${") != std::string_view::npos;
}

std::optional<place> yaml_source::bad_byte() const {
  for (std::size_t i = 0; i < text_.size();) {
    const auto length = sequence_length(text_.substr(i));
    if (length == 0) return at_offset(i);
    i += length;
  }
  return std::nullopt;
}

} // namespace sluice::config
