// Pipelines with other keys than the device, seen from the reader: keys of rows, dead letters, counters, and
// what of it survives a restart.
#include <doctest/doctest.h>

#include "actors/ingest/reader.hpp"
#include "test/store/store_fixture.hpp"

using namespace sluice;

namespace {

// Three pipelines of one source: by device, by site, for everything.
reader_source plant() {
  reader_source s;
  s.options.name = "field";
  s.options.mqtt()->topics.push_back(*config::topic_template::parse("plant/{site}/{device}"));
  s.options.decode.json.time = {false, "$.time", time_unit::ms};
  s.options.decode.json.sequence_path = "$.seq";
  s.used_fields = {"area", "site", "temperature"};
  s.pipelines = {{0, "by_device"}, {1, "by_area"}, {2, "all"}, {3, "by_area_too"}};
  s.keys = {{{"site", "area"}, {{1, "by_area"}, {3, "by_area_too"}}}, {{}, {{2, "all"}}}};
  return s;
}

struct plant_reader {
  plant_reader() { start(); }
  void start() {
    auto opened =
        store::open(dir.path(), test::process_options(), {"by_device", "by_area", "all", "by_area_too"}, {});
    REQUIRE(opened);
    state = std::move(*opened);
    log = std::make_unique<test::open_journal>(dir.path(), test::process_options(), state->applied());
    logic = std::make_unique<reader>(std::vector{plant()});
    REQUIRE(logic->load(*log->log, state.get()));
    from = log->log->read(state->applied() + 1);
  }
  void restart() {
    from.reset(), logic.reset(), log.reset(), state.reset();
    start();
  }
  void send(std::string_view site_and_device, std::uint64_t sequence, const std::string& more) {
    const auto payload =
        "{\"time\":" + std::to_string(1'700'000'000'000 + static_cast<std::int64_t>(sequence)) +
        ",\"seq\":" + std::to_string(sequence) + more + "}";
    log->add(payload, "field", "plant/" + std::string(site_and_device));
  }
  // One line per row: device, then its keys; "-" for none.
  std::vector<std::string> read() {
    std::vector<std::string> out;
    for (;;) {
      auto r = logic->read(*from, 1024);
      REQUIRE(r);
      if (r->position == 0) return out;
      for (auto& b : r->batches) {
        REQUIRE(b->key_count == 2);
        REQUIRE(b->keys.size() == 2 * b->rows.size());
        for (std::size_t i = 0; i < b->rows.size(); ++i) {
          auto line = std::string(b->device(b->rows[i]));
          for (std::uint16_t k = 1; k <= 2; ++k)
            line += b->key(i, k).length == 0 ? " -" : " " + std::string(b->text(b->key(i, k)));
          out.push_back(line);
        }
        last = b;
      }
    }
  }
  reader_part commit() {
    checkpoint c;
    c.reader = logic->take_part();
    shard_part none;
    none.position = c.reader.position;
    c.shards.push_back(none);
    const auto part = c.reader;
    REQUIRE(state->commit(std::move(c)));
    return part;
  }

  test::temp_dir dir;
  std::unique_ptr<store> state;
  std::unique_ptr<test::open_journal> log;
  std::unique_ptr<reader> logic;
  std::unique_ptr<journal::cursor> from;
  std::shared_ptr<event_batch> last;
};

using counts = std::vector<std::uint64_t>;

} // namespace

TEST_CASE("each row has a key per different key of the source's pipelines") {
  plant_reader in;
  in.send("a/room-1", 1, R"(,"area":"hall","temperature":20)");
  in.send("b/room-2", 1, R"(,"area":7,"temperature":20)");
  CHECK(in.read() == std::vector<std::string>{R"(room-1 {"site":"a","area":"hall"} {})",
                                              R"(room-2 {"site":"b","area":7} {})"});
  const auto part = in.commit();
  CHECK(part.dead_letters.empty());
  CHECK(part.pipeline_in == counts{2, 2, 2, 2});
  CHECK(part.pipeline_dead_lettered == counts{0, 0, 0, 0});
}

