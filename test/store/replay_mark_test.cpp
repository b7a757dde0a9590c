#include "actors/store/replay_mark.hpp"

#include <doctest/doctest.h>

#include "actors/store/bytes.hpp"

using namespace sluice;

namespace {

// User properties as the journal holds them.
std::string encoded(const std::vector<std::pair<std::string, std::string>>& properties) {
  std::string out;
  for (const auto& [key, value] : properties) byte_writer(out).text(key).text(value);
  return out;
}

std::optional<replay_mark> mark_of(const std::string& properties, bool replayed = true) {
  message_out m;
  m.user_properties = properties;
  m.replayed = replayed;
  return replay_mark::of(m);
}

} // namespace

TEST_CASE("a mark reads back what it was made of") {
  replay_mark mark;
  mark.id = 17;
  CHECK(mark.text() == "17");
  auto properties = encoded({{"sluice-dead-letter", mark.text()}, {"seq", "3"}});
  auto back = mark_of(properties);
  REQUIRE(back);
  CHECK(back->id == 17);
  CHECK(back->pipeline.empty());
  mark.source = "field", mark.pipeline = "climate", mark.index = 4, mark.judged = true;
  properties = encoded({{"sluice-dead-letter", mark.text()}});
  back = mark_of(properties);
  REQUIRE(back);
  CHECK(back->id == 17);
  CHECK(back->source == "field");
  CHECK(back->pipeline == "climate");
  CHECK(back->index == 4);
  CHECK(back->judged);
}

TEST_CASE("what is no mark is none, and one of a message from outside is not believed") {
  CHECK_FALSE(mark_of(encoded({{"sluice-dead-letter", "17"}}), false));
  for (const auto* text : {"", "0", "x", "17 x", "17 4", "17 4 1 field", "17 4 1 field ", "-1"}) {
    CAPTURE(text);
    CHECK_FALSE(mark_of(encoded({{"sluice-dead-letter", text}})));
  }
  CHECK_FALSE(mark_of(encoded({{"seq", "17"}})));
}

TEST_CASE("a letter keeps the user properties without the mark") {
  const auto rest = encoded({{"seq", "3"}, {"sluice-dead-letter", "9"}});
  CHECK(without_mark(encoded({{"sluice-dead-letter", "17"}}) + rest) == rest);
  CHECK(without_mark(rest) == rest);
  CHECK(without_mark("") == "");
  const auto all = decode_properties(rest);
  REQUIRE(all.size() == 2);
  CHECK(all[0] == std::pair<std::string_view, std::string_view>("seq", "3"));
}
