// What the publisher sends, how much of it, and what it reports.
#include "test/publish/thingsboard_rig.hpp"

#include "actors/publish/thingsboard/limits.hpp"

using namespace sluice;
using namespace sluice::thingsboard;
using namespace std::chrono_literals;

TEST_CASE("nothing is sent before the connection, and the window bounds what is unacknowledged") {
  rig r;
  r.options.in_flight = 3;
  for (int i = 0; i < 10; ++i) r.add("d" + std::to_string(i), R"({"a":1})");
  r.start();
  r.pump();
  CHECK(r.wire.empty());
  r.connect();
  r.pump();
  CHECK(r.wire.size() == 3);
  r.answer(1);
  CHECK(r.wire.size() == 3);
  CHECK(r.stored.acked == 0);
  CHECK(r.stored.above == std::vector<std::uint64_t>{2});
  r.pub->acked(2, 0, r.now); // a second PUBACK
  r.pub->acked(77, 0, r.now);
  r.answer(0);
  CHECK(r.stored.acked == 2);
  while (!r.wire.empty()) r.answer(r.wire.size() - 1);
  CHECK(r.all_done());
  CHECK(r.stored.above.empty());
  CHECK(r.stored.mark.empty());
}

TEST_CASE("records of one device go together, under the packet limit, one device per publish") {
  rig r;
  r.options.max_packet = 400;
  for (int i = 0; i < 40; ++i) r.add(i % 2 ? "a" : "b", R"({"v":)" + std::to_string(i) + "}");
  r.connect();
  r.pump();
  CHECK(r.wire.size() < 20);
  for (auto& one : r.wire) {
    CHECK(one.payload.size() < 400);
    CHECK((one.payload.find("{\"a\":[") == 0) != (one.payload.find("{\"b\":[") == 0));
  }
  while (!r.wire.empty()) r.answer();
  CHECK(r.all_done());
}

TEST_CASE("two revisions of one result are never in flight together") {
  rig r;
  r.add("d", R"({"v":10})", "w", 0);
  r.add("d", R"({"v":11})", "w", 1);
  r.add("d", R"({"v":12})", "w", 2);
  r.add("d", R"({"v":20})", "x", 0);
  r.connect();
  r.pump();
  REQUIRE(r.wire.size() == 1);
  CHECK(r.wire[0].payload == R"({"d":[{"ts":1,"values":{"v":10}},{"ts":4,"values":{"v":20}}]})");
  r.answer();
  REQUIRE(r.wire.size() == 1);
  CHECK(r.wire[0].payload.find("11") != std::string::npos);
  r.answer();
  CHECK(r.wire[0].payload.find("12") != std::string::npos);
  r.answer();
  CHECK(r.all_done());
}

TEST_CASE("attributes of one alarm leave in turn, each alone; other alarms and telemetry do not wait") {
  rig r;
  r.options.alarms = thingsboard_options::told::attributes;
  r.transition("d", "hot", true);
  r.transition("d", "hot", false);
  r.transition("d", "damp", true);
  r.transition("e", "hot", true);
  r.add("d", R"({"v":1})");
  r.connect();
  r.pump();
  const auto sent = [&] {
    std::vector<std::string> all;
    for (const auto& one : r.wire) all.push_back(one.payload);
    return all;
  };
  CHECK(sent() == std::vector<std::string>{R"({"d":{"hot":true}})", R"({"d":{"damp":true}})",
                                           R"({"e":{"hot":true}})", R"({"d":[{"ts":5,"values":{"v":1}}]})"});
  r.answer();
  CHECK(r.wire.back().payload == R"({"d":{"hot":false}})");
  while (!r.wire.empty()) r.answer();
  CHECK(r.all_done());
  CHECK(r.delivered == 5);
}

TEST_CASE("a transition told both ways is delivered when both are acknowledged, whatever comes twice") {
  rig r;
  r.options.alarms = thingsboard_options::told::both;
  r.transition("d", "hot", true);
  r.transition("d", "hot", false);
  r.connect();
  r.pump();
  REQUIRE(r.wire.size() == 1);
  CHECK(r.wire[0].payload == R"({"d":{"hot":true}})");
  const auto first = r.wire[0].token;
  r.now += 30s; // no answer in time: it goes again
  r.pub->tick(r.now);
  if (r.pub->wants_restart()) {
    r.store();
    r.start();
    r.connect();
  }
  r.pump();
  CHECK(r.wire.back().payload == R"({"d":{"hot":true}})");
  r.pub->acked(r.wire.back().token, 0, r.now);
  r.pump();
  CHECK(r.delivered == 0);
  CHECK(r.wire.back().payload == R"({"d":[{"ts":1,"values":{"hot":true}}]})");
  r.pub->acked(first, 0, r.now); // says nothing of the telemetry
  r.pump();
  CHECK(r.delivered == 0);
  CHECK(r.stored.acked == 0);
  r.pub->acked(r.wire.back().token, 0, r.now);
  r.pump();
  CHECK(r.delivered == 1);
  CHECK(r.wire.back().payload == R"({"d":{"hot":false}})");
  r.close(); // the new one sends the attributes again
  r.serve("nothing", [] {});
  CHECK(r.all_done());
  CHECK(r.log.back() == R"({"d":[{"ts":2,"values":{"hot":false}}]})");
}

