// Packet ids of QoS 2 between a message and its release.
#include "actors/ingest/unreleased.hpp"

#include <doctest/doctest.h>

using namespace sluice;

namespace {

// One session's packet ids.
struct line {
  explicit line(std::size_t receive_maximum = 10) : ids("field", receive_maximum) {}
  unreleased_ids ids;
  std::uint64_t sequence = 0;

  bool receive(unsigned id, std::uint64_t content, bool dup = false) {
    message_out m;
    m.sequence = ++sequence, m.packet_id = static_cast<std::uint16_t>(id), m.qos = 2, m.dup = dup;
    return ids.receive(m, content);
  }
  void release(std::uint16_t id) { ids.release(id, ++sequence); }
  void connect(bool session_present = true) { ids.connected(++sequence, session_present); }
  std::vector<state_write> writes() {
    std::vector<state_write> all;
    ids.take_writes(all);
    return all;
  }
};

} // namespace

TEST_CASE("released packet ids become a control record and come back from it") {
  const std::vector<std::uint16_t> ids{1, 65535, 7};
  const auto record = to_control("field-1", 3, ids);
  CHECK(record.kind == control_kind::pubrel);
  CHECK(record.value == 3);
  CHECK(record.name == "field-1 1 65535 7");
  CHECK(released_source(record) == "field-1");
  CHECK(released_ids(record) == ids);
}

TEST_CASE("what is no record of released packet ids has none, and a damaged one those before the damage") {
  CHECK(released_ids({control_kind::session, 1, 0, 0, "field 1 2"}).empty());
  for (const auto& [name, ids] :
       std::vector<std::pair<std::string, std::vector<std::uint16_t>>>{{"field", {}},
                                                                       {"", {}},
                                                                       {"field ", {}},
                                                                       {"field x", {}},
                                                                       {"field 1 65536 2", {1}},
                                                                       {"field 1,2", {1}},
                                                                       {"field 1  2", {1}}}) {
    CAPTURE(name);
    CHECK(released_ids({control_kind::pubrel, 0, 0, 0, name}) == ids);
  }
}

TEST_CASE("the same message comes again until its packet id is released") {
  line l;
  CHECK_FALSE(l.receive(7, 100));
  CHECK(l.receive(7, 100, true));
  CHECK(l.receive(7, 100, true));
  CHECK_FALSE(l.receive(8, 100)); // an equal reading is another one
  l.release(7);
  CHECK_FALSE(l.receive(7, 100));
  l.release(9); // of a message that was left out: nothing
  CHECK(l.ids.size() == 2);
}

TEST_CASE("another message under a packet id whose release was lost is a message") {
  line l;
  CHECK_FALSE(l.receive(7, 100));
  CHECK_FALSE(l.receive(7, 200));
  CHECK(l.receive(7, 200, true));
  CHECK_FALSE(l.receive(7, 100, true));
}

TEST_CASE("a session that the broker did not keep has no packet ids") {
  line l;
  l.receive(7, 100), l.receive(8, 100);
  l.connect(true);
  CHECK(l.receive(7, 100, true));
  l.connect(false);
  CHECK(l.ids.size() == 0);
  CHECK_FALSE(l.receive(7, 100, true));
}

TEST_CASE("of a broker that counts its packet ids up a released message that comes with DUP came before") {
  line l; // Receive Maximum 10
  for (std::uint16_t id = 1; id <= 12; ++id) l.receive(id, 100);
  l.release(5);
  l.connect();
  l.connect(); // the one between was lost before the release was repeated
  CHECK(l.receive(5, 100, true));
  CHECK_FALSE(l.receive(5, 200, true));
  l.release(6);
  CHECK_FALSE(l.receive(6, 100)); // without DUP a new one
  l.connect(false);
  l.receive(1, 100), l.release(1);
  CHECK_FALSE(l.receive(1, 100, true)); // what is known of the broker's ids belongs to the session
}

