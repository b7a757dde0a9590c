#include "actors/ingest/file/record_splitter.hpp"

#include <algorithm>
#include <cstring>

namespace sluice {

namespace {

constexpr auto none = std::string_view::npos;

std::size_t find(std::string_view bytes, char c, std::size_t from) noexcept {
  if (from >= bytes.size()) return none;
  const auto* at = static_cast<const char*>(std::memchr(bytes.data() + from, c, bytes.size() - from));
  return at == nullptr ? none : static_cast<std::size_t>(at - bytes.data());
}

// Where the line break of the CSV record is; none: not in these bytes.
std::size_t csv_break(std::string_view bytes, const record_shape& shape) noexcept {
  const auto line = find(bytes, '\n', 0);
  const auto first = find(line == none ? bytes : bytes.substr(0, line), shape.quote, 0);
  if (first == none) return line; // the usual line: nothing is quoted
  std::size_t i = 0;
  for (;;) { // at the start of a field
    if (i < bytes.size() && bytes[i] == shape.quote) {
      for (++i;;) {
        const auto end = find(bytes, shape.quote, i);
        if (end == none) return none;
        i = end + 1;
        if (i == bytes.size() || bytes[i] != shape.quote) break; // two of them are one inside
        ++i;
      }
    }
    while (i < bytes.size() && bytes[i] != shape.separator && bytes[i] != '\n') ++i;
    if (i == bytes.size()) return none;
    if (bytes[i] == '\n') return i;
    ++i;
  }
}

std::size_t without_return(std::string_view bytes, std::size_t length) noexcept {
  return length > 0 && bytes[length - 1] == '\r' ? length - 1 : length;
}

} // namespace

record_cut next_record(std::string_view bytes, const record_shape& shape, bool last) noexcept {
  // A record of just `longest` bytes may be followed by \r\n.
  const auto window = bytes.substr(0, std::min(bytes.size(), shape.longest + 2));
  const auto end = shape.csv ? csv_break(window, shape) : find(window, '\n', 0);
  record_cut cut;
  cut.complete = true;
  if (end != none) {
    cut.length = without_return(window, end);
    cut.taken = end + 1;
    if (cut.length > shape.longest) cut.length = shape.longest, cut.truncated = true;
    return cut;
  }
  const auto rest =
      last && window.size() == bytes.size() ? without_return(window, window.size()) : window.size();
  const bool may_end = !last && window.size() == shape.longest + 1 && window.back() == '\r';
  if (rest > shape.longest && !may_end) {
    cut.length = shape.longest;
    cut.taken = shape.longest;
    cut.truncated = cut.skip_line = true;
  } else if (last) {
    cut.length = rest;
    cut.taken = bytes.size();
  } else {
    cut.complete = false;
  }
  return cut;
}

} // namespace sluice
