// Functions of texts. Texts are UTF-8; positions and lengths count characters,
// from 1 as in SQL. A text that finds no room (text_scratch::room for all texts
// of an event) is missing.
#include <algorithm>
#include <clocale>
#include <cstring>
#include <cwctype>

#include <locale.h>

#include "actors/transform/expression_functions.hpp"
#include "actors/transform/text_pattern.hpp"

namespace sluice {

namespace {

bool continues(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

std::int64_t characters(std::string_view text) noexcept {
  return std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); });
}

// Bytes before character `n` (from 0), at most all of them.
std::size_t bytes_before(std::string_view text, std::int64_t n) noexcept {
  std::size_t at = 0;
  while (at < text.size() && n > 0) {
    ++at;
    while (at < text.size() && continues(text[at])) ++at;
    --n;
  }
  return at;
}

struct code_point {
  char32_t value;
  std::size_t bytes;
};
code_point decode(std::string_view text) noexcept { // valid UTF-8: decoders have seen to it
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto tail = [&](std::size_t i) { return static_cast<char32_t>(byte(i) & 0x3f); };
  const auto first = byte(0);
  if (first >= 0xf0 && text.size() >= 4)
    return {static_cast<char32_t>(first & 7) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4};
  if (first >= 0xe0 && text.size() >= 3)
    return {static_cast<char32_t>(first & 15) << 12 | tail(1) << 6 | tail(2), 3};
  if (first >= 0xc0 && text.size() >= 2) return {static_cast<char32_t>(first & 31) << 6 | tail(1), 2};
  return {first, 1};
}
std::size_t encode(char32_t c, char* to) noexcept {
  if (c < 0x80) return to[0] = static_cast<char>(c), 1;
  std::size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (auto i = n - 1; i > 0; --i, c >>= 6) to[i] = static_cast<char>(0x80 | (c & 0x3f));
  to[0] = static_cast<char>((n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | c);
  return n;
}

// The C library's own table of Unicode, whatever the locale of the process is.
locale_t unicode() noexcept {
  static const locale_t all = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return all;
}

template <bool Upper> cell change_case(const function_call& c) noexcept {
  const auto text = c.text(0);
  auto* to = c.texts.reserve(2 * text.size()); // no character needs more
  if (to == nullptr) return {};
  std::size_t size = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto [value, bytes] = decode(text.substr(at));
    auto changed = value;
    if (value < 0x80 || unicode() == nullptr)
      changed = Upper ? (value >= 'a' && value <= 'z' ? value - 32 : value)
                      : (value >= 'A' && value <= 'Z' ? value + 32 : value);
    else
      changed = static_cast<char32_t>(Upper ? towupper_l(static_cast<wint_t>(value), unicode())
                                            : towlower_l(static_cast<wint_t>(value), unicode()));
    size += encode(changed, to + size);
    at += bytes;
  }
  return c.texts.keep(size);
}

