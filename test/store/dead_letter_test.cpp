#include "actors/store/dead_letter_store.hpp"

#include <nlohmann/json.hpp>

#include "actors/store/payload_json.hpp"
#include "test/store/checkpoint_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("a dead letter reads as interface.md says") {
  dead_letter d{7,           42,        0,         reason::json_syntax,  "field",
                "",          "plant/a", "byte 17", "a comma is missing", 1423018800000,
                "{\"a\":1,}"};
  CHECK(to_json(d) ==
        R"({"id":7,"source":"field","topic":"plant/a","reason":"json.syntax","where":"byte 17",)"
        R"("detail":"a comma is missing","sequence":42,"received":1423018800000,"payload":"{\"a\":1,}"})");
  d.payload = std::string("\xff\0", 2);
  d.pipeline = "climate";
  d.topic = "bad \xff topic";
  const auto j = nlohmann::json::parse(to_json(d));
  CHECK(j["payload_base64"] == "/wA=");
  CHECK_FALSE(j.contains("payload"));
  CHECK(j["pipeline"] == "climate");
  CHECK(j["topic"] == "bad \xEF\xBF\xBD topic");
}

TEST_CASE("UTF-8 is told from what only looks like it, and base64 is RFC 4648") {
  for (const auto* good : {"", "abc", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"})
    CHECK(is_utf8(good));
  for (const auto* bad : {"\xff", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                          "\xF0\x80\x80\x80", "\x80", "a\xE2\x82"})
    CHECK_FALSE(is_utf8(bad));
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foobar") == "Zm9vYmFy");
}

TEST_CASE("a stored dead letter that was damaged is not read as another one") {
  dead_letter d{7, 42, 3, reason::late, "field", "climate", "t", "w", "d", 5, "p"};
  const auto bytes = encode(d);
  const auto back = decode_dead_letter(7, bytes);
  REQUIRE(back.has_value());
  CHECK(to_json(*back) == to_json(d));
  for (std::size_t n = 0; n < bytes.size(); ++n)
    CHECK_FALSE(decode_dead_letter(7, bytes.substr(0, n)).has_value());
}

TEST_CASE("what a replay needs is kept, and letters written before it was are still read") {
  dead_letter d{7, 42, 3, reason::late, "field", "climate", "t", "w", "d", 5, "p"};
  auto old = encode(d);
  d.device = "room-1", d.properties = "abc", d.piece = true, d.identity = "climate|room-1|0|1",
  d.revision = 2;
  auto back = decode_dead_letter(7, encode(d));
  REQUIRE(back.has_value());
  CHECK(back->device == d.device);
  CHECK(back->properties == d.properties);
  CHECK(back->piece);
  CHECK_FALSE(back->judged);
  CHECK(back->identity == d.identity);
  CHECK(back->revision == 2);
  CHECK(nlohmann::json::parse(to_json(*back))["device"] == "room-1");
  d.piece = false, d.judged = true;
  back = decode_dead_letter(7, encode(d));
  REQUIRE(back.has_value());
  CHECK_FALSE(back->piece);
  CHECK(back->judged);
  old[0] = 1; // the first version ended with the payload
  old.resize(old.size() - 3 * 4 - 4 - 1);
  back = decode_dead_letter(7, old);
  REQUIRE(back.has_value());
  CHECK(back->payload == "p");
  CHECK(back->device.empty());
}

TEST_CASE("ids of dead letters ascend over checkpoints, sinks and restarts") {
  temp_dir dir;
  std::uint64_t next = 0;
  for (int round = 0; round < 3; ++round) {
    auto s = open_store(dir.path());
    auto c = checkpoint_at(static_cast<std::uint64_t>(round) + 1);
    c.reader.dead_letters.resize(2);
    c.shards[1].dead_letters.resize(1);
    must_commit(*s, std::move(c));
    REQUIRE(
        s->move_cursor("board", s->cursor("board"), 0, 0, std::vector<dead_letter>(1), false).has_value());
    next += 4;
    std::vector<std::uint64_t> ids;
    s->scan_dead_letters(0, [&](const dead_letter& d) {
      ids.push_back(d.id);
      return true;
    });
    REQUIRE(ids.size() == next);
    for (std::uint64_t i = 0; i < next; ++i) CHECK(ids[i] == i + 1);
    CHECK(s->snapshot().dead_letters == next);
    CHECK(s->snapshot().dead_letters == next); // counted once
    int from_the_middle = 0;
    s->scan_dead_letters(next, [&](const dead_letter&) { return ++from_the_middle > 0; });
    CHECK(from_the_middle == 1);
  }
}
