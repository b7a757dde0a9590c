#include "actors/ingest/decode/json_check.hpp"

#include "actors/ingest/decode/json_number.hpp"
#include "actors/ingest/decode/json_path.hpp"
#include "messages/utf8.hpp"

namespace sluice {

namespace {

class scanner {
public:
  scanner(std::string_view text, const json_limits& limits) : text_(text), limits_(limits) {}

  std::optional<json_problem> run() {
    if (text_.substr(0, 3) == "\xef\xbb\xbf") {
      bad("a byte order mark, which JSON must not begin with");
      return std::move(problem_);
    }
    space();
    if (value(0)) {
      space();
      if (at_ != text_.size()) bad("end expected, got " + here());
    }
    return std::move(problem_);
  }

private:
  bool bad(std::string detail, reason why = reason::json_syntax) {
    problem_ = json_problem{why, at_, std::move(detail)};
    return false;
  }

  std::string here() const { return at_ < text_.size() ? quoted(text_.substr(at_, 1)) : "the end"; }
  bool is(char c) const noexcept { return at_ < text_.size() && text_[at_] == c; }

  void space() noexcept {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c != ' ' && c != '\n' && c != '\t' && c != '\r') return;
      ++at_;
    }
  }

  // Depth is bounded by the limit, so recursion is too.
  bool value(unsigned depth) {
    if (at_ == text_.size()) return bad("value expected, got the end");
    switch (text_[at_]) {
    case '{':
    case '[':
      if (depth == limits_.max_depth)
        return bad("nested deeper than " + std::to_string(limits_.max_depth), reason::json_depth);
      return text_[at_] == '{' ? object(depth + 1) : array(depth + 1);
    case '"':
      return string();
    case 't':
      return word("true");
    case 'f':
      return word("false");
    case 'n':
      return word("null");
    default:
      return number();
    }
  }

  bool object(unsigned depth) {
    ++at_;
    space();
    if (is('}')) return ++at_, true;
    for (;;) {
      if (!is('"')) return bad("key expected, got " + here());
      if (++keys_ > limits_.max_keys)
        return bad("more than " + std::to_string(limits_.max_keys) + " keys", reason::json_keys);
      if (!string()) return false;
      space();
      if (!is(':')) return bad("\":\" expected, got " + here());
      ++at_;
      space();
      if (!value(depth)) return false;
      space();
      if (is('}')) return ++at_, true;
      if (!is(',')) return bad("\",\" or \"}\" expected, got " + here());
      ++at_;
      space();
    }
  }

  bool array(unsigned depth) {
    ++at_;
    space();
    if (is(']')) return ++at_, true;
    for (;;) {
      if (!value(depth)) return false;
      space();
      if (is(']')) return ++at_, true;
      if (!is(',')) return bad("\",\" or \"]\" expected, got " + here());
      ++at_;
      space();
    }
  }

  bool word(std::string_view all) {
    if (text_.substr(at_, all.size()) != all)
      return bad("value expected, got " + quoted(text_.substr(at_, 5)));
    at_ += all.size();
    return true;
  }

  bool number() {
    value_type type{};
    slot v;
    const char* const begin = text_.data() + at_;
    const char* const stop = read_number(begin, text_.data() + text_.size(), type, v);
    if (!stop) return bad("value expected, got " + quoted(text_.substr(at_, 5)));
    const std::string_view digits(begin, static_cast<std::size_t>(stop - begin));
    if (type == value_type::missing)
      return bad("number beyond the range of a double (got " + quoted(digits) + ")", reason::json_number);
    at_ += digits.size();
    return true;
  }

  bool hex(unsigned& unit) {
    unit = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = at_ < text_.size() ? text_[at_] : '\0';
      const unsigned digit = c >= '0' && c <= '9'   ? c - '0'
                             : c >= 'a' && c <= 'f' ? c - 'a' + 10
                             : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                    : 16;
      if (digit == 16) return bad("hexadecimal digit expected, got " + here());
      unit = unit * 16 + digit;
    }
    return true;
  }

  bool string() {
    const auto open = at_++;
    for (;;) {
      if (at_ == text_.size()) {
        at_ = open;
        return bad("the string is not closed");
      }
      const char c = text_[at_];
      if (c == '"') return ++at_, true;
      if (static_cast<unsigned char>(c) < 0x20) return bad("control character in a string, got " + here());
      if (c != '\\') {
        ++at_;
        continue;
      }
      const auto escape = at_++;
      if (is('u')) {
        ++at_;
        unsigned unit = 0, low = 0;
        if (!hex(unit)) return false;
        const bool high = unit >= 0xd800 && unit < 0xdc00;
        bool pair = unit < 0xd800 || unit > 0xdfff;
        if (high && text_.substr(at_, 2) == "\\u") {
          at_ += 2;
          if (!hex(low)) return false;
          pair = low >= 0xdc00 && low <= 0xdfff;
        }
        if (!pair) {
          at_ = escape;
          return bad("escape of half a surrogate pair", reason::json_utf8);
        }
      } else if (at_ < text_.size() &&
                 std::string_view("\"\\/bfnrt").find(text_[at_]) != std::string_view::npos) {
        ++at_;
      } else {
        return bad("unknown escape, got " + here());
      }
    }
  }

  std::string_view text_;
  const json_limits& limits_;
  std::size_t at_ = 0;
  unsigned keys_ = 0;
  std::optional<json_problem> problem_;
};

} // namespace

std::optional<json_problem> check_json(std::string_view payload, const json_limits& limits) {
  if (const auto byte = invalid_utf8(payload))
    return json_problem{reason::json_utf8, *byte, "invalid UTF-8, got " + quoted(payload.substr(*byte, 1))};
  return scanner(payload, limits).run();
}

} // namespace sluice