TEST_CASE("attributes that are refused alone are a dead letter of their topic") {
  rig r;
  r.options.alarms = thingsboard_options::told::both;
  r.transition("d", "hot", true);
  r.transition("e", "hot", true);
  r.connect();
  r.pump();
  r.answer(0, 0x99);
  r.serve("nothing", [] {});
  CHECK(r.delivered == 1);
  REQUIRE(r.dead.size() == 1);
  CHECK(r.dead[0].topic == "v1/gateway/attributes");
}

TEST_CASE("a late acknowledgement of a publish that was given up still counts once") {
  rig r;
  r.add("slow", R"({"v":1})");
  r.add("d", R"({"v":1})");
  r.connect();
  r.pump();
  auto token = r.wire[0].token;
  r.answer(1);
  r.now += 30s;
  r.pub->tick(r.now);
  r.pump();
  CHECK(r.wire.size() == 2); // again, alone
  r.pub->acked(token, 0, r.now);
  r.pub->acked(r.wire[1].token, 0, r.now);
  r.store();
  CHECK(r.delivered == 2);
  CHECK(r.all_done());
}

TEST_CASE("what can never be sent is a dead letter at once, and its neighbours go on") {
  rig r;
  r.add("d", R"({"v":1})");
  r.add("d", R"({"a<b":1})");
  r.add("d", R"({"v":1e300,"w":2})");
  r.add("d", R"({"v":1e300})");
  r.add("d", R"({"v":")" + std::string(70000, 'x') + R"("})");
  r.serve("nothing", [] {});
  CHECK(r.all_done());
  CHECK(r.delivered == 2);
  CHECK(r.value_range == 2);
  REQUIRE(r.dead.size() == 3);
  CHECK(r.dead[0].why == reason::sink_unstorable);
  CHECK(r.dead[2].why == reason::sink_too_large);
}

TEST_CASE("behind a dead sink the records stay in the outbox, not in memory") {
  rig r;
  for (int i = 0; i < 20000; ++i) r.add("d" + std::to_string(i % 100), R"({"v":1})");
  r.start();
  r.pump();
  CHECK(r.pub->held_records() <= limits::held_records);
  CHECK(r.pub->wants().most == 0);
  r.connect();
  r.serve("nothing", [] {});
  CHECK(r.all_done());
}

TEST_CASE("a record that stays behind stops the reading before the cursor grows without bound") {
  rig r;
  r.add("silent", R"({"v":1})");
  for (int i = 0; i < 30000; ++i) r.add("d" + std::to_string(i % 10), R"({"v":1})");
  r.connect();
  for (r.pump(); r.wire.size() > 1;) r.answer(1);
  CHECK(r.stored.acked == 0);
  CHECK(r.stored.above.size() >= limits::done_above);
  CHECK(r.stored.above.size() <= limits::done_above + limits::held_records);
  r.answer(0);
  while (!r.wire.empty()) r.answer();
  CHECK(r.all_done());
}

TEST_CASE("a publish that the library does not take is tried again soon") {
  rig r;
  r.add("d", R"({"v":1})");
  r.connect();
  r.pub->offer({r.outbox[0]});
  REQUIRE(r.pub->next(r.now));
  r.pub->unsent({ec::throttled, "too many wait"}, r.now);
  CHECK(r.pub->trouble() == "too many wait");
  CHECK_FALSE(r.pub->next(r.now));
  r.now += *r.pub->wait(r.now);
  CHECK(r.pub->next(r.now));
}

TEST_CASE("a publish that no packet holds is split, and a record that none holds alone is a dead letter") {
  rig r;
  for (const auto* v : {"1", "2", "3"}) r.add("d", std::string(R"({"v":)") + v + "}");
  r.connect();
  r.pub->offer(r.outbox);
  const auto refuse = [&] { r.pub->unsent({ec::invalid, "the packet is too long"}, r.now); };
  auto out = r.pub->next(r.now);
  while (out && out->payload.find("\"v\":2") != out->payload.npos) refuse(), out = r.pub->next(r.now);
  REQUIRE(out); // the first record alone
  CHECK(out->payload.find("\"v\":1") != out->payload.npos);
  r.pub->sent(1, r.now);
  REQUIRE(r.pub->next(r.now)); // the second one
  refuse();
  r.pump();
  REQUIRE(r.wire.size() == 1);
  CHECK(r.wire[0].payload.find("\"v\":3") != std::string::npos);
  REQUIRE(r.dead.size() == 1);
  CHECK(r.dead[0].why == reason::sink_unstorable);
  CHECK(r.dead[0].identity == "2");
  CHECK(r.dead[0].detail == "the packet is too long");
  CHECK_FALSE(r.pub->wants_restart());
}

TEST_CASE("what this server takes from nobody ends the connection with the reason") {
  rig r;
  r.add("d", R"({"v":1})");
  r.connect();
  r.pub->offer(r.outbox);
  REQUIRE(r.pub->next(r.now));
  r.pub->unsent({ec::refused, "the broker takes QoS 0 at most"}, r.now);
  REQUIRE(r.pub->wants_restart());
  CHECK(r.pub->wants_restart()->code == ec::refused);
  CHECK(r.pub->trouble() == "the broker takes QoS 0 at most");
  CHECK_FALSE(r.pub->next(r.now));
  r.store();
  CHECK(r.stored.acked == 0);
}

TEST_CASE("a text that looks numeric is named once per key") {
  rig r;
  r.add("d", R"({"v":"007"})");
  r.add("d", R"({"v":"008","w":"x"})");
  r.start();
  r.pump();
  CHECK(r.pub->take_notices().size() == 1);
  CHECK(r.pub->take_notices().empty());
}
