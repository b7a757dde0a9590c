#include "actors/predict/tokens.hpp"

#include <doctest/doctest.h>

#include "actors/predict/stop_words.hpp"

using namespace sluice;

namespace {

std::string words(std::string_view text, const std::vector<std::string>& languages = {}) {
  std::string line;
  add_tokens(text, languages, line);
  return line;
}

} // namespace

TEST_CASE("words are runs of letters and digits of any script, in small letters") {
  CHECK(words("") == "");
  CHECK(words(" .,;!\n\t") == "");
  CHECK(words("The Light, 3.5 lux") == "the light 3 5 lux ");
  CHECK(words("COBRANÇA/contestação") == "cobrança contestação ");
  CHECK(words("Ärger ΑΒΓ Жук 日本") == "ärger αβγ жук 日本 ");
  CHECK(words("a\xcc\x81gua") == "a\xcc\x81gua "); // a combining accent belongs to its letter
}

TEST_CASE("bytes that are no UTF-8 separate words") {
  CHECK(words("a\xff"
              "b\xc3") == "a b ");
  CHECK(words("a\xc0\xaf"
              "b\xed\xa0\x80"
              "c") == "a b c ");
}

TEST_CASE("stop words of the languages named are left out, and only of these") {
  CHECK(words("A água não está na caixa", {"portuguese"}) == "água caixa ");
  CHECK(words("The water is not in the box", {"english"}) == "water box ");
  CHECK(words("The água is in a caixa", {"portuguese", "english"}) == "água caixa ");
  CHECK(words("The water", {"portuguese"}) == "the water ");
  CHECK(words("a the not", {"english"}) == "");
  CHECK(stop_word_languages() == std::vector<std::string>{"english", "portuguese"});
}

TEST_CASE("the number of words is returned and lines grow") {
  std::string line;
  CHECK(add_tokens("one two", {}, line) == 2);
  CHECK(add_tokens("the", {"english"}, line) == 0);
  CHECK(add_tokens("three", {}, line) == 1);
  CHECK(line == "one two three ");
}