bool blank(char c) noexcept {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
template <bool Left, bool Right> cell trim(const function_call& c) noexcept {
  auto text = c.text(0);
  if (Left)
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  if (Right)
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return c.texts.make(text);
}

cell length(const function_call& c) noexcept {
  return whole(characters(c.text(0)));
}

cell substr(const function_call& c) noexcept {
  const auto text = c.text(0);
  constexpr std::int64_t far = INT64_MAX / 4;
  auto from = std::clamp(c.integer(1), -far, far);
  auto count = c.count > 2 ? std::clamp(c.integer(2), -far, far) : far;
  if (count < 0) return {};
  const auto to = from + count; // as SQL: what lies before the first character counts too
  from = std::max<std::int64_t>(from, 1);
  if (to <= from) return c.texts.make({});
  const auto rest = text.substr(bytes_before(text, from - 1));
  return c.texts.make(rest.substr(0, bytes_before(rest, to - from)));
}

template <bool Right> cell end_part(const function_call& c) noexcept {
  const auto text = c.text(0);
  const auto n = c.integer(1);
  if (n <= 0) return c.texts.make({});
  if (!Right) return c.texts.make(text.substr(0, bytes_before(text, n)));
  const auto all = characters(text);
  return c.texts.make(n >= all ? text : text.substr(bytes_before(text, all - n)));
}

cell replace(const function_call& c) noexcept {
  const auto text = c.text(0), from = c.text(1), by = c.text(2);
  if (from.empty()) return c.texts.make(text);
  std::size_t found = 0, size = text.size();
  for (auto at = text.find(from); at != text.npos; at = text.find(from, at + from.size())) ++found;
  size = size - found * from.size() + found * by.size();
  auto* to = c.texts.reserve(size);
  if (to == nullptr) return {};
  for (std::size_t at = 0;;) {
    const auto next = text.find(from, at);
    const auto piece = text.substr(at, next == text.npos ? text.npos : next - at);
    to = std::copy(piece.begin(), piece.end(), to);
    if (next == text.npos) break;
    to = std::copy(by.begin(), by.end(), to);
    at = next + from.size();
  }
  return c.texts.keep(size);
}

cell starts_with(const function_call& c) noexcept {
  return truth(c.text(0).starts_with(c.text(1)));
}
cell ends_with(const function_call& c) noexcept {
  return truth(c.text(0).ends_with(c.text(1)));
}
cell contains(const function_call& c) noexcept {
  return truth(c.text(0).find(c.text(1)) != std::string_view::npos);
}

cell position(const function_call& c) noexcept {
  const auto text = c.text(0);
  const auto at = text.find(c.text(1));
  return whole(at == text.npos ? 0 : characters(text.substr(0, at)) + 1);
}

cell split_part(const function_call& c) noexcept {
  const auto text = c.text(0), between = c.text(1);
  auto n = c.integer(2);
  if (n < 1 || between.empty()) return {};
  for (std::size_t at = 0;; --n) {
    const auto next = text.find(between, at);
    if (n == 1) return c.texts.make(text.substr(at, next == text.npos ? text.npos : next - at));
    if (next == text.npos) return {};
    at = next + between.size();
  }
}

template <bool Left> cell pad(const function_call& c) noexcept {
  const auto text = c.text(0);
  const auto with = c.count > 2 ? c.text(2) : std::string_view(" ");
  const auto want = c.integer(1), have = characters(text);
  if (want <= have) return c.texts.make(text.substr(0, bytes_before(text, std::max<std::int64_t>(want, 0))));
  const auto fill = want - have, each = characters(with); // 0 too where it is no UTF-8
  if (each == 0 || want > static_cast<std::int64_t>(text_scratch::room)) return {};
  const auto bytes = static_cast<std::size_t>(fill / each) * with.size() + bytes_before(with, fill % each);
  auto* to = c.texts.reserve(text.size() + bytes);
  if (to == nullptr) return {};
  if (!Left) to = std::copy(text.begin(), text.end(), to);
  for (auto left = bytes; left > 0;) {
    const auto n = std::min(left, with.size());
    to = std::copy_n(with.data(), n, to);
    left -= n;
  }
  if (Left) std::copy(text.begin(), text.end(), to);
  return c.texts.keep(text.size() + bytes);
}

cell repeat(const function_call& c) noexcept {
  const auto text = c.text(0);
  const auto n = std::max<std::int64_t>(c.integer(1), 0);
  if (!text.empty() && n > static_cast<std::int64_t>(text_scratch::room / text.size())) return {};
  const auto size = text.size() * static_cast<std::size_t>(text.empty() ? 0 : n);
  auto* to = c.texts.reserve(size);
  if (to == nullptr) return {};
  for (std::int64_t i = 0; i < n && size > 0; ++i) to = std::copy(text.begin(), text.end(), to);
  return c.texts.keep(size);
}

tl::expected<prepared_argument, std::string> prepare_regex(std::string_view literal) {
  auto made = regular_expression::compile(literal);
  if (!made)
    return tl::unexpected("not a regular expression (got " + std::string(literal) +
                          ", want RE2 syntax: " + made.error().text + ")");
  return prepared_argument(*made);
}
cell regexp_like(const function_call& c) noexcept {
  return truth(static_cast<const regular_expression*>(c.prepared[1].get())->found_in(c.text(0)));
}
cell regexp_extract(const function_call& c) noexcept {
  const auto found = static_cast<const regular_expression*>(c.prepared[1].get())->extract(c.text(0));
  return found.data() == nullptr ? cell{} : c.texts.make(found);
}

} // namespace

