// Outages, refusals, rate limits, silence and closes: what is sent again, and what is condemned.
#include "test/publish/thingsboard_rig.hpp"

#include <random>

using namespace sluice;
using namespace sluice::thingsboard;
using namespace std::chrono_literals;

TEST_CASE("an outage loses nothing, condemns nothing, and sends again what had no acknowledgement") {
  rig r;
  for (int i = 0; i < 500; ++i) r.add("d" + std::to_string(i % 50), R"({"v":1})");
  std::mt19937 random(11);
  // the server falls over again and again at any moment
  for (int fall = 0; fall < 200 && !r.all_done(); ++fall) {
    r.connect();
    r.pump();
    for (auto answers = random() % 8; answers > 0 && !r.wire.empty(); --answers)
      r.answer(random() % r.wire.size());
    r.now += 7s;
    r.close();
  }
  r.serve("nothing", [] {});
  CHECK(r.all_done());
  CHECK(r.dead.empty());
  CHECK(r.delivered == 500);
}

TEST_CASE("a close with nothing in flight is an outage") {
  rig r;
  r.connect();
  r.pump();
  CHECK(r.close().code == ec::connection_lost);
  CHECK(r.stored.mark.empty());
}

TEST_CASE(
    "after a close the suspects go one publish at a time, and the one that closes again alone is condemned") {
  rig r;
  for (int i = 0; i < 30; ++i) r.add("d" + std::to_string(i), i == 12 ? R"({"bad":1})" : R"({"v":1})");
  r.connect();
  r.pump();
  CHECK(r.wire.size() == 30);
  for (int i = 0; i < 5; ++i) r.answer();
  r.close();
  CHECK_FALSE(r.stored.mark.empty());
  for (int i = 0; i < 5; ++i) r.add("later", R"({"v":1})");
  r.connect();
  r.pump();
  CHECK(r.wire.size() == 1);
  r.serve("bad", [&] { r.close(); });
  CHECK(r.all_done());
  REQUIRE(r.dead.size() == 1);
  CHECK(r.dead[0].why == reason::sink_refused);
  CHECK(r.dead[0].source == "board");
  CHECK(r.dead[0].payload == r.outbox[12].json);
  CHECK(r.connections <= 4);
  CHECK(r.stored.mark.empty());
}

TEST_CASE("a poisonous record is found among others of its device, also when it is the only traffic") {
  rig r;
  for (int i = 0; i < 20; ++i) r.add("d", i == 7 ? R"({"bad":1})" : R"({"v":1})");
  r.serve("bad", [&] { r.close(); });
  CHECK(r.all_done());
  CHECK(r.dead.size() == 1);

  rig alone;
  alone.add("d", R"({"bad":1})");
  alone.serve("bad", [&] { alone.close(); });
  CHECK(alone.all_done());
  CHECK(alone.connections <= 7);
}

TEST_CASE(
    "a server that closes on everything and acknowledges nothing empties no outbox into the dead letters") {
  rig r;
  for (int i = 0; i < 200; ++i) r.add("d" + std::to_string(i), R"({"v":1})");
  for (int i = 0; i < 150; ++i) {
    r.connect();
    r.pump();
    r.now += 3s;
    r.pump();
    r.close();
  }
  CHECK(r.dead.empty());
  r.serve("nothing", [] {});
  CHECK(r.all_done());
}

TEST_CASE("a refused publish is split, and the record that is refused alone is a dead letter") {
  rig r;
  for (int i = 0; i < 20; ++i) r.add("d", i == 7 ? R"({"bad":1})" : R"({"v":1})");
  r.serve("bad", [&] { r.answer(0, 0x99); });
  CHECK(r.all_done());
  CHECK(r.connections == 1);
  REQUIRE(r.dead.size() == 1);
  CHECK(r.dead[0].detail == "ThingsBoard refuses this record alone (PUBACK 0x99)");
  CHECK(r.delivered == 19);
}

TEST_CASE("a rate limit slows down and condemns nobody") {
  rig r;
  for (int i = 0; i < 300; ++i) r.add("d" + std::to_string(i % 2), R"({"v":1})");
  SUBCASE("by PUBACK 0x97") {
    r.connect();
    r.pump();
    auto before = r.log.front().size();
    for (int i = 0; i < 3; ++i) r.answer(0, 0x97);
    CHECK_FALSE(r.pub->trouble().empty());
    while (!r.wire.empty()) r.answer(0, 0x97);
    CHECK_FALSE(r.pub->next(r.now));
    r.now += *r.pub->wait(r.now);
    r.pump();
    CHECK(r.wire.front().payload.size() < before);
  }
  SUBCASE("by a close that the gateway announces") {
    for (int i = 0; i < 20; ++i) {
      r.connect();
      r.pump();
      r.pub->message("v1/gateway/disconnect", R"({"device":"A","reason":150})");
      CHECK(r.close().code == ec::throttled);
    }
    r.connect();
    r.pump();
    CHECK(r.log.back().find("},{") == std::string::npos); // a batch that is over the limit gets smaller
  }
  SUBCASE("by a close with its reason") {
    for (int i = 0; i < 20; ++i) {
      r.connect();
      r.pump();
      CHECK(r.close(ec::throttled).code == ec::throttled);
    }
  }
  CHECK(r.dead.empty());
  r.serve("nothing", [] {});
  CHECK(r.all_done());
  CHECK(r.dead.empty());
}

