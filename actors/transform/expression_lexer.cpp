#include "actors/transform/expression_lexer.hpp"

#include <charconv>
#include <cmath>

namespace sluice {

namespace {

using result = tl::expected<token, expression_error>;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool continues_name(char c) {
  return starts_name(c) || is_digit(c) || c == '.';
}

tl::unexpected<expression_error> wrong(std::size_t offset, std::string text) {
  return tl::unexpected<expression_error>(expression_error{offset, std::move(text)});
}

token_kind keyword(std::string_view word) {
  static constexpr struct {
    std::string_view text;
    token_kind kind;
  } words[] = {{"and", token_kind::and_},        {"or", token_kind::or_},     {"not", token_kind::not_},
               {"in", token_kind::in},           {"is", token_kind::is},      {"null", token_kind::null},
               {"between", token_kind::between}, {"true", token_kind::true_}, {"false", token_kind::false_},
               {"like", token_kind::like},       {"case", token_kind::case_}, {"when", token_kind::when},
               {"then", token_kind::then},       {"else", token_kind::else_}, {"end", token_kind::end_}};
  std::string lower(word);
  for (auto& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  for (const auto& w : words)
    if (w.text == lower) return w.kind;
  return token_kind::name;
}

result read_number(std::string_view text, token t) {
  auto at = t.begin;
  bool real = false;
  while (at < text.size() && is_digit(text[at])) ++at;
  if (at < text.size() && text[at] == '.') {
    real = true, ++at;
    while (at < text.size() && is_digit(text[at])) ++at;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    auto digits = at + 1;
    if (digits < text.size() && (text[digits] == '+' || text[digits] == '-')) ++digits;
    if (digits < text.size() && is_digit(text[digits])) {
      real = true, at = digits;
      while (at < text.size() && is_digit(text[at])) ++at;
    }
  }
  if (at < text.size() && continues_name(text[at])) {
    while (at < text.size() && continues_name(text[at])) ++at;
    return wrong(t.begin, "not a number (got " + std::string(text.substr(t.begin, at - t.begin)) +
                              ", want e.g. 5 or 5.5)");
  }
  t.end = at;
  auto digits = text.substr(t.begin, at - t.begin);
  t.kind = real ? token_kind::number : token_kind::integer;
  if (real) {
    auto r = std::from_chars(digits.data(), digits.data() + digits.size(), t.number);
    if (r.ec != std::errc{} || !std::isfinite(t.number))
      return wrong(t.begin, "number out of range (got " + std::string(digits) + ", want a finite double)");
  } else {
    auto r = std::from_chars(digits.data(), digits.data() + digits.size(), t.integer);
    if (r.ec != std::errc{} || t.integer > 1ull << 63)
      return wrong(t.begin, "integer out of range (got " + std::string(digits) +
                                ", want at most 9223372036854775807, or write it with a point)");
  }
  return t;
}

// Between two `quote`s; a doubled one stands for itself.
bool read_quoted(std::string_view text, char quote, token& t) {
  for (auto at = t.begin + 1; at < text.size(); ++at) {
    if (text[at] != quote) {
      t.name += text[at];
    } else if (at + 1 < text.size() && text[at + 1] == quote) {
      t.name += quote, ++at;
    } else {
      t.end = at + 1;
      return true;
    }
  }
  return false;
}

result read_quoted_name(std::string_view text, token t) {
  if (!read_quoted(text, '"', t))
    return wrong(t.begin, "field name is not closed (got " + std::string(text.substr(t.begin)) +
                              ", want a closing \")");
  if (t.name.empty()) return wrong(t.begin, "empty field name (got \"\", want a name)");
  t.kind = token_kind::name;
  return t;
}

result read_text(std::string_view text, token t) {
  if (!read_quoted(text, '\'', t))
    return wrong(t.begin,
                 "text is not closed (got " + std::string(text.substr(t.begin)) + ", want a closing ')");
  t.kind = token_kind::text;
  return t;
}

} // namespace

result next_token(std::string_view text, std::size_t offset) {
  while (offset < text.size() && (text[offset] == ' ' || (text[offset] >= '\t' && text[offset] <= '\r')))
    ++offset;
  token t;
  t.begin = t.end = offset;
  if (offset == text.size()) return t;
  const char c = text[offset], next = offset + 1 < text.size() ? text[offset + 1] : '\0';
  auto sign = [&](token_kind kind, std::size_t length) -> result {
    t.kind = kind, t.end = offset + length;
    return t;
  };
  if (is_digit(c) || (c == '.' && is_digit(next))) return read_number(text, t);
  if (starts_name(c)) {
    auto at = offset;
    while (at < text.size() && continues_name(text[at])) ++at;
    t.end = at, t.name = text.substr(offset, at - offset);
    t.kind = keyword(t.name);
    return t;
  }
  switch (c) {
  case '"':
    return read_quoted_name(text, t);
  case '\'':
    return read_text(text, t);
  case '+':
    return sign(token_kind::plus, 1);
  case '-':
    return sign(token_kind::minus, 1);
  case '*':
    return sign(token_kind::star, 1);
  case '/':
    return sign(token_kind::slash, 1);
  case '%':
    return sign(token_kind::percent, 1);
  case '(':
    return sign(token_kind::open, 1);
  case ')':
    return sign(token_kind::close, 1);
  case ',':
    return sign(token_kind::comma, 1);
  case '=':
    if (next == '=') return wrong(offset, "unknown operator (got ==, want =)");
    return sign(token_kind::eq, 1);
  case '<':
    if (next == '>') return sign(token_kind::ne, 2);
    return next == '=' ? sign(token_kind::le, 2) : sign(token_kind::lt, 1);
  case '>':
    return next == '=' ? sign(token_kind::ge, 2) : sign(token_kind::gt, 1);
  case '!':
    if (next == '=') return sign(token_kind::ne, 2);
    return wrong(offset, "unknown operator (got !, want not)");
  case '&':
    return wrong(offset,
                 next == '&' ? "unknown operator (got &&, want and)" : "unknown operator (got &, want and)");
  case '|':
    if (next == '|') return sign(token_kind::concat, 2);
    return wrong(offset, "unknown operator (got |, want or)");
  default:
    break;
  }
  return wrong(offset,
               std::string("unexpected character (got ") + c + ", want a field, a number or an operator)");
}

} // namespace sluice
