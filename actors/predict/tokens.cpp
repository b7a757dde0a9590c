#include "actors/predict/tokens.hpp"

#include <algorithm>

#include <wctype.h>

#include "actors/predict/stop_words.hpp"

namespace sluice {

namespace {

// The C library's own table of Unicode, whatever the locale of the process is.
locale_t unicode() noexcept {
  static const locale_t all = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return all;
}

struct character {
  char32_t value = 0;
  std::size_t bytes = 1;
  bool good = false;
};

character decode(std::string_view text) noexcept {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return {first, 1, true};
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < bytes) return {};
  char32_t value = first & (0xffu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return {};
    value = value << 6 | (next & 0x3f);
  }
  const bool shortest = value >= (bytes == 2 ? 0x80u : bytes == 3 ? 0x800u : 0x10000u);
  if (!shortest || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return {};
  return {value, bytes, true};
}

void encode(char32_t value, std::string& to) {
  const auto tail = [&](int shift) { to += static_cast<char>(0x80 | (value >> shift & 0x3f)); };
  if (value < 0x80) {
    to += static_cast<char>(value);
  } else if (value < 0x800) {
    to += static_cast<char>(0xc0 | value >> 6), tail(0);
  } else if (value < 0x10000) {
    to += static_cast<char>(0xe0 | value >> 12), tail(6), tail(0);
  } else {
    to += static_cast<char>(0xf0 | value >> 18), tail(12), tail(6), tail(0);
  }
}

bool part_of_word(const character& c) noexcept {
  if (!c.good) return false;
  if (c.value < 0x80)
    return (c.value >= '0' && c.value <= '9') || (c.value >= 'a' && c.value <= 'z') ||
           (c.value >= 'A' && c.value <= 'Z');
  const bool mark = c.value >= 0x300 && c.value < 0x370; // accents that stand behind their letter
  return mark || iswalnum_l(static_cast<wint_t>(c.value), unicode()) != 0;
}

} // namespace

std::size_t add_tokens(std::string_view text, const std::vector<std::string>& languages, std::string& line) {
  std::size_t count = 0, begin = line.size();
  const auto end_word = [&] {
    if (line.size() == begin) return;
    const auto word = std::string_view(line).substr(begin);
    if (std::any_of(languages.begin(), languages.end(),
                    [&](const auto& l) { return is_stop_word(l, word); })) {
      line.resize(begin);
      return;
    }
    line += ' ';
    begin = line.size();
    ++count;
  };
  while (!text.empty()) {
    const auto c = decode(text);
    text.remove_prefix(c.bytes);
    if (part_of_word(c))
      encode(static_cast<char32_t>(towlower_l(static_cast<wint_t>(c.value), unicode())), line);
    else
      end_word();
  }
  end_word();
  return count;
}

} // namespace sluice
