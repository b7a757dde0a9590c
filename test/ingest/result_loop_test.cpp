// Results on their way back into the journal, over a real journal and a real store: numbered, each once for
// the pipeline behind, whatever moment a kill chooses.
#include "actors/ingest/result_loop.hpp"

#include <doctest/doctest.h>

#include "actors/ingest/reader.hpp"
#include "test/store/store_fixture.hpp"

using namespace sluice;

namespace {

// Pipeline `climate` (0) reads the source `field`, pipeline `sites` (1) reads climate.
struct chain {
  chain() { start(); }

  void start() {
    auto opened = store::open(dir.path(), test::process_options(), {"climate", "sites"},
                              {{loop_name("climate"), {"climate"}}, {"out", {"sites"}}});
    REQUIRE(opened);
    state = std::move(*opened);
    log = std::make_unique<test::open_journal>(dir.path(), test::process_options(), state->applied());
    reader_source source;
    source.options.name = "climate";
    source.options.kind = pipeline_source_options{"climate"};
    source.options.decode.json.device_path = "$.device";
    source.options.decode.future.reset();
    source.options.decode.oldest_ms = std::numeric_limits<std::int64_t>::min();
    source.used_fields = {"t_mean"};
    source.pipelines = {{1, "sites"}};
    logic = std::make_unique<reader>(std::vector{source});
    REQUIRE(logic->load(*log->log, state.get()));
    from = log->log->read(state->applied() + 1);
    loop.emplace("climate", "field", *log->log, *state);
    position = state->applied();
  }
  void restart() {
    loop.reset(), from.reset(), logic.reset(), log.reset(), state.reset();
    start();
  }

  // Reads everything there is; the events as device@time.
  std::vector<std::string> read() {
    std::vector<std::string> out;
    for (;;) {
      auto r = logic->read(*from, 1024);
      REQUIRE(r);
      if (r->position == 0) return out;
      position = r->position;
      for (auto& b : r->batches)
        for (const auto& row : b->rows)
          out.push_back(std::string(b->device(row)) + "@" + std::to_string(row.time_ms));
    }
  }
  // A checkpoint at the reader's position, with `results` windows of climate that end at 10, 20, ..
  reader_part commit(int results = 0) {
    checkpoint c;
    c.reader = logic->take_part();
    shard_part part;
    part.position = c.reader.position = position;
    for (int i = 0; i < results; ++i) {
      result_record r;
      r.order.sequence = position;
      r.order.end = ++made * 10;
      r.identity = "climate|room-1|" + std::to_string(r.order.end);
      r.json = result(made);
      part.results.push_back(std::move(r));
    }
    c.shards.push_back(std::move(part));
    const auto counted = c.reader;
    REQUIRE(state->commit(std::move(c)));
    return counted;
  }
  // What the loop appends for the result with that outbox sequence.
  void append(int sequence) {
    const auto number = std::to_string(sequence);
    const std::pair<std::string_view, std::string_view> property{outbox_property, number};
    const auto json = result(sequence);
    message_in m;
    m.topic = "climate", m.payload = json, m.user_properties = std::span(&property, 1);
    REQUIRE(log->log->append("climate", std::span(&m, 1)));
  }
  static std::string result(std::int64_t number) {
    return R"({"pipeline":"climate","device":"room-1","start":0,"end":)" + std::to_string(number * 10) +
           R"(,"revision":0,"values":{"t_mean":1.5}})";
  }
  void note(control_kind kind, std::string name) {
    control c;
    c.kind = kind, c.name = std::move(name);
    REQUIRE(log->log->append(c));
  }
  std::vector<std::string> ends() {
    std::vector<std::string> out;
    const auto at = log->log->read(1);
    for (;;) {
      const auto got = at->next();
      REQUIRE(got);
      if (*got == journal::cursor::kind::none) return out;
      if (*got == journal::cursor::kind::control && at->record().kind == control_kind::source_end)
        out.push_back(at->record().name);
    }
  }
  std::uint64_t work() {
    const auto moved = loop->work();
    REQUIRE(moved);
    return *moved;
  }

  test::temp_dir dir;
  std::unique_ptr<store> state;
  std::unique_ptr<test::open_journal> log;
  std::unique_ptr<reader> logic;
  std::unique_ptr<journal::cursor> from;
  std::optional<result_loop> loop;
  std::uint64_t position = 0;
  std::int64_t made = 0;
};

} // namespace

TEST_CASE("results come back as events of the internal source") {
  chain in;
  in.commit(2);
  CHECK(in.work() == 2);
  CHECK(in.work() == 0);
  CHECK(in.read() == std::vector<std::string>{"room-1@9", "room-1@19"});
  const auto part = in.commit();
  REQUIRE(part.sources.size() == 1);
  CHECK(part.sources[0].first == "climate");
  CHECK(part.sources[0].second.decoded == 2);
  CHECK(part.pipeline_in == std::vector<std::uint64_t>{0, 2});
  for (const auto& [sink, pending] : in.state->snapshot().sink_pending) CHECK(pending == 0);
}

TEST_CASE("a kill between the append and the cursor doubles nothing") {
  chain in;
  in.commit(3);
  for (const int sequence : {1, 2}) in.append(sequence); // and the cursor stayed where it was
  CHECK(in.read().size() == 2);
  in.commit();
  in.restart();
  CHECK(in.work() == 3);
  CHECK(in.read() == std::vector<std::string>{"room-1@29"});
  const auto part = in.commit();
  CHECK(part.sources.at(0).second.decoded == 1);
  CHECK(part.sources.at(0).second.duplicate == 2);
}

TEST_CASE("the outbox sequence that was read is stored with what it caused") {
  chain in;
  in.commit(3);
  in.work();
  in.read();
  in.restart(); // no checkpoint: read again
  CHECK(in.read().size() == 3);
  in.commit(1);
  in.restart();
  CHECK(in.read().empty());
  CHECK(in.work() == 1);
  CHECK(in.read() == std::vector<std::string>{"room-1@39"});
}

TEST_CASE("a message of the internal source that is no result is a dead letter") {
  chain in;
  in.log->add("{}", "climate", "climate");
  CHECK(in.read().empty());
  const auto part = in.commit();
  REQUIRE(part.dead_letters.size() == 1);
  CHECK(part.dead_letters[0].source == "climate");
  CHECK(part.sources.at(0).second.dead_lettered == 1);
}

TEST_CASE("END of the internal source follows END of what the pipeline reads, and its last results") {
  chain in;
  in.note(control_kind::source_end, "field");
  CHECK(in.work() == 0);
  CHECK(in.ends() == std::vector<std::string>{"field"}); // not applied yet
  in.read();
  in.commit(2); // END closes windows
  CHECK(in.work() == 2);
  CHECK(in.ends() == std::vector<std::string>{"field", "climate"});
  CHECK(in.work() == 0);
  CHECK(in.ends().size() == 2);
  in.read();
  in.commit();
  in.restart();
  CHECK(in.work() == 0);
  CHECK(in.ends().size() == 2);
  CHECK(ended_at(*in.state, "field") != 0);
}

TEST_CASE("a source that comes up again has not ended") {
  chain in;
  in.note(control_kind::source_end, "field");
  in.read();
  in.commit();
  CHECK(ended_at(*in.state, "field") != 0);
  in.note(control_kind::source_up, "field");
  in.read();
  in.commit();
  CHECK(ended_at(*in.state, "field") == 0);
  CHECK(in.work() == 0);
  CHECK(in.ends() == std::vector<std::string>{"field"});
}
