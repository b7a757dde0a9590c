#include "actors/publish/thingsboard/poison.hpp"

#include <doctest/doctest.h>

using namespace sluice::thingsboard;

TEST_CASE("reason codes of a PUBACK say whether the record, the credential or the rate is meant") {
  CHECK(judge(0) == answer::accepted);
  CHECK(judge(0x10) == answer::accepted);
  CHECK(judge(0x99) == answer::record_refused);
  CHECK(judge(0x95) == answer::record_refused);
  CHECK(judge(0x80) == answer::unclear);
  CHECK(judge(0x83) == answer::unclear);
  CHECK(judge(0x97) == answer::throttled);
  CHECK(judge(0x87) == answer::all_refused);
  CHECK(judge(0x90) == answer::all_refused);
}

TEST_CASE("the end of a connection says whether anybody in flight may be the cause") {
  using sluice::ec;
  CHECK(judge({ec::connection_lost, "mqtt://h:1: the broker closed it or does not answer"}) ==
        farewell::unknown);
  CHECK(judge({ec::connection_lost, "the broker ended the connection: payload format invalid (0x99)"}) ==
        farewell::unknown);
  CHECK(judge({ec::connection_lost, "the broker ended the connection: .. (0x83)"}) == farewell::rate_limit);
  CHECK(judge({ec::throttled, "quota exceeded (0x97)"}) == farewell::rate_limit);
  CHECK(judge({ec::connection_lost, "session taken over (0x8e)"}) == farewell::no_record);
  CHECK(judge({ec::refused, "x"}) == farewell::no_record);
}

TEST_CASE("a refusal condemns a record only when it was alone") {
  poison p;
  CHECK_FALSE(p.refused(1, answer::record_refused, false));
  CHECK(p.find(1)->alone);
  CHECK(p.refused(1, answer::record_refused, true));
  CHECK_FALSE(p.refused(2, answer::unclear, true));
  CHECK_FALSE(p.refused(2, answer::unclear, true));
  CHECK(p.refused(2, answer::unclear, true));
}

TEST_CASE(
    "a close condemns a record that was alone twice while others were acknowledged, or alone five times") {
  poison p;
  p.suspect(1);
  CHECK(p.probing());
  CHECK_FALSE(p.closed_alone(1, true, true));
  CHECK_FALSE(p.closed_alone(1, true, false)); // nobody was acknowledged: it may be the server
  CHECK_FALSE(p.closed_alone(1, false, true)); // long after: it may be the network
  CHECK(p.closed_alone(1, true, true));
  poison q;
  for (int i = 0; i < 4; ++i) CHECK_FALSE(q.closed_alone(1, true, false));
  CHECK(q.closed_alone(1, true, false));
}

TEST_CASE("silence condemns a record only beside acknowledgements of others") {
  poison p;
  for (int i = 0; i < 100; ++i) CHECK_FALSE(p.timed_out(1, evidence::none, true));
  CHECK_FALSE(p.timed_out(2, evidence::later, false));
  for (unsigned i = 2; i < verdicts::timeout_points / 2; ++i)
    CHECK_FALSE(p.timed_out(2, evidence::later, true));
  CHECK(p.timed_out(2, evidence::later, true));
  for (unsigned i = 1; i < verdicts::timeout_points; ++i)
    CHECK_FALSE(p.timed_out(3, evidence::earlier, true));
  CHECK(p.timed_out(3, evidence::earlier, true));
}

TEST_CASE("suspicions survive a restart in the mark") {
  poison p;
  CHECK(p.encode().empty());
  p.suspect(7);
  p.closed_alone(9, true, true);
  p.timed_out(11, evidence::later, false);
  p.refused(13, answer::unclear, true);
  auto q = poison::decode(p.encode());
  CHECK(q.encode() == p.encode());
  CHECK(q.suspects() == 2);
  CHECK(q.find(9)->proved == 1);
  CHECK(q.find(11)->timeouts == 2);
  CHECK(q.find(13)->unclear == 1);
  q.clear(9);
  CHECK(q.find(9) == nullptr);
  CHECK(poison::decode("rubbish;;1,x").all().empty());
}
