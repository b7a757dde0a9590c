// The reader over a real journal and a real store: what becomes of each message, the ledger's counters,
// restarts.
#include "actors/ingest/reader.hpp"

#include <doctest/doctest.h>

#include "actors/ingest/source_links.hpp"

#include "test/store/store_fixture.hpp"

using namespace sluice;
using test::hand_clock;

namespace {

reader_source climate(std::vector<std::string> topics = {"greenhouse/{device}/climate"}) {
  reader_source s;
  s.options.name = "field";
  auto& mqtt = s.options.kind.emplace<mqtt_source_options>();
  for (const auto& t : topics) mqtt.topics.push_back(*config::topic_template::parse(t));
  mqtt.connection.receive_maximum = 4;
  s.options.decode.json.time = {false, "$.time", time_unit::ms};
  s.used_fields = {"temperature"};
  s.pipelines = {{0, "climate"}};
  return s;
}

// An engine's ingest half in a directory of its own; restart() drops everything that was in memory.
struct ingest {
  explicit ingest(std::vector<reader_source> all = {climate()}, std::vector<std::string> names = {"climate"})
      : sources(std::move(all)), pipelines(std::move(names)) {
    start();
  }

  void start() {
    auto opened = store::open(dir.path(), test::process_options(), pipelines, {});
    if (!opened) FAIL(opened.error().text);
    state = std::move(*opened);
    log = std::make_unique<test::open_journal>(dir.path(), test::process_options(), state->applied());
    logic = std::make_unique<reader>(sources);
    if (auto done = logic->load(*log->log, state.get()); !done) FAIL(done.error().text);
    from = log->log->read(state->applied() + 1);
    position = state->applied();
  }
  void restart() {
    from.reset(), logic.reset(), log.reset(), state.reset();
    start();
  }