std::vector<function_row> text_functions() {
  constexpr auto text = value_type::text, boolean = value_type::boolean, integer = value_type::integer;
  return {
      {"lower", "lower(t)", "In small letters, of any script.", "lower('Größe ÄÖ')", "'größe äö'", "t", text,
       change_case<false>},
      {"upper", "upper(t)", "In capital letters, of any script; a letter without one stays.", "upper(room)",
       "'NORTH-7'", "t", text, change_case<true>},
      {"trim", "trim(t)", "Without the blanks at both ends.", "trim('  a b ')", "'a b'", "t", text,
       trim<true, true>},
      {"ltrim", "ltrim(t)", "Without the blanks in front.", "ltrim('  a ')", "'a '", "t", text,
       trim<true, false>},
      {"rtrim", "rtrim(t)", "Without the blanks at the end.", "rtrim(' a  ')", "' a'", "t", text,
       trim<false, true>},
      {"length", "length(t)", "The number of characters.", "length('Höhe')", "4", "t", integer, length},
      {"substr", "substr(t, from, count)",
       "`count` characters (default: all) beginning with number `from`; the "
       "first one is number 1.",
       "substr(room, 7, 1)", "'7'", "ti|i", text, substr},
      {"left", "left(t, count)", "The first characters.", "left(room, 5)", "'north'", "ti", text,
       end_part<false>},
      {"right", "right(t, count)", "The last characters.", "right(room, 1)", "'7'", "ti", text,
       end_part<true>},
      {"replace", "replace(t, from, by)", "Every `from` in t replaced.", "replace(room, '-', '/')",
       "'north/7'", "ttt", text, replace},
      {"starts_with", "starts_with(t, start)", "True iff t begins so.", "starts_with(room, 'north')", "true",
       "tt", boolean, starts_with},
      {"ends_with", "ends_with(t, end)", "True iff t ends so.", "ends_with(room, '-7')", "true", "tt",
       boolean, ends_with},
      {"contains", "contains(t, part)", "True iff `part` stands in t.", "contains(room, 'th-')", "true", "tt",
       boolean, contains},
      {"position", "position(t, part)", "The number of the character at which `part` begins; 0 = nowhere.",
       "position(room, '-')", "6", "tt", integer, position},
      {"split_part", "split_part(t, separator, n)",
       "Part number n (from 1) of t; missing when there is none.", "split_part(room, '-', 2)", "'7'", "tti",
       text, split_part},
      {"lpad", "lpad(t, length, with)", "Filled up in front (default: with blanks), or cut, to that length.",
       "lpad('7', 3, '0')", "'007'", "ti|t", text, pad<true>},
      {"rpad", "rpad(t, length, with)", "Filled up at the end, or cut, to that length.", "rpad('7', 3, '.')",
       "'7..'", "ti|t", text, pad<false>},
      {"repeat", "repeat(t, n)", "n times t.", "repeat('ab', 2)", "'abab'", "ti", text, repeat},
      {"regexp_like", "regexp_like(t, pattern)",
       "True iff the regular expression matches some part of t. RE2: linear "
       "time, no back references.",
       "regexp_like(room, '^[a-z]+-[0-9]+$')", "true", "tT", boolean, regexp_like, false, prepare_regex},
      {"regexp_extract", "regexp_extract(t, pattern)",
       "What the first group of the regular expression matches, or all of the "
       "match; missing when nothing does.",
       "regexp_extract(room, '-([0-9]+)')", "'7'", "tT", text, regexp_extract, false, prepare_regex},
  };
}

} // namespace sluice
