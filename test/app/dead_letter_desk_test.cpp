// Dead letters taken again, on a real journal and a real store: through restarts none is lost or doubled.
#include "app/dead_letter_desk.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "actors/store/replay_mark.hpp"
#include "actors/window/shard.hpp"
#include "app/plans.hpp"
#include "app/store_state_source.hpp"
#include "test/store/store_fixture.hpp"

using namespace sluice;

namespace {

using refusals = std::map<std::string, std::uint64_t>;

const std::string config_text = R"(sources:
  field:
    mqtt: { url: mqtt://h, topics: "p/{device}" }
    decode: { json: { time: $.time, sequence: $.seq } }
pipelines:
  climate: { from: field, steps: [{ filter: temperature > 0 }], to: out }
  copy: { from: field, to: out }
sinks:
  out: { file: { path: o } }
)";

// A pipeline keyed by another field, and one that reads another one, beside the usual ones; a source of CSV
// files.
const std::string more_text = R"(sources:
  field:
    mqtt: { url: mqtt://h, topics: "p/{device}" }
    decode: { json: { time: $.time, sequence: $.seq } }
  rows:
    file: { path: "in/{device}.csv" }
    decode: { csv: { time: time, fields: { temperature: temperature } } }
  many:
    mqtt: { url: mqtt://h, topics: "m/{device}" }
    decode: { json: { each: "$.all[*]", time: $.time } }
pipelines:
  climate: { from: field, steps: [{ filter: temperature > 0 }], to: out }
  sites:
    from: field
    key: site
    steps: [{ window: { tumbling: 10s, aggregate: { temperature: [mean] } } }]
    to: out
  areas:
    from: field
    key: area
    steps: [{ window: { count: 2, aggregate: { temperature: [mean] } } }]
    to: out
  minutes:
    from: field
    steps: [{ window: { tumbling: 10s, allowed_lateness: 0s, aggregate: { temperature: [count], state: [last] } } }]
    to: { sink: other, when: temperature_count > 5 }
  behind: { from: minutes, steps: [{ filter: state_last > 0 }], to: out }
  files: { from: rows, steps: [{ filter: temperature > 0 }], to: out }
  elements: { from: many, to: out }
sinks:
  out: { file: { path: o } }
  other: { file: { path: p } }
)";

// Reader, one shard and store, without actors. restart() loses what no checkpoint holds, as a kill does.
struct engine {
  explicit engine(const std::string& text = config_text) {
    configure(text);
    start();
  }
  void configure(const std::string& text) {
    std::ofstream(dir.path() + "/c.yaml") << text;
    config::report report;
    c = load_configuration(dir.path() + "/c.yaml", {}, report);
    REQUIRE(report.empty());
    plan = make_plans(c);
  }
  void start() {
    auto opened = store::open(dir.path(), test::process_options(), plan.pipeline_names, plan.routes);
    if (!opened) FAIL(opened.error().text);
    state = std::move(*opened);
    log = std::make_unique<test::open_journal>(dir.path(), test::process_options(), state->applied());
    windows = std::make_unique<store_state_source>(*state);
    auto made = shard::make(0, 1, plan.pipelines, windows.get());
    if (!made) FAIL(made.error().text);
    apply = std::move(*made);
    REQUIRE(apply->load());
    read = std::make_unique<reader>(plan.sources);
    REQUIRE(read->load(*log->log, state.get()));
    from = log->log->read(state->applied() + 1);
    desk = std::make_unique<dead_letter_desk>(plan, *log->log, *state, quota, nullptr);
  }
  void restart() {
    desk.reset(), from.reset(), read.reset(), apply.reset(), windows.reset(), log.reset(), state.reset();
    start();
  }
  using properties = std::vector<std::pair<std::string_view, std::string_view>>;
  void send(const std::string& payload, const std::string& topic = "p/a", const std::string& name = "field",
            const properties& with = {}) {
    message_in m;
    m.topic = topic, m.payload = payload, m.qos = 1, m.packet_id = 1;
    m.user_properties = with;
    REQUIRE(log->log->append(name, std::span(&m, 1)));
  }
  std::string reading(int seq, const std::string& temperature) const {
    return "{\"time\":" + std::to_string(log->clocks.wall) + ",\"seq\":" + std::to_string(seq) +
           ",\"temperature\":" + temperature + "}";
  }
  // Reads and applies everything; then one checkpoint, unless it `dies` before.
  void run(bool dies = false) {
    std::vector<std::vector<std::uint32_t>> lists;
    auto position = state->applied();
    for (;;) {
      auto r = read->read(*from, 1024);
      REQUIRE(r);
      if (r->position == 0) break;
      position = r->position;
      for (auto& batch : r->batches) {
        for (std::uint16_t key = 0; key <= batch->key_count; ++key) {
          route(*batch, 1, lists, key);
          apply->apply(*batch, lists[0], key);
        }
      }
      if (r->after) apply->apply(*r->after);
    }
    if (dies) return;
    checkpoint all;
    all.reader = read->take_part();
    all.reader.position = position;
    all.shards.push_back(apply->take_part(position));
    if (auto done = state->commit(std::move(all)); !done) FAIL(done.error().text);
    apply->committed(position);
  }
  std::vector<dead_letter> letters() const {
    std::vector<dead_letter> all;
    state->scan_dead_letters(1, [&](const dead_letter& d) {
      all.push_back(d);
      return true;
    });
    return all;
  }
  pipeline_counters counters(const std::string& pipeline) const {
    for (const auto& [name, n] : state->snapshot().pipelines)
      if (name == pipeline) return n;
    return {};
  }
  source_counters source(const std::string& name) const {
    for (const auto& [known, n] : state->snapshot().sources)
      if (known == name) return n;
    return {};
  }
  std::uint64_t received(const std::string& name) const {
    for (const auto& [known, n] : log->log->received())
      if (known == name) return n;
    return 0;
  }
  // The identities of the ledger of what was read.
  void balanced() const {
    for (const auto& [name, all] : log->log->received()) {
      CAPTURE(name);
      const auto s = source(name);
      CHECK(all == s.decoded + s.duplicate + s.dead_lettered);
    }
    for (const auto& [name, p] : state->snapshot().pipelines) {
      CAPTURE(name);
      CHECK(p.in == p.applied + p.filtered + p.duplicate + p.late + p.dead_lettered);
    }
  }

  test::temp_dir dir;
  configuration c;
  plans plan;
  std::unique_ptr<store> state;
  std::unique_ptr<test::open_journal> log;
  std::unique_ptr<store_state_source> windows;
  std::unique_ptr<shard> apply;
  std::unique_ptr<reader> read;
  std::unique_ptr<journal::cursor> from;
  quota_gauge quota;
  std::unique_ptr<dead_letter_desk> desk;
};

} // namespace

TEST_CASE("a replayed message is a message of its source again, and its letter is gone") {
  engine e;
  e.send("{");
  e.run();
  REQUIRE(e.letters().size() == 1);
  const auto first = e.letters()[0].id;
  const auto moved = e.desk->replay({});
  REQUIRE(moved);
  CHECK(moved->moved == 1);
  CHECK(moved->next_id == 0);
  CHECK(e.letters()[0].id == first); // until it is applied
  e.run();
  REQUIRE(e.letters().size() == 1); // it is as bad as before
  CHECK(e.letters()[0].id == first + 1);
  CHECK(e.letters()[0].payload == "{");
  CHECK(e.received("field") == 2);
  CHECK(e.source("field").dead_lettered == 2);
  CHECK(e.state->snapshot().dead_letters == 1);
  e.balanced();
}

TEST_CASE("a replayed event counts in its pipeline alone, in `in` and under `replayed`") {
  engine e;
  e.send(e.reading(1, "\"warm\"")); // no number: climate cannot compare it, copy takes it
  e.run();
  REQUIRE(e.letters().size() == 1);
  CHECK(e.letters()[0].why == reason::field_type);
  const auto copied = e.counters("copy").applied;
  REQUIRE(e.desk->replay({}));
  e.run();
  CHECK(e.letters().size() == 1);
  CHECK(e.counters("climate").in == 2);
  CHECK(e.counters("climate").dead_lettered == 2);
  CHECK(e.counters("climate").replayed == 1);
  CHECK(e.counters("copy").applied == copied);
  CHECK(e.received("field") == 1);
  e.balanced();
}

TEST_CASE("a kill between the append and the checkpoint neither loses nor doubles a letter") {
  for (const bool applied : {false, true}) {
    engine e;
    e.send("{");
    e.send(e.reading(1, "\"warm\""));
    e.run();
    REQUIRE(e.letters().size() == 2);
    for (int round = 0; round < 3; ++round) {
      REQUIRE(e.desk->replay({}));
      if (applied) e.run(true);
      e.restart();
      REQUIRE(e.desk->replay({})); // the person at the keyboard does not know either
      e.run();
      CHECK(e.letters().size() == 2);
      CHECK(e.counters("climate").replayed == static_cast<std::uint64_t>(round) + 1);
      e.balanced();
    }
  }
}

TEST_CASE("asking twice replays once") {
  engine e;
  e.send("{");
  e.run();
  REQUIRE(e.desk->replay({}));
  REQUIRE(e.desk->replay({}));
  e.run();
  CHECK(e.letters().size() == 1);
  CHECK(e.received("field") == 2);
}

TEST_CASE("a dropped letter is gone and counted, and one that is being read is not dropped") {
  engine e;
  for (int i = 0; i < 3; ++i) e.send("{");
  e.run();
  const auto letters = e.letters();
  dead_letter_choice one;
  one.id = letters[0].id;
  REQUIRE(e.desk->replay(one));
  const auto dropped = e.desk->drop({});
  REQUIRE(dropped);
  CHECK(dropped->moved == 2);
  CHECK(dropped->refused == refusals{{"it is being replayed", 1}});
  CHECK(e.state->snapshot().dead_letters_dropped == 2);
  CHECK(e.state->snapshot().dead_letters == 1);
  e.run();
  CHECK(e.letters().size() == 1);
  CHECK(e.state->snapshot().dead_letters == 1);
  e.balanced();
}

TEST_CASE("a sink's letter goes to its outbox again, as the record it was, for that sink alone") {
  auto two = config_text;
  two.replace(two.find("copy: { from: field, to: out }"), 30, "copy: { from: field, to: [out, other] }");
  two += "  other: { file: { path: p } }\n";
  engine e(two);
  e.send(e.reading(1, "5"));
  e.run();
  const auto head = e.state->outbox_head();
  CHECK(head == 2); // climate and copy
  const auto written = e.state->read_outbox("out", 0, 10, 1 << 20)[1];
  REQUIRE(written.pipeline == "copy");
  dead_letter letter;
  letter.source = "out", letter.pipeline = "copy", letter.why = reason::sink_refused;
  letter.payload = written.json, letter.identity = written.identity, letter.revision = 3;
  REQUIRE(e.state->move_cursor("out", {head, {}, ""}, 1, 0, {letter}, false));
  dead_letter_choice which;
  which.source = "out";
  const auto moved = e.desk->replay(which);
  REQUIRE(moved);
  CHECK(moved->moved == 1);
  CHECK(e.letters().empty());
  const auto waiting = e.state->read_outbox("out", head, 10, 1 << 20);
  REQUIRE(waiting.size() == 1);
  CHECK(waiting[0].json == written.json);
  CHECK(waiting[0].pipeline == "copy");
  CHECK(waiting[0].identity == written.identity);
  CHECK(waiting[0].revision == 3);
  CHECK(e.state->read_outbox("other", head, 10, 1 << 20).empty());
  const auto s = e.state->snapshot();
  REQUIRE(s.sinks.size() == 2);
  CHECK(s.sinks[1].first == "out");
  CHECK(s.sinks[1].second.results == 3);
  CHECK(s.sink_pending[1].second == 1);
  CHECK(s.sinks[0].second.results == 1);
  CHECK(s.sink_pending[0].second == 1);
  CHECK_FALSE(*e.state->replay_to_sink(1));
  e.restart();
  CHECK(e.state->read_outbox("out", head, 10, 1 << 20).size() == 1);
}

TEST_CASE("a sink's letter is refused when the sink is gone or takes nothing of the pipeline any more") {
  engine e;
  for (const auto* sink : {"gone", "out"}) {
    dead_letter letter;
    letter.source = sink, letter.pipeline = "old", letter.why = reason::sink_refused;
    REQUIRE(e.state->move_cursor("out", {}, 0, 0, {letter}, false));
  }
  const auto moved = e.desk->replay({});
  REQUIRE(moved);
  CHECK(moved->moved == 0);
  CHECK(moved->refused == refusals{{"there is no sink gone any more", 1},
                                   {"sink out takes nothing of pipeline old any more", 1}});
  CHECK(e.letters().size() == 2);
}

TEST_CASE("letters are chosen by id, reason and source, some at a time") {
  engine e;
  for (int i = 0; i < 5; ++i) e.send("{");
  e.send("[]");
  e.run();
  dead_letter_choice which;
  which.reason = "json.not_object";
  CHECK(e.desk->drop(which)->moved == 1);
  which = {};
  which.source = "hall";
  CHECK(e.desk->drop(which)->moved == 0);
  which = {};
  which.most = 2;
  auto moved = e.desk->drop(which);
  CHECK(moved->moved == 2);
  CHECK(moved->next_id == 3);
  which.from_id = moved->next_id;
  which.most = 100;
  CHECK(e.desk->drop(which)->moved == 3);
}

TEST_CASE("a message from outside is no replay, whatever its properties say") {
  engine e;
  e.send("{");
  e.run();
  message_in m;
  m.topic = "p/a", m.payload = "{", m.qos = 1, m.packet_id = 2;
  const std::pair<std::string_view, std::string_view> mark{replay_mark::property, "1"};
  m.user_properties = std::span(&mark, 1);
  REQUIRE(e.log->log->append("field", std::span(&m, 1)));
  e.run();
  CHECK(e.letters().size() == 2);
}

TEST_CASE("the control socket's requests are JSON, and wrong ones say why") {
  engine e;
  e.send("{");
  e.run();
  using nlohmann::json;
  CHECK(json::parse(e.desk->answer(R"({"do":"drop","id":7})")) ==
        json({{"moved", 0}, {"refused", json::object()}, {"next", 0}, {"to", 1}}));
  CHECK(json::parse(e.desk->answer(R"({"do":"replay"})")) ==
        json({{"moved", 1}, {"refused", json::object()}, {"next", 0}, {"to", 1}}));
  CHECK(json::parse(e.desk->answer(R"({"do":"release","device":"a"})")).contains("moved"));
  for (const auto* wrong : {"", "[]", "{", R"({"do":"dance"})", R"({"do":"drop","id":"x"})"}) {
    CAPTURE(wrong);
    CHECK(json::parse(e.desk->answer(wrong)).contains("error"));
  }
}

TEST_CASE("letters of pipelines with another key count in these alone, whatever the others have counted") {
  engine e(more_text);
  const auto event = [&](int seq, int minutes, const std::string& rest) {
    return "{\"time\":" + std::to_string(e.log->clocks.wall + minutes * 60'000) +
           ",\"seq\":" + std::to_string(seq) + ",\"area\":\"n\",\"state\":1," + rest + "}";
  };
  e.send(event(1, 0, "\"temperature\":1")); // no site
  e.send(event(2, 0, "\"temperature\":\"x\",\"site\":\"s\""));
  e.run();
  refusals why;
  for (const auto& d : e.letters()) ++why[d.pipeline + " " + to_string(d.why)];
  CHECK(why == refusals{{"areas field.type", 1},
                        {"climate field.type", 1},
                        {"sites field.type", 1},
                        {"sites key.missing", 1}});
  const auto areas = e.counters("areas");
  dead_letter_choice which;
  which.reason = "key.missing";
  REQUIRE(e.desk->replay(which)->moved == 1);
  e.run();
  CHECK(e.counters("sites").in == 3);
  CHECK(e.counters("sites").dead_lettered == 3);
  CHECK(e.counters("sites").replayed == 1);
  CHECK(e.counters("areas").in == areas.in);
  CHECK(e.counters("areas").duplicate == 0);
  which.reason = "field.type";
  REQUIRE(e.desk->replay(which)->moved == 3);
  e.restart();
  e.run();
  CHECK(e.letters().size() == 4);
  CHECK(e.counters("areas").replayed == 1);
  CHECK(e.counters("areas").dead_lettered == 2);
  CHECK(e.counters("climate").replayed == 1);
  e.balanced();
  // What is plausible now is applied, once in each.
  e.send(event(3, 20, "\"temperature\":2,\"site\":\"s\""));
  e.run();
  e.log->clocks.pass(21 * 60'000);
  which.reason = "time.future";
  REQUIRE(e.desk->replay(which)->moved == 4);
  REQUIRE(e.desk->replay(which)->moved == 4);
  e.run();
  CHECK(e.letters().size() == 4);
  CHECK(e.counters("sites").applied == 1);
  CHECK(e.counters("areas").applied == 2);
  CHECK(e.counters("climate").applied == 2);
  CHECK(e.counters("minutes").applied == 3);
  e.balanced();
}

TEST_CASE("a letter of a pipeline behind another one is read again as a result") {
  engine e(more_text);
  e.send("{\"pipeline\":\"minutes\",\"device\":\"a\",\"start\":0,\"end\":10000,\"revision\":0,"
         "\"values\":{\"temperature_count\":1,\"state_last\":\"on\"}}",
         "minutes", "minutes", {{"outbox", "1"}});
  e.run();
  REQUIRE(e.letters().size() == 1);
  CHECK(e.letters()[0].source == "minutes");
  CHECK(e.letters()[0].pipeline == "behind");
  CHECK(e.letters()[0].device == "a");
  REQUIRE(e.desk->replay({})->moved == 1);
  e.restart();
  e.run();
  CHECK(e.letters().size() == 1);
  CHECK(e.counters("behind").in == 2);
  CHECK(e.counters("behind").replayed == 1);
  CHECK(e.received("minutes") == 1);
  e.balanced();
  auto changed = more_text;
  changed.replace(changed.find("state_last > 0"), 14, "state_last = 'on'");
  e.configure(changed);
  e.restart();
  REQUIRE(e.desk->replay({})->moved == 1);
  e.run();
  CHECK(e.letters().empty());
  CHECK(e.counters("behind").applied == 1);
  e.balanced();
}

TEST_CASE("records of files are read again under their header, and leave the file's position alone") {
  engine e(more_text);
  e.send("time,temperature", "in/a.csv", "rows", {{"file", "1-0-10-a"}, {"offset", "0"}, {"header", "1"}});
  e.send("1700000000000,warm", "in/a.csv", "rows", {{"file", "1-0-10-a"}, {"offset", "17"}});
  e.send("1700000001000,5,6", "in/a.csv", "rows", {{"file", "1-0-10-a"}, {"offset", "37"}});
  e.send("1700000002000,7", "in/a.csv", "rows", {{"file", "1-0-10-a"}, {"offset", "57"}});
  e.run();
  REQUIRE(e.letters().size() == 2);
  CHECK(e.letters()[0].why == reason::field_type);
  CHECK(e.letters()[1].why == reason::text_columns);
  CHECK_FALSE(e.letters()[1].piece); // the record is all that the message holds
  const auto applied = e.counters("files").applied;
  e.restart();
  REQUIRE(e.desk->replay({})->moved == 2);
  e.run();
  REQUIRE(e.letters().size() == 2);
  CHECK(e.letters()[0].why == reason::field_type);
  CHECK(e.letters()[1].why == reason::text_columns);
  CHECK(e.counters("files").applied == applied);
  CHECK(e.source("rows").duplicate == 0);
  // The file's next record and one that comes twice are judged by where the file stands.
  e.send("1700000003000,8", "in/a.csv", "rows", {{"file", "1-0-10-a"}, {"offset", "74"}});
  e.send("1700000002000,7", "in/a.csv", "rows", {{"file", "1-0-10-a"}, {"offset", "57"}});
  e.run();
  CHECK(e.counters("files").applied == applied + 1);
  CHECK(e.source("rows").duplicate == 1);
  e.balanced();
}

TEST_CASE("what cannot mean again what it meant is refused with the reason and stays") {
  engine e(more_text);
  const auto sent = [&](const std::string& payload, const char* topic, const char* source, bool truncated) {
    message_in m;
    m.topic = topic, m.payload = payload, m.qos = 1, m.truncated = truncated;
    REQUIRE(e.log->log->append(source, std::span(&m, 1)));
  };
  sent("{\"all\":[{\"time\":1700000000000,\"x\":1},{\"x\":2}]}", "m/a", "many", false);
  sent("{\"time", "p/a", "field", true);
  e.send("time,time", "in/a.csv", "rows", {{"header", "1"}});
  sent("{", "p/a", "gone", false);
  e.run();
  REQUIRE(e.letters().size() == 4);
  const auto moved = e.desk->replay({});
  REQUIRE(moved);
  CHECK(moved->moved == 0);
  CHECK(moved->refused ==
        refusals{{"it is one element of a message, and what stood around it was not kept: send it again as a "
                  "message",
                  1},
                 {"it was longer than max_message, and its end was not kept", 1},
                 {"it is the header of a file, and holds only for the records that stand behind it there", 1},
                 {"there is no source gone any more", 1}});
  e.run();
  CHECK(e.letters().size() == 4);
  e.balanced();
}

TEST_CASE("a letter whose pipeline is gone when its message is read stays the letter it was") {
  engine e;
  e.send(e.reading(1, "\"warm\""));
  e.send("{");
  e.run();
  const auto before = e.letters();
  REQUIRE(before.size() == 2);
  REQUIRE(e.desk->replay({})->moved == 2);
  auto other = config_text;
  other.replace(other.find("climate:"), 8, "weather:");
  for (std::size_t at; (at = other.find("field")) != other.npos;) other.replace(at, 5, "yard");
  e.configure(other);
  e.restart();
  e.run();
  const auto after = e.letters();
  REQUIRE(after.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) CHECK(after[i].id == before[i].id);
  e.balanced();
  e.configure(config_text); // and back again
  e.restart();
  REQUIRE(e.desk->replay({})->moved == 2);
  e.run();
  CHECK(e.letters().size() == 2);
  CHECK(e.letters()[0].id > before[1].id);
  e.balanced();
}

TEST_CASE("user properties come back with the letter") {
  auto text = config_text;
  text.replace(text.find(", sequence: $.seq"), 17, "");
  engine e(text);
  const auto payload = "{\"time\":" + std::to_string(e.log->clocks.wall) + ",\"temperature\":\"warm\"}";
  e.send(payload, "p/a", "field", {{"seq", "7"}, {"sluice-dead-letter", "9"}});
  e.send("{", "p/a", "field", {{"seq", "8"}});
  for (int round = 0; round < 2; ++round) {
    e.run();
    REQUIRE(e.letters().size() == 2);
    for (const auto& d : e.letters()) {
      CAPTURE(to_string(d.why));
      CHECK(find_property(d.properties, "seq") == (d.pipeline.empty() ? "8" : "7"));
      CHECK(decode_properties(d.properties).size() == (d.pipeline.empty() ? 1 : 2));
    }
    REQUIRE(e.desk->replay({})->moved == 2);
  }
  e.run();
  e.balanced();
}

TEST_CASE("a number that was judged with the letter is not held against it, another one is") {
  engine e;
  const auto far = [&](int minutes) {
    return "{\"time\":" + std::to_string(e.log->clocks.wall + minutes * 60'000) +
           ",\"seq\":5,\"temperature\":5}";
  };
  e.send(far(20)); // time.future: its number was never judged
  e.send(far(20));
  e.run();
  REQUIRE(e.letters().size() == 4); // of both pipelines
  e.log->clocks.pass(21 * 60'000);
  REQUIRE(e.desk->replay({})->moved == 4);
  e.run();
  CHECK(e.letters().empty());
  for (const auto* pipeline : {"climate", "copy"}) {
    CHECK(e.counters(pipeline).replayed == 2);
    CHECK(e.counters(pipeline).applied == 1);
    CHECK(e.counters(pipeline).duplicate == 1);
  }
  e.balanced();
}

TEST_CASE("letters that came after the first request are not taken by the ones that follow it") {
  engine e;
  for (int i = 0; i < 3; ++i) e.send("{");
  e.run();
  dead_letter_choice which;
  which.most = 2;
  auto moved = e.desk->replay(which);
  REQUIRE(moved);
  CHECK(moved->moved == 2);
  CHECK(moved->to_id == 3);
  e.run(); // two new ones
  which.from_id = moved->next_id, which.to_id = moved->to_id, which.most = 100;
  moved = e.desk->replay(which);
  CHECK(moved->moved == 1);
  CHECK(moved->next_id == 0);
}

TEST_CASE("nothing is dropped while the journal may hold letters that are being replayed") {
  engine e;
  e.send("{");
  e.run();
  REQUIRE(e.desk->replay({})->moved == 1);
  e.restart();
  const auto dropped = e.desk->drop({});
  REQUIRE_FALSE(dropped);
  CHECK(dropped.error().code == ec::refused);
  e.run();
  CHECK(e.desk->drop({})->moved == 1);
  e.balanced();
}

TEST_CASE("letters are chosen by the device of their event") {
  engine e;
  e.send(e.reading(1, "\"warm\""), "p/a");
  e.send(e.reading(1, "\"warm\""), "p/b");
  e.run();
  dead_letter_choice which;
  which.device = "b";
  CHECK(e.desk->replay(which)->moved == 1);
  e.run();
  CHECK(e.letters().size() == 2);
  CHECK(e.letters()[0].device == "a");
  CHECK(e.letters()[0].id == 1);
  CHECK(e.letters()[1].id == 3);
}

TEST_CASE("with the quota used up letters are dropped, not replayed") {
  engine e;
  e.send("{");
  e.run();
  e.quota.set(quota_level::disconnect);
  const auto refused = e.desk->replay({});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::refused);
  CHECK(e.received("field") == 1);
  CHECK(e.desk->drop({})->moved == 1);
}
