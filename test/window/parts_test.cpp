// The small parts: device table, idle wheel, state codec, late rule, and pipelines without a window.
#include <random>
#include <set>

#include "actors/window/idle_wheel.hpp"
#include "actors/window/result_json.hpp"
#include "actors/window/state_codec.hpp"
#include "test/window/window_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;

TEST_CASE("the device table finds what was inserted, long ids too, and reuses places after recycle") {
  device_table t(nullptr);
  std::vector<std::string> ids;
  for (int i = 0; i < 3000; ++i)
    ids.push_back("device-" + std::to_string(i) + std::string(static_cast<std::size_t>(i % 100), 'x'));
  for (const auto& id : ids) t.insert(id);
  CHECK(t.size() == 3000);
  for (const auto& id : ids) {
    const auto i = t.find(device_hash(id), id);
    REQUIRE(i != no_record);
    CHECK(t.at(i).id.view() == id);
  }
  CHECK(t.find(device_hash("nobody"), "nobody") == no_record);
  const auto old = t.find(device_hash(ids[7]), ids[7]);
  t.erase(old);
  CHECK(t.find(device_hash(ids[7]), ids[7]) == no_record);
  CHECK(t.insert("new-1") != old);
  t.recycle();
  CHECK(t.insert("new-2") == old);
  CHECK(t.at(old).high == no_time);
}

TEST_CASE("ids with equal hashes are told apart") {
  device_table t(nullptr);
  t.insert("a");
  CHECK(t.find(device_hash("a"), "b") == no_record);
}

TEST_CASE("the idle wheel fires each device at or after its time, whatever the step of the ticks") {
  std::mt19937 random(5);
  for (std::int64_t step : {100, 1000, 7777, 5000000}) {
    idle_wheel wheel;
    std::vector<std::uint32_t> due(500, no_record);
    std::vector<std::int64_t> at(500);
    std::set<std::uint32_t> waiting;
    std::int64_t now = 1700000000000;
    for (std::uint32_t i = 0; i < 500; ++i) {
      at[i] = now + static_cast<std::int64_t>(random() % 20000000);
      wheel.schedule(i, due[i], at[i], now);
      waiting.insert(i);
    }
    while (!waiting.empty()) {
      now += step;
      wheel.fire(now, [&](std::uint32_t i, std::uint32_t slot) {
        if (due[i] != slot) return;
        due[i] = no_record;
        if (at[i] > now) return wheel.schedule(i, due[i], at[i], now);
        CHECK(waiting.erase(i) == 1);
      });
      for (const auto i : waiting) REQUIRE(at[i] > now);
    }
  }
}

TEST_CASE("the late rule: open, closed, gone") {
  const progress p{100, 300};
  CHECK(judge_window(301, p, 50) == window_state::open);
  CHECK(judge_window(300, p, 50) == window_state::closed);
  CHECK(judge_window(51, p, 50) == window_state::closed);
  CHECK(judge_window(50, p, 50) == window_state::gone);
  CHECK(judge_window(300, p, 0) == window_state::gone);
  CHECK(judge_window(301, p, 0) == window_state::open);
  CHECK(judge_window(1, {}, 0) == window_state::open);
}

TEST_CASE(
    "keys of one pipeline begin with its prefix, those of another one never do, and windows sort by start") {
  CHECK(device_key("a", "d").find(pipeline_prefix("a")) == 0);
  CHECK(device_key("ab", "d").find(pipeline_prefix("a")) != 0);
  const auto key = device_key("climate", "room-1");
  CHECK(window_key(key, -1) < window_key(key, 0));
  CHECK(window_key(key, 0) < window_key(key, 60000));
  const auto whole = window_key(key, -60000);
  auto parsed = parse_key("climate", whole);
  REQUIRE(parsed);
  CHECK(parsed->device == "room-1");
  CHECK(parsed->start == -60000);
  CHECK_FALSE(parse_key("climat", key));
  CHECK_FALSE(parse_key("climate", "climate"));
}

TEST_CASE("a device state that was cut or altered in its form is refused as corrupt") {
  auto p = minute_plan();
  p.sequence = true;
  hands h(p);
  for (std::uint64_t n = 0; n < 6; n += 2) h.numbered(static_cast<std::int64_t>(n) * 20000, n);
  h.checkpoint();
  auto& devices = h.store.data[state_family::device];
  REQUIRE(devices.size() == 1);
  auto& value = devices.begin()->second;
  const auto whole = value;
  const auto load = [&] { return (*shard::make(0, 1, {h.plan}, &h.store))->load(); };
  REQUIRE(load());
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    value = whole.substr(0, cut);
    auto loaded = load();
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code == ec::corrupt);
  }
  value = whole + "x";
  CHECK_FALSE(load());
  value = whole, value[0] = 9;
  CHECK_FALSE(load());
}

