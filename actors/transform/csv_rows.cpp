#include "actors/transform/csv_rows.hpp"

namespace sluice {

csv_rows::csv_rows(std::string_view text, char separator) noexcept : rest_(text), separator_(separator) {
  if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
}

csv_rows::state csv_rows::next(std::vector<std::string>& cells) {
  for (;;) { // empty lines
    if (rest_.starts_with("\r\n"))
      rest_.remove_prefix(2), ++line_;
    else if (rest_.starts_with('\n'))
      rest_.remove_prefix(1), ++line_;
    else
      break;
  }
  begin_line_ = line_;
  if (rest_.empty()) return state::end;
  std::size_t count = 0;
  for (;;) {
    if (count == cells.size()) cells.emplace_back();
    if (!cell(cells[count++])) return state::bad;
    if (rest_.empty() || rest_.front() != separator_) break;
    rest_.remove_prefix(1);
  }
  cells.resize(count);
  if (rest_.starts_with("\r\n"))
    rest_.remove_prefix(2), ++line_;
  else if (rest_.starts_with('\n'))
    rest_.remove_prefix(1), ++line_;
  return state::row;
}

bool csv_rows::cell(std::string& into) {
  into.clear();
  if (!rest_.starts_with('"')) {
    std::size_t n = 0;
    while (n < rest_.size() && rest_[n] != separator_ && rest_[n] != '\n' &&
           !(rest_[n] == '\r' && (n + 1 == rest_.size() || rest_[n + 1] == '\n')))
      ++n;
    into.assign(rest_.substr(0, n));
    rest_.remove_prefix(n);
    if (rest_ == "\r") rest_ = {};
    return true;
  }
  rest_.remove_prefix(1);
  for (;;) {
    const auto n = rest_.find('"');
    if (n == rest_.npos) {
      error_ = "a quote is not closed";
      return false;
    }
    for (const char c : rest_.substr(0, n)) line_ += c == '\n';
    into.append(rest_.substr(0, n));
    rest_.remove_prefix(n + 1);
    if (!rest_.starts_with('"')) break;
    into += '"';
    rest_.remove_prefix(1);
  }
  if (rest_ == "\r") rest_ = {};
  if (!rest_.empty() && rest_.front() != separator_ && rest_.front() != '\n' && !rest_.starts_with("\r\n")) {
    error_ = "there is text behind a closing quote";
    return false;
  }
  return true;
}

} // namespace sluice
