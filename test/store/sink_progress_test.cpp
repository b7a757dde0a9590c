// The outbox as sinks see it: cursors, pending by scanning, removal.
#include "actors/store/outbox.hpp"

#include "test/store/checkpoint_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("a sink gets the records of its pipelines only, in order, as many as it asked for") {
  temp_dir dir;
  auto s = open_store(dir.path());
  for (std::uint64_t p = 1; p <= 10; ++p) commit_results(*s, p, p % 2, 3); // climate even, power odd
  CHECK(s->read_outbox("board", 0, 100, 1 << 20).size() == 30);
  const auto mine = s->read_outbox("file", 0, 100, 1 << 20);
  REQUIRE(mine.size() == 15);
  for (const auto& r : mine) CHECK(r.pipeline == "power");
  CHECK(s->read_outbox("file", mine[4].sequence, 3, 1 << 20)[0].sequence == mine[5].sequence);
  CHECK(s->read_outbox("file", mine[4].sequence, 3, 1 << 20).size() == 3);
  CHECK(s->read_outbox("file", 0, 100, 1).size() == 1); // at least one, however large
  CHECK(s->read_outbox("file", 0, 100, 60).size() == 2);
  CHECK(s->read_outbox("file", 30, 100, 1 << 20).empty());
  CHECK(s->read_outbox("nobody", 0, 100, 1 << 20).empty());
}

TEST_CASE(
    "results = delivered + pending + dead_lettered holds at every step, with acknowledgements out of order") {
  temp_dir dir;
  auto s = open_store(dir.path());
  for (std::uint64_t p = 1; p <= 30; ++p)
    commit_results(*s, p, p % 3 == 0, 150); // 4500 records: several counted blocks
  const auto balanced = [&] {
    const auto shot = s->snapshot();
    for (const auto* name : {"board", "file"}) {
      const auto c = counters_of(shot, name);
      CHECK(c.results == c.delivered + pending_of(shot, name) + c.dead_lettered);
    }
  };
  balanced();
  CHECK(pending_of(s->snapshot(), "board") == 4500);
  CHECK(pending_of(s->snapshot(), "file") == 1500);

  sink_cursor to;
  to.acked = 10;
  to.above = {12, 13, 14, 20, 2000};
  to.mark = "a mark";
  REQUIRE(s->move_cursor("board", to, 15, 0, {}, false).has_value());
  balanced();
  CHECK(pending_of(s->snapshot(), "board") == 4485);
  to.acked = 14, to.above = {20, 2000, 4500};
  dead_letter refused;
  refused.why = reason::sink_refused, refused.source = "board", refused.payload = "p";
  REQUIRE(s->move_cursor("board", to, 1, 7, {refused}, true).has_value()); // 11 was refused, 4500 delivered
  balanced();
  CHECK(s->snapshot().dead_letters == 1);
  CHECK(counters_of(s->snapshot(), "board").value_range == 7);

  // The file sink's own records only: those of the other pipeline below its cursor count as done.
  const auto mine = s->read_outbox("file", 0, 700, 1 << 20);
  REQUIRE(s->move_cursor("file", {mine.back().sequence, {}, ""}, mine.size(), 0, {}, false).has_value());
  balanced();

  s.reset();
  s = open_store(dir.path());
  balanced();
  const auto back = s->cursor("board");
  CHECK(back.acked == 14);
  CHECK(back.above == std::vector<std::uint64_t>{20, 2000, 4500});
  CHECK(back.mark == "a mark");
  CHECK(pending_of(s->snapshot(), "file") == 800);
}

TEST_CASE("pending is counted from stored records: one that is missing makes the ledger red") {
  temp_dir dir;
  {
    auto s = open_store(dir.path());
    commit_results(*s, 1, 0, 10);
  }
  {
    auto db = rocks::open(dir.path() + "/state", rocks::mode::read_write);
    REQUIRE(db.has_value());
    rocks::batch batch(**db);
    batch.erase(family::outbox, std::string("\0\0\0\0\0\0\0\5", 8));
    REQUIRE((*db)->write(batch, true).has_value());
  }
  auto s = open_store(dir.path());
  const auto shot = s->snapshot();
  CHECK(pending_of(shot, "board") == 9);
  CHECK(counters_of(shot, "board").results == 10);
}

TEST_CASE("a cursor that goes back, beyond the head or out of order is refused") {
  temp_dir dir;
  auto s = open_store(dir.path());
  commit_results(*s, 1, 0, 10);
  REQUIRE(s->move_cursor("board", {5, {}, ""}, 5, 0, {}, false).has_value());
  for (const sink_cursor& bad :
       {sink_cursor{4, {}, ""}, sink_cursor{11, {}, ""}, sink_cursor{6, {11}, ""}, sink_cursor{6, {6}, ""},
        sink_cursor{6, {9, 8}, ""}, sink_cursor{6, {8, 8}, ""}})
    CHECK(s->move_cursor("board", bad, 1, 0, {}, false).error().code == ec::bug);
  CHECK(s->move_cursor("nobody", {6, {}, ""}, 1, 0, {}, false).error().code == ec::bug);
  CHECK(s->cursor("board").acked == 5);
}

TEST_CASE("cursors are stored as ranges") {
  sink_cursor c{3, {5, 6, 7, 8, 100}, std::string("m\0k", 3)};
  const auto bytes = encode_cursor(c);
  const auto back = decode_cursor(bytes);
  REQUIRE(back.has_value());
  CHECK(back->acked == 3);
  CHECK(back->above == c.above);
  CHECK(back->mark == c.mark);
  for (std::size_t n = 0; n < bytes.size(); ++n) CHECK_FALSE(decode_cursor(bytes.substr(0, n)).has_value());
}

