// Valid UTF-8 and the first byte that is none.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "messages/utf8.hpp"

using namespace sluice;
using namespace std::string_literals;

TEST_CASE("valid texts have no byte that is wrong, at any place among plain ones") {
  for (const auto& text :
       {""s, "\0"s, "\x7f"s, "\xc2\x80"s, "gr\xc3\xbc\xc3\x9f"s, "\xdf\xbf"s, "\xe0\xa0\x80"s,
        "\xe2\x82\xac"s, "\xed\x9f\xbf"s, "\xee\x80\x80"s, "\xf0\x90\x80\x80"s, "\xf4\x8f\xbf\xbf"s})
    for (std::size_t before = 0; before < 18; ++before)
      CHECK_FALSE(invalid_utf8(std::string(before, 'a') + text + "plain text to the end"));
}

TEST_CASE("the first byte that is wrong is told, at any place among plain ones") {
  const std::vector<std::pair<std::string, std::size_t>> bad = {
      {"\x80"s, 0},
      {"\xc0\x80"s, 0},
      {"\xc1\xbf"s, 0},
      {"\xc3"s, 0},
      {"\xc3\xa9\xc3"s, 2},
      {"\xe0\x9f\xbf"s, 0}, // not the shortest form
      {"\xe2\x82"s, 0},
      {"\xed\xa0\x80"s, 0}, // a surrogate
      {"\xf0\x8f\xbf\xbf"s, 0},
      {"\xf0\x90\x80"s, 0},
      {"\xf4\x90\x80\x80"s, 0}, // above U+10FFFF
      {"\xf5\x80\x80\x80"s, 0},
      {"\xff"s, 0},
  };
  for (const auto& [text, at] : bad)
    for (std::size_t before = 0; before < 18; ++before) {
      CHECK(invalid_utf8(std::string(before, 'a') + text) == before + at);
      CHECK(invalid_utf8(std::string(before, 'a') + text + "plain text") == before + at);
    }
}
