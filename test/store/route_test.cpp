// Records that not every sink of their pipeline gets: what is read, counted and
// pending, also after a start.
#include "actors/store/outbox.hpp"

#include "test/store/checkpoint_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

const std::vector<sink_route> three_sinks{
    {"board", {"climate"}}, {"file", {"climate", "power"}}, {"hall", {"climate"}}};

void check_balanced(const store_snapshot& shot) {
  for (const auto& sink : three_sinks) {
    const auto c = counters_of(shot, sink.name);
    CHECK(c.results == c.delivered + pending_of(shot, sink.name) + c.dead_lettered);
  }
}

} // namespace

TEST_CASE("a record with a route is read by those sinks only that get it, and "
          "counted for them") {
  temp_dir dir;
  auto s = open_store(dir.path(), three_sinks);
  for (std::uint64_t p = 1; p <= 40; ++p) { // more than two blocks of counts
    auto c = checkpoint_at(p);
    for (std::int64_t i = 0; i < 60; ++i) {
      auto r = result_of(0, p, "d", i);
      r.not_to = i % 3 == 0 ? "" : i % 3 == 1 ? "board" : "board,file";
      c.shards[0].results.push_back(std::move(r));
    }
    must_commit(*s, std::move(c));
  }
  const auto check = [&] {
    const auto shot = s->snapshot();
    CHECK(pending_of(shot, "board") == 800);
    CHECK(pending_of(shot, "file") == 1600);
    CHECK(pending_of(shot, "hall") == 2400);
    CHECK(counters_of(shot, "board").results == 800);
    check_balanced(shot);
    CHECK(s->read_outbox("board", 0, 10000, 1 << 24).size() == 800);
    CHECK(s->read_outbox("file", 0, 10000, 1 << 24).size() == 1600);
    for (const auto& r : s->read_outbox("hall", 0, 10000, 1 << 24)) CHECK(r.json.front() == '{');
  };
  check();
  s.reset();
  s = open_store(dir.path(), three_sinks);
  check();

  // board takes all of its own; what it does not get holds nothing back.
  const auto mine = s->read_outbox("board", 0, 10000, 1 << 24);
  REQUIRE(s->move_cursor("board", {mine.back().sequence, {}, ""}, mine.size(), 0, {}, false).has_value());
  check_balanced(s->snapshot());
  CHECK(pending_of(s->snapshot(), "board") == 0);
}

TEST_CASE("records written before there were routes can still be read") {
  result_record r = result_of(0, 1, "d");
  const auto old = encode_outbox("climate", r);
  CHECK(old[0] == 1);
  r.not_to = "a,bc";
  const auto routed = encode_outbox("climate", r);
  CHECK(routed[0] == 2);
  for (const auto& bytes : {old, routed}) {
    const auto back = decode_outbox(7, bytes);
    REQUIRE(back);
    CHECK(back->pipeline == "climate");
    CHECK(back->identity == r.identity);
    CHECK(back->json == r.json);
  }
  CHECK(route_of(old).leads_to("a", {"climate"}));
  CHECK_FALSE(route_of(routed).leads_to("a", {"climate"}));
  CHECK_FALSE(route_of(routed).leads_to("bc", {"climate"}));
  CHECK(route_of(routed).leads_to("b", {"climate"})); // names are compared whole
  CHECK_FALSE(route_of(routed).leads_to("b", {"power"}));
  for (std::size_t n = 0; n + r.json.size() < routed.size(); ++n)
    CHECK_FALSE(decode_outbox(7, routed.substr(0, n)));
}