TEST_CASE("a session taken over by another client makes nobody suspect") {
  rig r;
  r.add("d", R"({"v":1})");
  r.connect();
  r.pump();
  r.close(ec::refused);
  CHECK(r.stored.mark.empty());
}

TEST_CASE("a credential that may not publish ends the connection, not the records") {
  rig r;
  r.add("d", R"({"v":1})");
  r.connect();
  r.pump();
  r.answer(0, 0x87);
  REQUIRE(r.pub->wants_restart());
  CHECK(r.pub->wants_restart()->code == ec::refused);
  CHECK(r.dead.empty());
  CHECK(r.stored.acked == 0);
}

TEST_CASE("without any acknowledgement the sink says what to look at and loses nothing") {
  rig r;
  for (int i = 0; i < 5; ++i) r.add("d" + std::to_string(i), R"({"v":1})");
  for (int i = 0; i < 20; ++i) {
    r.connect();
    r.pump();
    CHECK_FALSE(r.wire.empty());
    r.now += 29s;
    r.pub->tick(r.now);
    CHECK_FALSE(r.pub->wants_restart());
    r.now += *r.pub->wait(r.now);
    r.pub->tick(r.now);
    REQUIRE(r.pub->wants_restart());
    CHECK(r.pub->wants_restart()->code == ec::timeout);
    CHECK(r.pub->trouble() == "no acknowledgements within 30 s: is this credential a gateway?");
    CHECK_FALSE(r.pub->next(r.now));
    r.store();
    r.pub.reset();
  }
  CHECK(r.dead.empty());
  r.serve("nothing", [] {});
  CHECK(r.all_done());
}

TEST_CASE(
    "a record that gets no acknowledgement for an hour while later ones do is condemned, and not before") {
  rig r;
  r.options.in_flight = 4;
  r.add("silent", R"({"v":1})");
  auto serve_others = [&] {
    r.pump();
    for (std::size_t i = 0; i < r.wire.size();)
      if (r.wire[i].payload.find("silent") != std::string::npos)
        ++i;
      else
        r.answer(i), i = 0;
  };
  r.connect();
  int second = 0;
  for (; second < 5000 && r.dead.empty(); ++second) {
    r.add("d" + std::to_string(second), R"({"v":1})");
    serve_others();
    r.now += 1s;
    r.pub->tick(r.now);
    r.store();
  }
  CHECK_FALSE(r.pub->wants_restart());
  REQUIRE(r.dead.size() == 1);
  CHECK(r.dead[0].payload.find("silent") != std::string::npos);
  CHECK(second > 3500);
  serve_others();
  CHECK(r.all_done());
}

TEST_CASE("a silent record is condemned also with one publish in flight at a time") {
  rig r;
  r.options.in_flight = 1;
  for (int i = 0; i < 40; ++i) r.add(i == 10 ? "silent" : "d" + std::to_string(i), R"({"v":1})");
  for (int step = 0; step < 100000 && !r.all_done(); ++step) {
    if (!r.pub) r.connect();
    r.pump();
    if (!r.wire.empty() && r.wire.front().payload.find("silent") == std::string::npos) {
      r.answer();
      continue;
    }
    r.now += 1s;
    r.pub->tick(r.now);
    r.store();
    if (r.pub->wants_restart()) r.pub.reset();
    if (step % 50 == 0) r.add("more" + std::to_string(step), R"({"v":1})");
    if (!r.pub) r.wire.clear();
  }
  CHECK(r.all_done());
  CHECK(r.dead.size() == 1);
  r.serve("nothing", [] {});
  CHECK(r.all_done());
}

TEST_CASE("a suspect that gets no answer does not hold up the others") {
  rig r;
  r.add("silent", R"({"v":1})");
  for (int i = 0; i < 10; ++i) r.add("d" + std::to_string(i), R"({"v":1})");
  r.connect();
  r.pump();
  r.close();
  for (int step = 0; step < 1000 && r.delivered < 10; ++step) {
    if (!r.pub) r.connect();
    r.pump();
    auto other = std::find_if(r.wire.begin(), r.wire.end(),
                              [](auto& one) { return one.payload.find("silent") == std::string::npos; });
    if (other != r.wire.end()) {
      r.answer(static_cast<std::size_t>(other - r.wire.begin()));
      continue;
    }
    r.now += 1s;
    r.pub->tick(r.now);
    r.store();
    if (r.pub->wants_restart()) r.pub.reset();
  }
  CHECK(r.delivered == 10);
  CHECK(r.dead.empty());
}

TEST_CASE("ack_timeout says after how long silence ends the connection") {
  rig r;
  r.options.ack_timeout = 5s;
  r.add("d", R"({"v":1})");
  r.connect();
  r.pump();
  r.now += 4999ms;
  r.pub->tick(r.now);
  CHECK_FALSE(r.pub->wants_restart());
  r.now += 1ms;
  r.pub->tick(r.now);
  REQUIRE(r.pub->wants_restart());
  CHECK(r.pub->wants_restart()->text.find("within 5 s") != std::string::npos);
}
