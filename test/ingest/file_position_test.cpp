// What is said of a record's place in a file, and which records came before.
#include "actors/ingest/file/file_position.hpp"
#include "actors/ingest/file/text_encoding.hpp"

#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE("an identity and a position read back as they were written") {
  const file_identity identity{0xabcdef0123, 7, 1024, 0xfedcba9876543210};
  CHECK(identity.text() == "abcdef0123-7-400-fedcba9876543210");
  const auto back = file_identity::parse(identity.text());
  REQUIRE(back);
  CHECK(back->text() == identity.text());
  const auto position = file_position::load(file_position{identity, 1'234'567'890'123}.save());
  REQUIRE(position);
  CHECK(position->offset == 1'234'567'890'123);
  CHECK(position->identity.same_file(identity));
  for (const auto* bad : {"", "1-2-3", "1-2-3-4-5", "x-2-3-4", "1-2-3-", "1--3-4"})
    CHECK(!file_identity::parse(bad));
  for (const auto* bad : {"", "1-2-3-4", "1-2-3-4 ", "1-2-3-4 x", "1-2-3-4 5x"})
    CHECK(!file_position::load(bad));
}

TEST_CASE("Latin-1 becomes UTF-8, and valid UTF-8 stays what it is where that is to be found out") {
  std::string room;
  CHECK(to_utf8("caf\xE9", text_encoding::latin1, room) == "caf\xC3\xA9");
  CHECK(to_utf8("\x80\xFF", text_encoding::latin1, room) == "\xC2\x80\xC3\xBF");
  CHECK(to_utf8("plain", text_encoding::latin1, room) == "plain");
  CHECK(to_utf8("caf\xC3\xA9", text_encoding::automatic, room) == "caf\xC3\xA9");
  CHECK(to_utf8("caf\xE9", text_encoding::automatic, room) == "caf\xC3\xA9");
  CHECK(to_utf8("caf\xE9", text_encoding::utf8, room) == "caf\xE9");
  CHECK(to_utf8("a\xC3\x83\xC2\xA9", text_encoding::automatic, room) ==
        "a\xC3\x83\xC2\xA9"); // mojibake is valid
}

TEST_CASE("a byte order mark says how many bytes to leave out, or that the file is not readable") {
  CHECK(find_mark("\xEF\xBB\xBFx").bytes == 3);
  CHECK(find_mark("x").bytes == 0);
  CHECK(find_mark("").bytes == 0);
  CHECK(find_mark("\xFF\xFEx").unsupported);
  CHECK(find_mark("\xFE\xFFx").unsupported);
  CHECK(!find_mark("\xEF\xBB\xBF").unsupported);
}