TEST_CASE("a pipeline without a window passes every event on, its fields sorted by name") {
  auto p = minute_plan();
  p.window = std::nullopt;
  p.steps = {filter_options{"f", "t is not null"},
             derive_options{"d", {{"f", "t * 2"}, {"z", "x + 1"}, {"t", "t + 1"}}}};
  hands h(p);
  reading r{"room-1",
            5000,
            {{"t", 1.5}, {"s", std::string("a\"b")}, {"b", true}, {"i", std::int64_t{9007199254740993}}}};
  r.index = 3;
  h.event(r);
  h.event({"room-1", 5000, {{"u", 1.0}}});
  h.event({"room-1", 5000, {{"t", std::string("x")}}});
  auto out = h.results();
  REQUIRE(out.size() == 1);
  CHECK(
      out[0].json ==
      R"({"pipeline":"climate","device":"room-1","time":5000,"values":{"b":true,"f":3,"i":9007199254740993,"s":"a\"b","t":2.5}})");
  CHECK(out[0].identity == "climate|2|3");
  CHECK(out[0].order.index == 3);
  const auto& c = h.counters();
  CHECK(c.applied == 1);
  CHECK(c.filtered == 1);
  CHECK(c.dead_lettered == 1);
  CHECK(c.derive_missing == 1);
  h.tick(1000);
  h.record(control_kind::source_end);
  CHECK(h.results().empty());
}

TEST_CASE("a pipeline without a window knows sequence duplicates, also after a restart") {
  auto p = minute_plan();
  p.window = std::nullopt;
  p.sequence = true;
  hands h(p);
  h.numbered(0, 1);
  h.checkpoint();
  h.restart();
  h.numbered(0, 1);
  h.numbered(0, 2);
  CHECK(h.counters().applied == 2);
  CHECK(h.counters().duplicate == 1);
}

TEST_CASE("the record of a window is exactly the documented one") {
  hands h;
  h.at(60000, 21.5, "room-1");
  h.at(61000, 21.56, "room-1");
  h.at(131000, 1, "room-1");
  auto r = h.results();
  REQUIRE(r.size() == 1);
  CHECK(
      r[0].json ==
      R"({"pipeline":"climate","device":"room-1","start":60000,"end":120000,"revision":0,"values":{"t_mean":21.53,"count":2}})");
  CHECK(r[0].identity == "climate|room-1|60000|120000");
  CHECK(r[0].order.sequence == h.sequence);
  CHECK(r[0].order.start == 60000);
}

TEST_CASE("a record that is to get a prediction has room for it") {
  const std::string json = R"({"pipeline":"climate","device":"d","time":1,"values":{"t":1}})";
  predict_options predict{"predict-1", "models/a", "occupancy"};
  auto record = own_record(json, predict);
  CHECK(record == json);
  const auto* const place = record.data();
  record += R"(,"occupancy":"occupied","occupancy_probability":0.123456789)";
  CHECK(record.data() == place);
  predict.probabilities = true;
  CHECK(own_record(json, predict).capacity() > record.capacity());
  CHECK(own_record(json, std::nullopt) == json);
}

TEST_CASE("an expression that does not compile is refused by make") {
  auto p = minute_plan();
  p.steps = {filter_options{"filter-1", "t >"}};
  auto made = shard::make(0, 1, {p}, nullptr);
  REQUIRE_FALSE(made);
  CHECK(made.error().code == ec::invalid);
  CHECK(made.error().text.find("pipeline climate: filter filter-1, byte 3: ") == 0);
}

TEST_CASE("two pipelines of one source count apart, another source's events reach neither") {
  auto a = minute_plan(), b = minute_plan();
  b.name = "other", b.index = 1;
  b.steps = {filter_options{"f", "t > 5"}};
  auto made = shard::make(0, 1, {a, b}, nullptr);
  REQUIRE(made);
  auto batch = make_batch({{"d", 0, {{"t", 1.0}}, {}, 1, 1}});
  const std::uint32_t rows[] = {0};
  (*made)->apply(batch, rows);
  batch.source = 1;
  (*made)->apply(batch, rows);
  auto part = (*made)->take_part(1);
  REQUIRE(part.pipelines.size() == 2);
  CHECK(part.pipelines[0].applied == 1);
  CHECK(part.pipelines[1].filtered == 1);
  CHECK(part.state.empty()); // no store
}