TEST_CASE("an event without a field of the key is a dead letter of each pipeline with that key alone") {
  plant_reader in;
  in.send("a/room-1", 1, R"(,"temperature":20)");
  CHECK(in.read() == std::vector<std::string>{"room-1 - {}"});
  CHECK(in.logic->has_dead_letters());
  const auto part = in.commit();
  REQUIRE(part.dead_letters.size() == 2);
  const auto& letter = part.dead_letters[0];
  CHECK(letter.why == reason::key_missing);
  CHECK(letter.pipeline == "by_area");
  CHECK(letter.where == "area");
  CHECK(letter.topic == "plant/a/room-1");
  CHECK(letter.payload.find("\"temperature\":20") != std::string::npos);
  CHECK(part.dead_letters[1].pipeline == "by_area_too");
  CHECK(part.pipeline_in == counts{1, 1, 1, 1});
  CHECK(part.pipeline_dead_lettered == counts{0, 1, 0, 1});
  CHECK(!in.logic->has_dead_letters());
}

TEST_CASE("a key longer than 255 bytes is a dead letter key.invalid") {
  plant_reader in;
  in.send("a/room-1", 1, ",\"area\":\"" + std::string(300, 'x') + "\"");
  CHECK(in.read() == std::vector<std::string>{"room-1 - {}"});
  const auto part = in.commit();
  REQUIRE(part.dead_letters.size() == 2);
  CHECK(part.dead_letters[0].why == reason::key_invalid);
  CHECK(part.dead_letters[0].where == "site, area");
}

TEST_CASE(
    "a sequence duplicate is counted in every keyed pipeline and judged by the shard for the device's") {
  plant_reader in;
  in.send("a/room-1", 1, R"(,"area":1)");
  in.send("a/room-1", 2, R"(,"area":1)");
  in.send("a/room-1", 1, R"(,"area":1)");
  CHECK(in.read().size() == 3);
  CHECK(in.last->key(2, 1).length == 0);
  CHECK(in.last->key(2, 2).length == 0);
  const auto part = in.commit();
  CHECK(part.pipeline_in == counts{3, 3, 3, 3});
  CHECK(part.pipeline_duplicate == counts{0, 1, 1, 1});
}

TEST_CASE("a sequence that is too old is a dead letter of every keyed pipeline") {
  plant_reader in;
  for (std::uint64_t i = 0; i < 40; ++i) in.send("a/room-1", 100 + 2 * i, R"(,"area":1)");
  in.send("a/room-1", 101, R"(,"area":1)");
  in.read();
  const auto part = in.commit();
  REQUIRE(part.dead_letters.size() == 3);
  for (const auto& letter : part.dead_letters) CHECK(letter.why == reason::sequence_too_old);
  CHECK(part.pipeline_dead_lettered == counts{0, 1, 1, 1});
}

TEST_CASE("the sequence numbers of keyed pipelines survive a kill at any checkpoint") {
  plant_reader in;
  in.send("a/room-1", 1, R"(,"area":1)");
  in.send("a/room-2", 5, R"(,"area":1)");
  in.read();
  in.commit();
  in.send("a/room-1", 2, R"(,"area":1)");
  in.read(); // and no checkpoint
  in.restart();
  CHECK(in.read() == std::vector<std::string>{R"(room-1 {"site":"a","area":1} {})"});
  in.send("a/room-1", 2, R"(,"area":1)");
  in.send("a/room-2", 5, R"(,"area":1)");
  CHECK(in.read() == std::vector<std::string>{"room-1 - -", "room-2 - -"});
  const auto part = in.commit();
  CHECK(part.pipeline_duplicate == counts{0, 2, 2, 2});
  CHECK(in.state->snapshot().pipelines.size() == 4);
}

TEST_CASE("rows are routed by the hash of their key, and those without it nowhere") {
  plant_reader in;
  for (int i = 0; i < 50; ++i)
    in.send("a/room-" + std::to_string(i), 1, i % 5 == 0 ? "" : ",\"area\":" + std::to_string(i % 7));
  in.read();
  const auto& b = *in.last;
  std::vector<std::vector<std::uint32_t>> lists;
  for (std::uint16_t key = 1; key <= 2; ++key) {
    route(b, 4, lists, key);
    std::size_t total = 0;
    for (std::uint32_t s = 0; s < 4; ++s) {
      total += lists[s].size();
      for (const auto i : lists[s]) CHECK(key_slot(b.key(i, key).hash) % 4 == s);
      CHECK(std::is_sorted(lists[s].begin(), lists[s].end()));
    }
    CHECK(total == (key == 1 ? 40 : 50));
  }
  route(b, 4, lists);
  CHECK(lists[0].size() + lists[1].size() + lists[2].size() + lists[3].size() == 50);
}