  void send(std::string_view payload, std::string_view topic = "greenhouse/room-1/climate",
            std::uint16_t id = 1, bool dup = false, bool retain = false, bool truncated = false,
            std::string_view source = "field") {
    message_in m;
    m.topic = topic, m.payload = payload, m.packet_id = id, m.qos = 1;
    m.dup = dup, m.retain = retain, m.truncated = truncated;
    if (!log->log->append(source, std::span(&m, 1))) FAIL("append");
  }
  // With QoS 2.
  void send_2(std::string_view payload, std::uint16_t id, bool dup = false, bool truncated = false,
              std::uint8_t connection = 0) {
    message_in m;
    m.truncated = truncated;
    m.topic = "greenhouse/room-1/climate", m.payload = payload, m.packet_id = id, m.qos = 2, m.dup = dup;
    m.connection = connection;
    if (!log->log->append("field", std::span(&m, 1))) FAIL("append");
  }
  void send_over(std::uint8_t connection, std::uint16_t id, std::string_view payload, bool dup) {
    message_in m;
    m.topic = "greenhouse/room-1/climate", m.payload = payload, m.packet_id = id, m.qos = 1;
    m.connection = connection, m.dup = dup;
    if (!log->log->append("field", std::span(&m, 1))) FAIL("append");
  }
  void note(control_kind kind, std::uint64_t value = 0, std::string_view name = "field") {
    control c;
    c.kind = kind, c.value = value, c.name = name;
    if (!log->log->append(c)) FAIL("append");
  }
  // So many messages of another source come that nothing older is kept, then a restart.
  void outrun(std::string_view by) {
    message_in m;
    const auto payload = reading(2);
    m.topic = "greenhouse/b/climate", m.payload = payload, m.qos = 1;
    const std::vector<message_in> many(1000, m);
    for (int i = 0; i < 201; ++i) REQUIRE(log->log->append(by, many));
    read(100'000);
    commit();
    CHECK(state->keep_from() > 200'000);
    restart();
  }
  // A reading at `seconds` after the journal's present.
  std::string reading(double temperature, std::int64_t seconds = 0) const {
    return "{\"time\":" + std::to_string(log->clocks.wall + seconds * 1000) +
           ",\"temperature\":" + std::to_string(temperature) + "}";
  }

  // Reads everything there is; returns the rows handed out, as device@time.
  std::vector<std::string> read(std::size_t most = 1024) {
    std::vector<std::string> out;
    for (;;) {
      auto r = logic->read(*from, most);
      if (!r) FAIL(r.error().text);
      if (r->position == 0) return out;
      position = r->position;
      messages += r->messages;
      for (auto& b : r->batches) {
        ++batches;
        CHECK(b->rows.size() <= 1024);
        REQUIRE(b->slots.size() == b->rows.size() * b->stride);
        REQUIRE(b->types.size() == b->slots.size());
        REQUIRE(b->names->size() == b->stride);
        for (const auto& row : b->rows) {
          out.emplace_back(b->device(row));
          last_topic = b->topic(row), last_payload = b->payload(row);
        }
        last = b;
      }
    }
  }

  reader_part part() {
    auto p = logic->take_part();
    CHECK(p.position == position);
    return p;
  }
  void commit() { commit_part(part()); }
  void commit_part(reader_part taken) {
    checkpoint c;
    c.reader = std::move(taken);
    shard_part none;
    none.position = c.reader.position;
    c.shards.push_back(none);
    if (auto done = state->commit(std::move(c)); !done) FAIL(done.error().text);
  }

  test::temp_dir dir;
  std::vector<reader_source> sources;
  std::vector<std::string> pipelines;
  std::unique_ptr<store> state;
  std::unique_ptr<test::open_journal> log;
  std::unique_ptr<reader> logic;
  std::unique_ptr<journal::cursor> from;
  std::uint64_t position = 0;
  std::size_t messages = 0, batches = 0;
  std::string last_topic, last_payload;
  std::shared_ptr<event_batch> last;
};

std::string text_of(const event_batch& b, std::size_t row, std::string_view name) {
  for (std::uint32_t i = 0; i < b.stride; ++i)
    if ((*b.names)[i] == name)
      return b.row_types(row)[i] == value_type::text ? std::string(b.text(b.row_slots(row)[i]))
                                                     : to_string(b.row_types(row)[i]);
  return "no such field";
}

} // namespace

TEST_CASE("a message becomes a row that knows its device, topic, payload and place") {
  ingest in;
  const auto payload = in.reading(21.5);
  in.send(payload);
  CHECK(in.read() == std::vector<std::string>{"room-1"});
  CHECK(in.last_topic == "greenhouse/room-1/climate");
  CHECK(in.last_payload == payload);
  const auto& row = in.last->rows[0];
  CHECK(row.sequence == 1);
  CHECK(row.received_ms >= in.log->clocks.wall);
  CHECK(in.last->row_types(0)[0] == value_type::number);
  CHECK(in.last->row_slots(0)[0].number() == 21.5);
}

TEST_CASE("marks `unavailable` are no work for the shards: a run of them is passed over") {
  ingest in;
  in.send(in.reading(1), "greenhouse/room-1/climate", 1);
  for (int i = 0; i < 100; ++i) in.note(control_kind::unavailable, 1, "climate 0/1 1 it sleeps");
  in.send(in.reading(2), "greenhouse/room-2/climate", 2);
  for (int i = 0; i < 100; ++i) in.note(control_kind::unavailable, 1, "climate 0/1 1 it sleeps");
  const auto r = in.logic->read(*in.from, 1024);
  REQUIRE(r);
  CHECK(r->messages == 2);
  CHECK(r->position == 202);
  CHECK_FALSE(r->after);
}

TEST_CASE("every message ends as exactly one of decoded, duplicate and dead-lettered") {
  ingest in;
  in.send(in.reading(1));
  in.send(in.reading(1), "greenhouse/room-1/climate", 1, true); // duplicate
  in.send("{", "greenhouse/room-1/climate", 2);
  in.send(in.reading(2), "greenhouse/climate", 3);
  in.send(in.reading(2), "greenhouse//climate", 4);
  in.send(in.reading(2), "greenhouse/a b/climate", 5);
  in.send(std::string(1000, 'x'), "greenhouse/room-1/climate", 6, false, false, true);
  in.send("{}", "greenhouse/room-1/climate", 7);
  in.send(in.reading(3), "greenhouse/room-2/climate", 8);
  CHECK(in.read() == std::vector<std::string>{"room-1", "room-2"});
  CHECK(in.messages == 9);
  CHECK(in.logic->has_dead_letters());
  auto part = in.part();
  REQUIRE(part.sources.size() == 1);
  CHECK(part.sources[0].first == "field");
  const auto c = part.sources[0].second;
  CHECK(c.decoded == 2);
  CHECK(c.duplicate == 1);
  CHECK(c.dead_lettered == 6);
  CHECK(c.events == 2);
  CHECK(part.pipeline_in == std::vector<std::uint64_t>{2});
  CHECK(part.pipeline_dead_lettered == std::vector<std::uint64_t>{0});
  std::vector<std::string> whys;
  for (const auto& d : part.dead_letters) {
    whys.push_back(to_string(d.why) + (" " + d.where));
    CHECK(d.source == "field");
    CHECK(d.pipeline.empty());
    CHECK(d.received_ms != 0);
  }
  CHECK(whys == std::vector<std::string>{"json.syntax byte 1", "topic.mismatch topic", "device.invalid topic",
                                         "device.invalid topic", "message.too_large byte 1000",
                                         "time.missing $.time"});
  CHECK(part.dead_letters[4].payload == std::string(1000, 'x'));
  CHECK(part.dead_letters[4].sequence == 7);
  CHECK(!in.logic->has_dead_letters());
  CHECK(in.part().sources.empty()); // differences, not sums
}

TEST_CASE("time.future and time.ancient count in and dead_lettered in every pipeline, and are decoded for "
          "the source") {
  auto s = climate();
  s.pipelines = {{0, "climate"}, {2, "raw"}};
  ingest in({s}, {"climate", "other", "raw"});
  in.send(in.reading(1, 299));
  in.send(in.reading(1, 301));
  in.send(R"({"time":946684799999,"temperature":1})");
  CHECK(in.read().size() == 1);
  const auto part = in.part();
  CHECK(part.sources[0].second.decoded == 3);
  CHECK(part.sources[0].second.events == 3);
  CHECK(part.sources[0].second.dead_lettered == 0);
  CHECK(part.pipeline_in == std::vector<std::uint64_t>{3, 0, 3});
  CHECK(part.pipeline_dead_lettered == std::vector<std::uint64_t>{2, 0, 2});
  std::vector<std::string> all;
  for (const auto& d : part.dead_letters) all.push_back(d.pipeline + " " + to_string(d.why) + " " + d.where);
  CHECK(all == std::vector<std::string>{"climate time.future $.time", "raw time.future $.time",
                                        "climate time.ancient $.time", "raw time.ancient $.time"});
}

TEST_CASE("the store balances what the reader dead-letters for a pipeline") {
  ingest in;
  in.send(in.reading(1, 3600));
  in.read();
  in.commit();
  const auto s = in.state->snapshot();
  REQUIRE(s.pipelines.size() == 1);
  CHECK(s.pipelines[0].second.in == 1);
  CHECK(s.pipelines[0].second.dead_lettered == 1);
  CHECK(s.dead_letters == 1);
}

TEST_CASE("the future check rests from a TICK with clock_ok = 0 to the next with 1, over a restart too") {
  ingest in;
  in.note(control_kind::tick, 1, "");
  in.send(in.reading(1, 3600));
  in.note(control_kind::tick, 0, "");
  in.send(in.reading(2, 3600));
  CHECK(in.read().size() == 1);
  in.commit();
  in.restart();
  in.send(in.reading(3, 3600));
  in.note(control_kind::tick, 1, "");
  in.send(in.reading(4, 3600));
  CHECK(in.read().size() == 1);
}

TEST_CASE("a read ends after a control record, which goes to every shard") {
  ingest in;
  in.send(in.reading(1));
  in.note(control_kind::tick, 1, "");
  in.send(in.reading(2));
  auto r = in.logic->read(*in.from, 100);
  REQUIRE(r);
  CHECK(r->batches.size() == 1);
  REQUIRE(r->after);
  CHECK(r->after->kind == control_kind::tick);
  CHECK(r->position == 2);
  CHECK(r->messages == 1);
  r = in.logic->read(*in.from, 100);
  REQUIRE(r);
  CHECK(!r->after);
  CHECK(r->position == 3);
  r = in.logic->read(*in.from, 100);
  CHECK(r->position == 0);
  CHECK(r->batches.empty());
}

TEST_CASE("batches hold one chunk and at most 1024 rows, and are used again") {
  ingest in;
  const std::size_t count = 30'000; // more than one chunk of the journal
  for (std::size_t i = 0; i < count; ++i)
    in.send(in.reading(static_cast<double>(i)), "greenhouse/d" + std::to_string(i % 100) + "/climate",
            static_cast<std::uint16_t>(i % 60'000 + 1));
  std::size_t rows = 0;
  const event_batch* seen = nullptr;
  bool again = false;
  for (;;) {
    auto r = in.logic->read(*in.from, 5000);
    REQUIRE(r);
    if (r->position == 0) break;
    for (auto& b : r->batches) {
      for (const auto& row : b->rows) {
        REQUIRE(b->device(row) == "d" + std::to_string(rows % 100));
        REQUIRE(b->topic(row) == "greenhouse/d" + std::to_string(rows % 100) + "/climate");
        REQUIRE(b->payload(row) == in.reading(static_cast<double>(rows)));
        REQUIRE(b->row_slots(static_cast<std::size_t>(&row - b->rows.data()))[0].number() ==
                static_cast<double>(rows));
        ++rows;
      }
      again |= b.get() == seen;
      seen = b.get();
      in.logic->recycle(std::move(b));
    }
  }
  CHECK(rows == count);
  CHECK(again);
}

TEST_CASE("after a restart redeliveries are recognised from the journal's tail") {
  ingest in;
  for (std::uint16_t i = 1; i <= 20; ++i) in.send(in.reading(i), "greenhouse/room-1/climate", i);
  in.read();
  in.commit();
  CHECK(in.state->keep_from() == 1); // the last 65 000 messages are still needed
  in.restart();
  in.note(control_kind::session, 1);
  in.send(in.reading(20), "greenhouse/room-1/climate", 20, true);  // DUP = 1
  in.send(in.reading(14), "greenhouse/room-1/climate", 77, false); // a broker that was rolled back
  in.send(in.reading(2), "greenhouse/room-1/climate", 2, true);    // from beyond 2 N, with DUP = 1
  in.send(in.reading(12), "greenhouse/room-1/climate", 78, false); // and without
  in.send(in.reading(21), "greenhouse/room-1/climate", 21);
  CHECK(in.read().size() == 2);
  CHECK(in.part().sources[0].second.duplicate == 3);
}

namespace {

// Readings that have neither time nor sequence of their own: only packet ids tell them apart.
reader_source bare() {
  auto s = climate();
  s.options.decode.json.time = {true, "", time_unit::ms};
  return s;
}
const std::string still = "{\"temperature\":21}";

} // namespace

TEST_CASE("a message of QoS 2 counts once until its packet id is released, at every place of a restart") {
  // What happens: 1 to 3 = the message with that id, a to c = once more with DUP, - = 1 and 2 are released, |
  // = a new connection, ! = a restart behind a checkpoint, ? = one that loses what was read since the last.
  struct story {
    const char* events;
    std::size_t count, duplicates;
  };
  for (const auto& [events, count, duplicates] : std::vector<story>{{"12a", 2, 1},
                                                                    {"12|ab", 2, 2},
                                                                    {"12-|12", 4, 0},
                                                                    {"12!|ab", 2, 2},
                                                                    {"12!-!12", 4, 0},
                                                                    {"12!-|ab", 4, 0},
                                                                    {"12-!|ab", 4, 0},
                                                                    {"12|a!b", 2, 2},
                                                                    {"12?|ab", 2, 2},
                                                                    {"12!|?a?b", 2, 2},
                                                                    {"12!-?12?ab", 4, 2},
                                                                    {"1!2!3!|abc-!|c12", 5, 4}}) {
    CAPTURE(events);
    ingest in({bare()});
    std::size_t rows = 0, again = 0;
    const auto commit = [&] {
      rows += in.read().size();
      auto part = in.part();
      for (const auto& [name, counters] : part.sources) again += counters.duplicate;
      in.commit_part(std::move(part));
    };
    for (const char* at = events; *at != 0; ++at) {
      if (*at >= '1' && *at <= '3') in.send_2(still, static_cast<std::uint16_t>(*at - '0'));
      if (*at >= 'a' && *at <= 'c') in.send_2(still, static_cast<std::uint16_t>(*at - 'a' + 1), true);
      if (*at == '-') in.note(control_kind::pubrel, 0, "field 1 2");
      if (*at == '|') in.note(control_kind::session, 1);
      if (*at == '!') commit(), in.restart();
      if (*at == '?') in.read(), in.restart();
    }
    commit();
    CHECK(rows == count);
    CHECK(again == duplicates);
  }
}

TEST_CASE("of QoS 2 DUP alone says nothing: a released packet id names a new message") {
  ingest in({bare()});
  in.send_2(still, 1);
  in.note(control_kind::pubrel, 0, "field 1");
  in.send_2(still, 1, true); // its first copy was lost on the way
  in.note(control_kind::session, 0);
  in.send_2(still, 1, true); // of another session
  CHECK(in.read().size() == 3);
}

TEST_CASE("packet ids of QoS 2 are those of a connection") {
  auto two = bare();
  auto mqtt = *two.options.mqtt();
  mqtt.connections = 2;
  two.options.kind = mqtt;
  ingest in({two});
  in.send_2(still, 1, false, false, 0);
  in.send_2(still, 1, false, false, 1); // another message
  in.note(control_kind::pubrel, 1, "field 1");
  in.send_2(still, 1, false, false, 1); // a new one
  in.send_2(still, 1, true, false, 0);  // the first one again
  CHECK(in.read().size() == 3);
  CHECK(in.part().sources[0].second.duplicate == 1);
}

TEST_CASE(
    "a broker that was rolled back sends readings of QoS 2 again: their own time tells, whatever DUP says") {
  for (const bool dup : {false, true}) {
    ingest in;
    const auto reading = in.reading(1);
    in.send_2(reading, 1);
    in.note(control_kind::pubrel, 0, "field 1");
    in.note(control_kind::session, 1);
    in.send_2(reading, 5, dup);
    CHECK(in.read().size() == 1);
    CHECK(in.part().sources[0].second.duplicate == 1);
  }
}

TEST_CASE("released packet ids of a source do not touch another one's, and no shard hears of them") {
  auto other = bare();
  other.options.name = "field-2";
  ingest in({bare(), other});
  in.send_2(still, 1);
  in.note(control_kind::pubrel, 0, "field-2 1");
  in.note(control_kind::pubrel, 0, "gone 1");
  in.send_2(still, 1, true);
  const auto r = in.logic->read(*in.from, 100);
  REQUIRE(r);
  CHECK_FALSE(r->after);
  CHECK(r->messages == 2);
  CHECK(in.logic->take_part().sources[0].second.duplicate == 1);
}

TEST_CASE("a message of QoS 2 that is too long is one dead letter, however often it comes") {
  ingest in({bare()});
  in.send_2(still, 1, false, true);
  in.read();
  in.commit();
  in.restart();
  in.note(control_kind::session, 1);
  in.send_2(still, 1, true, true);
  in.note(control_kind::pubrel, 0, "field 1");
  in.send_2(still, 1, false, true);
  CHECK(in.read().empty());
  const auto part = in.part();
  CHECK(part.sources[0].second.duplicate == 1);
  CHECK(part.dead_letters.size() == 1); // beside the one of the last part
}

TEST_CASE("packet ids that are not released hold no segment of the journal for long") {
  auto quiet = bare(), busy = climate();
  quiet.options.name = "field", busy.options.name = "busy";
  ingest in({quiet, busy}, {"climate"});
  in.send_2(still, 1);
  in.outrun("busy");
  in.note(control_kind::session, 1);
  in.send_2(still, 1, true);
  CHECK(in.read().empty());
}

TEST_CASE("each connection of a source has packet ids and a session of its own, over restarts") {
  auto shared = climate();
  shared.options.mqtt()->connections = 2;
  shared.options.decode.json.time = {true}; // arrival: only packet ids tell
  ingest in({shared});
  const std::string same = "{\"temperature\":1}";
  const auto send = [&](std::uint8_t connection, std::uint16_t id, bool dup) {
    in.send_over(connection, id, same, dup);
    return in.read().empty();
  };
  CHECK(!send(0, 1, false));
  CHECK(!send(1, 1, true)); // another session: it had nothing with this id
  CHECK(send(1, 1, true));
  CHECK(!send(7, 1, true)); // of a connection that is configured no more
  CHECK(send(7, 1, true));
  in.commit();
  in.restart();
  in.note(control_kind::session, session_value(0, true));
  in.note(control_kind::session, session_value(1, false)); // the second one's session is lost
  CHECK(send(0, 1, true));
  CHECK(!send(1, 1, true));
  CHECK(!send(0, 2, true));
  CHECK(send(1, 1, true));
}

TEST_CASE("what a source remembers and cannot be read is an error that names it, never forgotten") {
  for (const char* key :
       {"redelivery|field|recent", "redelivery|field|ids|3", "retained|field|t", "unreleased|field"}) {
    CAPTURE(key);
    ingest in;
    in.send(in.reading(1));
    in.read();
    auto part = in.part();
    part.state.push_back({state_family::source, key, std::string("x")});
    in.commit_part(std::move(part));
    reader again(in.sources);
    const auto loaded = again.load(*in.log->log, in.state.get());
    REQUIRE_FALSE(loaded.has_value());
    CHECK(loaded.error().code == ec::corrupt);
    CHECK(loaded.error().text.find(key) != std::string::npos);
  }
}

TEST_CASE("a retained message counts once, over restarts") {
  ingest in;
  in.send(in.reading(1), "greenhouse/room-1/climate", 0, false, true);
  in.read();
  in.commit();
  in.restart();
  in.note(control_kind::session, 0);
  in.send(in.reading(1), "greenhouse/room-1/climate", 0, false, true);
  in.send(in.reading(2), "greenhouse/room-1/climate", 0, false, true);
  CHECK(in.read().size() == 1);
  CHECK(in.part().sources[0].second.duplicate == 1);
}

TEST_CASE("a quiet source does not hold the journal of a busy one") {
  auto quiet = climate(), busy = climate();
  quiet.options.name = "quiet", busy.options.name = "busy";
  ingest in({quiet, busy}, {"climate"});
  in.send(in.reading(1), "greenhouse/q/climate", 1, false, false, false, "quiet");
  in.outrun("busy");
  in.send(in.reading(1), "greenhouse/q/climate", 1, true, false, false, "quiet");
  in.send(in.reading(2), "greenhouse/b/climate", 0, true, false, false, "busy");
  CHECK(in.read().empty());
}

TEST_CASE("topic levels become text fields where they are used, and win over the payload") {
  auto s = climate({"plant/{site}/{device}/t", "plant/{device}"});
  s.used_fields = {"temperature", "site"};
  ingest in({s});
  in.send(in.reading(1), "plant/north/d1/t");
  in.read();
  CHECK(text_of(*in.last, 0, "site") == "north");
  in.send("{\"time\":1700000000000,\"site\":\"payload\"}", "plant/south/d1/t");
  in.read();
  CHECK(text_of(*in.last, 0, "site") == "south");
  in.send("{\"time\":1700000000000,\"site\":\"payload\"}", "plant/d2");
  CHECK(in.read() == std::vector<std::string>{"d2"});
  CHECK(text_of(*in.last, 0, "site") == "payload");
}

TEST_CASE("a topic that differs only in its device is matched as the template says") {
  ingest in({climate({"a/{device}/z"})});
  for (const char* topic : {"a/d1/z", "a/d22/z", "a/d1/b/z", "a//z", "a/z", "b/d1/z", "a/d1/zz", "a/d3/z"})
    in.send(in.reading(1), topic);
  CHECK(in.read() == std::vector<std::string>{"d1", "d22", "d3"});
  std::vector<std::string> whys;
  for (const auto& d : in.part().dead_letters) whys.push_back(to_string(d.why) + (" " + d.topic));
  CHECK(whys == std::vector<std::string>{"topic.mismatch a/d1/b/z", "device.invalid a//z",
                                         "topic.mismatch a/z", "topic.mismatch b/d1/z",
                                         "topic.mismatch a/d1/zz"});
}

TEST_CASE("all_fields: the list of names grows with the payloads and is the same after a restart") {
  auto s = climate({"{site}/{device}"});
  s.all_fields = true;
  ingest in({s});
  in.send("{\"time\":1700000000000,\"b\":1}", "n/d");
  in.send("{\"time\":1700000000000,\"b\":2,\"a\":\"x\"}", "n/d");
  in.send("{\"time\":1700000000000,\"b\":3,\"a\":\"y\"}", "n/d");
  CHECK(in.read().size() == 3);
  CHECK(*in.last->names == field_names{"temperature", "site", "b", "a"});
  CHECK(in.last->rows.size() == 2);
  CHECK(text_of(*in.last, 1, "a") == "y");
  in.commit();
  in.restart();
  in.send("{\"time\":1700000000000,\"c\":1,\"a\":\"z\"}", "m/d");
  CHECK(in.read().size() == 1);
  CHECK(*in.last->names == field_names{"temperature", "site", "b", "a", "c"});
  CHECK(text_of(*in.last, 0, "site") == "m");
  CHECK(text_of(*in.last, 0, "a") == "z");
  CHECK(text_of(*in.last, 0, "b") == "missing");
}

TEST_CASE("a failed row leaves nothing behind in its batch") {
  auto s = climate();
  s.used_fields = {"temperature", "name"};
  ingest in({s});
  in.send(in.reading(1));
  in.send("{\"time\":\"never\",\"temperature\":5,\"name\":\"left over\"}");
  in.send("{\"time\":1700000000000}");
  CHECK(in.read().size() == 2);
  CHECK(text_of(*in.last, 1, "temperature") == "missing");
  CHECK(text_of(*in.last, 1, "name") == "missing");
  CHECK(in.last->arena.view() == "room-1room-1");
}

TEST_CASE("messages of a source that is configured no more are dead letters, not lost") {
  ingest in;
  in.send(in.reading(1), "t", 1, false, false, false, "old");
  in.read();
  const auto part = in.part();
  REQUIRE(part.sources.size() == 1);
  CHECK(part.sources[0].first == "old");
  CHECK(part.sources[0].second.dead_lettered == 1);
  REQUIRE(part.dead_letters.size() == 1);
  CHECK(part.dead_letters[0].why == reason::topic_mismatch);
}

TEST_CASE("the MQTT 5 user property seq is a sequence number where the payload is not asked for one") {
  ingest in;
  const auto payload = in.reading(1);
  message_in m;
  m.topic = "greenhouse/room-1/climate", m.payload = payload, m.qos = 1;
  for (const char* value : {"17", "-1", "x", "9223372036854775808"}) {
    const std::pair<std::string_view, std::string_view> property{"seq", value};
    m.user_properties = std::span(&property, 1);
    REQUIRE(in.log->log->append("field", std::span(&m, 1)));
  }
  CHECK(in.read().size() == 1);
  CHECK(in.last->rows[0].has_sequence);
  CHECK(in.last->rows[0].device_seq == 17);
  for (const auto& d : in.part().dead_letters) CHECK(d.why == reason::sequence_invalid);
}

TEST_CASE("a source without {device} and without a device path gives device.missing") {
  ingest in({climate({"greenhouse/climate"})});
  in.send(in.reading(1), "greenhouse/climate");
  in.read();
  CHECK(in.part().dead_letters.at(0).why == reason::device_missing);
}

TEST_CASE("a source whose path does not parse reads nothing and says why") {
  auto s = climate();
  s.options.decode.json.time.path = "time";
  reader broken({s});
  test::temp_dir dir;
  test::open_journal log(dir.path());
  const auto loaded = broken.load(*log.log, nullptr);
  REQUIRE(!loaded);
  CHECK(loaded.error().text.find("source field: time: ") == 0);
  CHECK(!broken.read(*log.log->read(1), 1));
}

TEST_CASE("rows are routed by key slot modulo shards, ascending") {
  event_batch b;
  for (std::uint64_t i = 0; i < 640; ++i) b.rows.emplace_back().hash = (i * 7 % 64) << 58 | i;
  std::vector<std::vector<std::uint32_t>> lists;
  for (std::uint32_t shards : {1u, 2u, 3u, 64u}) {
    route(b, shards, lists);
    REQUIRE(lists.size() == shards);
    std::size_t total = 0;
    for (std::uint32_t s = 0; s < shards; ++s) {
      total += lists[s].size();
      for (std::size_t i = 0; i < lists[s].size(); ++i) {
        CHECK(key_slot(b.rows[lists[s][i]].hash) % shards == s);
        if (i > 0) CHECK(lists[s][i - 1] < lists[s][i]);
      }
    }
    CHECK(total == b.rows.size());
  }
}