TEST_CASE("of a broker that takes the lowest free packet id a released one names a new message, DUP or not") {
  line l;
  for (std::uint16_t id = 1; id <= 10; ++id) l.receive(id, 100);
  l.release(5);
  l.connect();
  CHECK_FALSE(l.receive(5, 100, true)); // its first copy was lost on the way
}

TEST_CASE("that a broker counts up is seen from ids that it passes over, unless QoS 1 may have them in use") {
  for (const bool shared : {false, true}) {
    for (const bool restarted : {false, true}) {
      CAPTURE(shared);
      CAPTURE(restarted);
      line l(65'535), again(65'535);
      for (std::uint16_t id = 1; id <= 3; ++id) l.receive(id, 100);
      if (shared) l.ids.share_ids();
      l.receive(5, 100); // 4 is free, or in use with QoS 1
      l.release(1);
      if (restarted) REQUIRE(again.ids.load(l.writes().at(0).value.value()));
      CHECK((restarted ? again : l).receive(1, 100, true) == !shared);
    }
  }
  line l(65'535);
  for (std::uint16_t id = 1; id <= 3; ++id) l.receive(id, 100);
  l.receive(9, 100, true); // an old one: its number says nothing of ids that are free by now
  l.release(1);
  CHECK_FALSE(l.receive(1, 100, true));
}

TEST_CASE("a released packet id is forgotten when a message that came behind its release is released") {
  line l;
  for (std::uint16_t id = 1; id <= 12; ++id) l.receive(id, 100);
  l.release(1), l.release(2);
  CHECK(l.ids.size() == 12);
  l.receive(13, 100);
  l.release(3); // was received before: says nothing of 1 and 2
  CHECK(l.ids.size() == 13);
  l.release(13);
  CHECK(l.ids.size() == 11); // without 1 and 2; 3 was released behind 13
  l.receive(14, 100);
  l.connect();
  l.release(14); // repeated: it answers nothing that we sent on this connection
  CHECK(l.ids.size() == 12);
  l.receive(15, 100, true), l.release(15); // under way before, too
  CHECK(l.ids.size() == 13);
  l.receive(3, 100, true), l.release(3); // again
  l.receive(16, 100), l.release(16);
  CHECK(l.ids.size() == 10); // 4 to 12, and 16
}

TEST_CASE("while messages come and are released few packet ids are kept") {
  line l;
  for (unsigned i = 0; i < 200'000; ++i) {
    const auto id = static_cast<std::uint16_t>(i % 65535 + 1);
    REQUIRE_FALSE(l.receive(id, i % 3));
    if (i >= 10) l.release(static_cast<std::uint16_t>((i - 10) % 65535 + 1));
    REQUIRE(l.ids.size() <= 25);
  }
}

TEST_CASE("the state has all of them, is written when they changed, and is removed with the last one") {
  line l;
  CHECK(l.writes().empty());
  l.receive(7, 100), l.receive(65535, ~std::uint64_t{0}), l.receive(8, 200);
  l.release(8);
  const auto writes = l.writes();
  REQUIRE(writes.size() == 1);
  CHECK(writes[0].family == state_family::source);
  CHECK(writes[0].key == "unreleased|field");
  REQUIRE(writes[0].value);
  CHECK(l.writes().empty());
  l.receive(7, 100, true);
  l.release(3);
  CHECK(l.writes().empty()); // nothing changed

  line again;
  again.sequence = l.sequence;
  REQUIRE(again.ids.load(*writes[0].value));
  CHECK(again.ids.size() == 3);
  CHECK(again.receive(7, 100, true));
  CHECK(again.receive(65535, ~std::uint64_t{0}, true));
  CHECK(again.receive(8, 200, true));
  CHECK(again.writes().empty());
  again.receive(9, 1), again.release(9);
  CHECK_FALSE(again.receive(8, 200, true)); // forgotten: its release was long ago
  again.connect(false);
  const auto last = again.writes();
  REQUIRE(last.size() == 1);
  CHECK_FALSE(last[0].value);
  for (const auto cut : {0, 1, 3, 11, 23})
    CHECK_FALSE(again.ids.load(writes[0].value->substr(0, static_cast<std::size_t>(cut))));
}
