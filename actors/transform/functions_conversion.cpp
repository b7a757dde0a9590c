// Conversions between the types. What cannot be converted is missing; nothing
// becomes infinite or NaN.
#include <charconv>
#include <cmath>

#include "actors/transform/expression_functions.hpp"

namespace sluice {

namespace {

std::string_view trimmed(std::string_view t) noexcept {
  const auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!t.empty() && blank(t.front())) t.remove_prefix(1);
  while (!t.empty() && blank(t.back())) t.remove_suffix(1);
  return t;
}

// An integer or a finite double, written as in JSON but for leading zeros, a
// leading + and a bare point.
cell parse_number(std::string_view t) noexcept {
  t = trimmed(t);
  if (!t.empty() && t.front() == '+') {
    t.remove_prefix(1);
    if (!t.empty() && t.front() == '-') return {};
  }
  const auto unsigned_part = t.starts_with('-') ? t.substr(1) : t;
  if (unsigned_part.empty() ||
      !((unsigned_part[0] >= '0' && unsigned_part[0] <= '9') || unsigned_part[0] == '.'))
    return {}; // inf, nan
  const auto *from = t.data(), *end = t.data() + t.size();
  std::int64_t integer = 0;
  if (const auto r = std::from_chars(from, end, integer); r.ec == std::errc{} && r.ptr == end)
    return whole(integer);
  double number = 0;
  const auto r = std::from_chars(from, end, number);
  if (r.ec != std::errc{} || r.ptr != end) return {};
  return finite(number);
}

cell rounded(double v) noexcept {
  v = std::round(v);
  if (!(v >= -9223372036854775808.0 && v < 9223372036854775808.0)) return {};
  return whole(static_cast<std::int64_t>(v));
}

cell to_number(const function_call& c) noexcept {
  switch (c.args[0].type) {
  case value_type::boolean:
    return finite(c.args[0].value.boolean() ? 1 : 0);
  case value_type::text: {
    const auto v = parse_number(c.text(0));
    return v.type == value_type::missing ? v : finite(as_double(v));
  }
  default:
    return finite(c.number(0));
  }
}

cell to_integer(const function_call& c) noexcept {
  auto v = c.args[0];
  if (v.type == value_type::text) v = parse_number(c.text(0));
  if (v.type == value_type::boolean) return whole(v.value.boolean() ? 1 : 0);
  if (v.type == value_type::number) return rounded(v.value.number());
  return {v.value, v.type, no_field};
}

cell to_text(const function_call& c) noexcept {
  const auto& v = c.args[0];
  if (v.type == value_type::text) return c.texts.make(c.text(0));
  if (v.type == value_type::boolean) return c.texts.make(v.value.boolean() ? "true" : "false");
  auto* to = c.texts.reserve(32);
  if (to == nullptr) return {};
  const double d = v.type == value_type::number && v.value.number() != 0 ? v.value.number() : 0.0;
  const auto r = v.type == value_type::integer ? std::to_chars(to, to + 32, v.value.integer())
                                               : std::to_chars(to, to + 32, d);
  return c.texts.keep(static_cast<std::size_t>(r.ptr - to));
}

bool same_word(std::string_view a, std::string_view small) noexcept {
  if (a.size() != small.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if ((a[i] >= 'A' && a[i] <= 'Z' ? a[i] + 32 : a[i]) != small[i]) return false;
  return true;
}

cell to_boolean(const function_call& c) noexcept {
  const auto& v = c.args[0];
  if (v.type == value_type::boolean) return truth(v.value.boolean());
  if (v.type == value_type::text) {
    const auto t = trimmed(c.text(0));
    for (const auto* word : {"true", "on", "yes", "1"})
      if (same_word(t, word)) return truth(true);
    for (const auto* word : {"false", "off", "no", "0"})
      if (same_word(t, word)) return truth(false);
    return {};
  }
  const auto n = c.number(0);
  return n == 0 ? truth(false) : n == 1 ? truth(true) : cell{};
}

cell type_of(const function_call& c) noexcept {
  return c.texts.make(to_string(c.args[0].type));
}

// A text as it is, other values as to_text, missing ones left out.
cell concat(const function_call& c) noexcept {
  std::size_t size = 0;
  for (unsigned i = 0; i < c.count; ++i) size += c.args[i].type == value_type::text ? c.text(i).size() : 32;
  auto* const out = c.texts.reserve(size);
  if (out == nullptr) return {};
  auto* to = out;
  for (unsigned i = 0; i < c.count; ++i) {
    const auto& v = c.args[i];
    switch (v.type) {
    case value_type::text: {
      const auto t = c.text(i);
      to += t.copy(to, t.size());
      break;
    }
    case value_type::boolean: {
      const std::string_view t = v.value.boolean() ? "true" : "false";
      to += t.copy(to, t.size());
      break;
    }
    case value_type::integer:
      to = std::to_chars(to, to + 32, v.value.integer()).ptr;
      break;
    case value_type::number:
      to = std::to_chars(to, to + 32, v.value.number() == 0 ? 0.0 : v.value.number()).ptr;
      break;
    case value_type::missing:
      break;
    }
  }
  return c.texts.keep(static_cast<std::size_t>(to - out));
}

} // namespace

std::vector<function_row> conversion_functions() {
  constexpr auto number = value_type::number, integer = value_type::integer, text = value_type::text,
                 boolean = value_type::boolean;
  return {
      {"to_number", "to_number(x)",
       "A double: of a text that is a number (blanks around it do not matter), "
       "of a boolean 1 or 0; else missing. "
       "Never infinite.",
       "to_number(' 2.5 ')", "2.5", "a", number, to_number},
      {"to_integer", "to_integer(x)",
       "An integer: a fraction is rounded, halves away from zero; texts and "
       "booleans as to_number. Missing when it "
       "does not fit.",
       "to_integer(temperature)", "22", "a", integer, to_integer},
      {"to_text", "to_text(x)", "The shortest text that reads back equal; true or false.",
       "to_text(temperature)", "'21.5'", "a", text, to_text},
      {"to_boolean", "to_boolean(x)",
       "Of the numbers 1 and 0 and the texts true, on, yes, 1 and false, off, "
       "no, 0 (any case); else missing.",
       "to_boolean('On')", "true", "a", boolean, to_boolean},
      {"concat", "concat(x, y, ..)",
       "All of them in one text, as to_text; missing ones are left out, "
       "unlike with the operator.",
       "concat(room, '/', 7, '/', door)", "'north-7/7/true'", "a*", text, concat, true},
      {"type_of", "type_of(x)", "number, integer, boolean, text or missing.", "type_of(temperature)",
       "'number'", "a", text, type_of, true},
  };
}

} // namespace sluice