TEST_CASE("the outbox is trimmed below the slowest sink, and its disk space comes back") {
  temp_dir dir;
  auto s = open_store(dir.path());
  for (std::uint64_t p = 1; p <= 40; ++p) {
    auto c = checkpoint_at(p);
    for (int i = 0; i < 1000; ++i) {
      auto r = result_of(1, p, "d" + std::to_string(i));
      for (int k = 0; k < 40; ++k)
        r.json +=
            std::to_string(p * 7919 + static_cast<std::uint64_t>(i * 104729 + k * 1299709) * 2654435761u);
      c.shards[0].results.push_back(std::move(r));
    }
    must_commit(*s, std::move(c));
  }
  const auto full = s->bytes();
  REQUIRE(s->move_cursor("board", {40000, {}, ""}, 40000, 0, {}, false).has_value());
  REQUIRE(s->trim_outbox().has_value());
  CHECK(s->read_outbox("file", 0, 10, 1 << 20)[0].sequence == 1); // it has done nothing yet
  REQUIRE(s->move_cursor("file", {39990, {}, ""}, 39990, 0, {}, false).has_value());
  REQUIRE(s->trim_outbox().has_value());
  CHECK(s->read_outbox("file", 0, 100, 1 << 20).size() == 10);
  CHECK(pending_of(s->snapshot(), "file") == 10);
  CHECK(s->bytes() < full / 2);
  s.reset();
  s = open_store(dir.path());
  CHECK(s->read_outbox("file", 39990, 100, 1 << 20).size() == 10);
  CHECK(s->trim_outbox().has_value());
}

TEST_CASE("a sink that nothing waits for holds no record of another one back") {
  temp_dir dir;
  auto s = open_store(dir.path(), {{"board", {"climate"}}, {"alarms", {"power"}}});
  commit_results(*s, 1, 0, 100); // climate only: "alarms" is never handed anything
  REQUIRE(s->move_cursor("board", {60, {}, ""}, 60, 0, {}, false).has_value());
  REQUIRE(s->trim_outbox().has_value());
  REQUIRE(s->move_cursor("board", {100, {}, ""}, 40, 0, {}, false).has_value());
  REQUIRE(s->trim_outbox().has_value());
  commit_results(*s, 2, 1, 3); // now it has something, above what was removed
  CHECK(s->read_outbox("alarms", 0, 100, 1 << 20).size() == 3);
  REQUIRE(s->trim_outbox().has_value());
  CHECK(s->read_outbox("alarms", 0, 100, 1 << 20).size() == 3);
  CHECK(pending_of(s->snapshot(), "alarms") == 3);
  s.reset();
  s = open_store(dir.path(), {{"board", {"climate"}}, {"alarms", {"climate", "power"}}});
  CHECK(s->read_outbox("alarms", 0, 200, 1 << 20).size() == 3); // the hundred are gone from the disk
}

TEST_CASE("a new sink starts at the head; a removed one is kept while results wait for it") {
  temp_dir dir;
  {
    auto s = open_store(dir.path(), {{"board", {"climate"}}});
    commit_results(*s, 1, 0, 10);
  }
  {
    auto s = open_store(dir.path(), {{"file", {"climate"}}});
    CHECK(s->cursor("file").acked == 10);
    CHECK(pending_of(s->snapshot(), "file") == 0);
    CHECK(s->removed_sinks_pending() == std::vector<std::pair<std::string, std::uint64_t>>{{"board", 10}});
    REQUIRE(s->move_cursor("file", {10, {}, ""}, 0, 0, {}, false).has_value());
    REQUIRE(s->trim_outbox().has_value()); // what waits stays
    CHECK(s->drop_sink("file").error().code == ec::invalid);
  }
  {
    auto s = open_store(dir.path(), {{"board", {"climate"}}, {"file", {"climate"}}}); // it is back
    CHECK(s->removed_sinks_pending().empty());
    CHECK(s->read_outbox("board", 0, 100, 1 << 20).size() == 10);
  }
  {
    auto s = open_store(dir.path(), {{"file", {"climate"}}});
    REQUIRE(s->drop_sink("board").has_value());
    CHECK(s->removed_sinks_pending().empty());
  }
  auto s = open_store(dir.path(), {{"board", {"climate"}}, {"file", {"climate"}}});
  CHECK(pending_of(s->snapshot(), "board") == 0);
  CHECK(counters_of(s->snapshot(), "board").results == 0);
}

TEST_CASE("a sink whose pipelines changed still gets what waits for it, and its ledger balances") {
  temp_dir dir;
  {
    auto s = open_store(dir.path(), {{"board", {"climate"}}, {"file", {"power"}}});
    commit_results(*s, 1, 0, 4);
    commit_results(*s, 2, 1, 3);
  }
  auto s = open_store(dir.path(), {{"board", {"power"}}, {"file", {"power"}}});
  CHECK(s->read_outbox("board", 0, 100, 1 << 20).size() == 7);
  const auto shot = s->snapshot();
  CHECK(pending_of(shot, "board") == 7);
  CHECK(counters_of(shot, "board").results == 7);
  REQUIRE(s->move_cursor("board", {7, {}, ""}, 7, 0, {}, false).has_value());
  s.reset();
  s = open_store(dir.path(), {{"board", {"power"}}, {"file", {"power"}}});
  commit_results(*s, 3, 0, 5); // climate is no longer the board's
  CHECK(pending_of(s->snapshot(), "board") == 0);
}
