// Reads results from their own JSON, as we write it: what leaves is looked at in one way, whatever window
// made it.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace sluice {

// Reads the records that we write: no blanks, names without escapes of letters.
class record_reader {
public:
  explicit record_reader(std::string_view json) : left_(json) {}
  bool at(char c) const noexcept { return !left_.empty() && left_[0] == c; }
  bool skip(char c) noexcept {
    if (!at(c)) return false;
    left_.remove_prefix(1);
    return true;
  }
  // A text in quotes, raw: escapes are still in it.
  std::string_view quoted() noexcept {
    if (!skip('"')) return {};
    std::size_t n = 0;
    while (n < left_.size() && left_[n] != '"') n += left_[n] == '\\' ? 2 : 1;
    const auto text = left_.substr(0, std::min(n, left_.size()));
    left_.remove_prefix(std::min(n + 1, left_.size()));
    return text;
  }
  // Any value, as it stands; a text with its quotes.
  std::string_view value() noexcept {
    const auto before = left_;
    if (at('"')) {
      quoted();
    } else if (at('{') || at('[')) {
      int depth = 0;
      do {
        if (at('"')) {
          quoted();
          continue;
        }
        depth += at('{') || at('[') ? 1 : at('}') || at(']') ? -1 : 0;
        left_.remove_prefix(1);
      } while (depth > 0 && !left_.empty());
    } else {
      std::size_t n = 0; // a number or a word: too short for a search to pay
      while (n < left_.size() && left_[n] != ',' && left_[n] != '}' && left_[n] != ']') ++n;
      left_.remove_prefix(n);
    }
    return before.substr(0, before.size() - left_.size());
  }
  // A value that is a number, read as from_chars does; false: another value comes, and nothing is skipped.
  // Those of at most 15 digits are quick: both their digits and the power of ten are exact doubles, so one
  // division rounds as it should (Clinger 1990).
  bool number(double& into) noexcept {
    static constexpr double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                        1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const auto *at = left_.data(), *const end = at + left_.size();
    const bool negative = at != end && *at == '-';
    if (negative) ++at;
    std::uint64_t digits = 0;
    const auto* const first = at;
    const char* dot = nullptr;
    for (const auto* const last = end - first > 16 ? first + 16 : end; at != last; ++at) {
      if (const auto digit = static_cast<unsigned char>(*at - '0'); digit < 10)
        digits = digits * 10 + digit;
      else if (*at == '.' && dot == nullptr)
        dot = at;
      else
        break;
    }
    const auto behind = dot == nullptr ? 0 : at - dot - 1;
    const auto count = at - first - (dot == nullptr ? 0 : 1);
    if (count >= 1 && count <= 15 && ends_value(at, end)) {
      into = static_cast<double>(digits) / powers[behind];
      if (negative) into = -into;
    } else {
      const auto r = std::from_chars(left_.data(), end, into);
      if (r.ec != std::errc{} || !ends_value(r.ptr, end)) return false;
      at = r.ptr;
    }
    left_.remove_prefix(static_cast<std::size_t>(at - left_.data()));
    return true;
  }
  // Skips a text as it stands; false: another one comes.
  bool skip(std::string_view text) noexcept {
    if (!left_.starts_with(text)) return false;
    left_.remove_prefix(text.size());
    return true;
  }

private:
  static bool ends_value(const char* at, const char* end) noexcept {
    return at == end || *at == ',' || *at == '}' || *at == ']';
  }

  std::string_view left_;
};

// Calls each(name, value) for every member of an object.
template <class F> void each_member(std::string_view object, F&& each) {
  record_reader in(object);
  if (!in.skip('{') || in.at('}')) return;
  do {
    const auto name = in.quoted();
    if (!in.skip(':')) return;
    each(name, in.value());
  } while (in.skip(','));
}

// The members of "values" in a record, from its brace to the record's end; "" when there is none. What a text
// holds looks otherwise: its quotes are escaped.
inline std::string_view values_of(std::string_view json) noexcept {
  constexpr std::string_view before = ",\"values\":";
  const auto at = json.find(",\"values\":{");
  return at == json.npos ? std::string_view{} : json.substr(at + before.size());
}

// Appends a text without its escapes: those that append_text writes.
inline void unescape(std::string_view raw, std::string& out) {
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\' || i + 1 == raw.size()) {
      out += raw[i];
      continue;
    }
    switch (raw[++i]) {
    case 'n':
      out += '\n';
      break;
    case 'r':
      out += '\r';
      break;
    case 't':
      out += '\t';
      break;
    case 'u': {
      unsigned code = 0;
      const auto digits = raw.substr(std::min(i + 1, raw.size()), 4);
      std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
      out += static_cast<char>(code); // control characters only
      i += digits.size();
      break;
    }
    default:
      out += raw[i];
    }
  }
}

// True iff a name as it stands in a record is this one.
inline bool is_name(std::string_view raw, std::string_view name) {
  if (raw.find('\\') == raw.npos) return raw == name;
  std::string plain;
  unescape(raw, plain);
  return plain == name;
}

// The value of a member as it stands, by its name without escapes; "" when the object has none of this name,
// or is none.
inline std::string_view member_of(std::string_view object, std::string_view name) {
  record_reader in(object);
  if (!in.skip('{') || in.at('}')) return {};
  do {
    const bool is_it = is_name(in.quoted(), name);
    if (!in.skip(':')) return {};
    const auto value = in.value();
    if (is_it) return value;
  } while (in.skip(','));
  return {};
}

// Reads a number that is all of the text.
template <class T> bool is_all_of(const char* from, const char* end, T& into) noexcept {
  const auto r = std::from_chars(from, end, into);
  return r.ec == std::errc{} && r.ptr == end;
}

// A text without its quotes.
inline std::string_view inside(std::string_view quoted) noexcept {
  return quoted.size() < 2 ? std::string_view{} : quoted.substr(1, quoted.size() - 2);
}

} // namespace sluice
