// Semantics section 5: one aligned checkpoint is one atomic write.
#include "test/store/checkpoint_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("everything of a checkpoint is there after a restart, and nothing of a refused one") {
  temp_dir dir;
  {
    auto s = open_store(dir.path());
    CHECK(s->epoch() == 1);
    auto c = checkpoint_at(100);
    c.reader.keep_from = 80;
    c.reader.sources = {{"field", {10, 2, 1, 0, 0, 11}}};
    c.reader.pipeline_in = {11, 0};
    c.reader.state.push_back({state_family::source, "field/retained", "hash"});
    c.reader.dead_letters.push_back(
        {0, 17, 0, reason::json_syntax, "field", "", "t/1", "byte 3", "", 5, "{x"});
    c.shards[0].state.push_back({state_family::device, "a", "state a"});
    c.shards[1].state.push_back({state_family::window, "b", "state b"});
    c.shards[0].pipelines[0].applied = 6;
    c.shards[1].pipelines[0].applied = 5;
    c.shards[1].results.push_back(result_of(0, 90, "b"));
    must_commit(*s, std::move(c));

    auto bad = checkpoint_at(110);
    bad.shards[0].state.push_back({state_family::device, "a", "never"});
    bad.shards[1].position = 109; // not aligned
    CHECK(s->commit(std::move(bad)).error().code == ec::bug);
    auto back = checkpoint_at(99);
    CHECK(s->commit(std::move(back)).error().code == ec::bug);
    auto unknown = checkpoint_at(120);
    unknown.shards[0].results.push_back(result_of(2, 1, "a"));
    CHECK(s->commit(std::move(unknown)).error().code == ec::bug);
  }
  auto s = open_store(dir.path());
  CHECK(s->applied() == 100);
  CHECK(s->durable_applied() == 100);
  CHECK(s->keep_from() == 80);
  CHECK(s->outbox_head() == 1);
  CHECK(s->get(state_family::device, "a") == "state a");
  CHECK(s->get(state_family::window, "b") == "state b");
  CHECK(s->get(state_family::source, "field/retained") == "hash");
  CHECK_FALSE(s->get(state_family::mark, "a").has_value());
  const auto shot = s->snapshot();
  CHECK(shot.applied == 100);
  CHECK(shot.outbox_head == 1);
  CHECK(shot.dead_letters == 1);
  REQUIRE(shot.sources.size() == 1);
  CHECK(shot.sources[0].second.decoded == 10);
  CHECK(shot.sources[0].second.events == 11);
  REQUIRE(shot.pipelines.size() == 2);
  CHECK(shot.pipelines[0].first == "climate");
  CHECK(shot.pipelines[0].second.in == 11);
  CHECK(shot.pipelines[0].second.applied == 11);
  CHECK_FALSE(s->failure().has_value());
}

TEST_CASE("counters of following checkpoints and of restarts add up, and deletes delete") {
  temp_dir dir;
  for (int i = 1; i <= 3; ++i) {
    auto s = open_store(dir.path());
    auto c = checkpoint_at(static_cast<std::uint64_t>(i) * 10);
    c.reader.sources = {{"field", {1, 0, 0, 0, 0, 1}}};
    c.shards[0].pipelines[1].late = 2;
    c.shards[0].state.push_back(
        {state_family::device, "k", i == 2 ? std::nullopt : std::optional<std::string>("v")});
    must_commit(*s, std::move(c));
    CHECK(s->get(state_family::device, "k").has_value() == (i != 2));
    CHECK(s->snapshot().sources[0].second.decoded == static_cast<std::uint64_t>(i));
    CHECK(s->snapshot().pipelines[1].second.late == static_cast<std::uint64_t>(2 * i));
  }
}

TEST_CASE("a checkpoint of an older engine is refused") {
  temp_dir dir;
  auto s = open_store(dir.path());
  must_commit(*s, checkpoint_at(1, 1));
  must_commit(*s, checkpoint_at(1, 2)); // the new engine may begin where the old one ended
  const auto refused = s->commit(checkpoint_at(2, 1));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ec::bug);
  CHECK(refused.error().text == "checkpoint: engine 1 (want at least 2)");
}

TEST_CASE("results get one global outbox sequence in the order of what caused them, whichever shard they "
          "come from") {
  temp_dir dir;
  auto s = open_store(dir.path());
  auto c = checkpoint_at(50);
  c.shards[0].results = {result_of(1, 20, "a"), result_of(0, 20, "b", 60), result_of(0, 20, "b", 0)};
  c.shards[1].results = {result_of(0, 30, "a"), result_of(0, 20, "a"), result_of(0, 10, "z")};
  must_commit(*s, std::move(c));
  commit_results(*s, 60, 0, 1);
  const auto all = s->read_outbox("board", 0, 100, 1 << 20);
  std::vector<std::string> order;
  for (const auto& r : all) order.push_back(r.pipeline + " " + r.identity);
  CHECK(order == std::vector<std::string>{"climate z|0", "climate a|0", "climate b|0", "climate b|60",
                                          "power a|0", "climate a|0", "climate d0|0"});
  for (std::size_t i = 0; i < all.size(); ++i) CHECK(all[i].sequence == i + 1);
}

TEST_CASE(
    "with durability power a checkpoint with results is durable at once, one without after the next sync") {
  temp_dir dir;
  auto o = process_options();
  o.keep.level = config::durability::kind::power;
  auto s = open_store(dir.path(), two_sinks, o);
  must_commit(*s, checkpoint_at(5));
  CHECK(s->applied() == 5);
  CHECK(s->durable_applied() == 0);
  commit_results(*s, 6, 0, 1);
  CHECK(s->durable_applied() == 6);
  must_commit(*s, checkpoint_at(7));
  REQUIRE(s->sync().has_value());
  CHECK(s->durable_applied() == 7);
  must_commit(*s, checkpoint_at(8));
  REQUIRE(s->trim_outbox().has_value()); // housekeeping syncs too
  CHECK(s->durable_applied() == 8);
}

TEST_CASE("state is scanned by prefix in key order, and a pipeline's state can be erased alone") {
  temp_dir dir;
  auto s = open_store(dir.path());
  auto c = checkpoint_at(1);
  for (const auto* key : {"b/2", "a/1", "a/2", "a\xff", "c"})
    c.reader.state.push_back({state_family::device, key, key});
  must_commit(*s, std::move(c));
  const auto keys = [&](std::string_view prefix) {
    std::string out;
    s->scan(state_family::device, prefix, [&](std::string_view key, std::string_view value) {
      CHECK(key == value);
      out += std::string(key) + " ";
      return true;
    });
    return out;
  };
  CHECK(keys("a/") == "a/1 a/2 ");
  CHECK(keys("") == "a/1 a/2 a\xff b/2 c ");
  REQUIRE(s->erase_prefix(state_family::device, "a").has_value());
  CHECK(keys("") == "b/2 c ");
  int seen = 0;
  s->scan(state_family::device, "", [&](auto, auto) { return ++seen < 1; });
  CHECK(seen == 1);
}

TEST_CASE("meta texts and the epoch survive a restart") {
  temp_dir dir;
  {
    auto s = open_store(dir.path());
    CHECK_FALSE(s->meta("pipeline/climate/meaning").has_value());
    REQUIRE(s->set_meta("pipeline/climate/meaning", "m").has_value());
    CHECK(*s->bump_epoch() == 2);
  }
  auto s = open_store(dir.path());
  CHECK(s->meta("pipeline/climate/meaning") == "m");
  CHECK(s->epoch() == 2);
  CHECK(s->snapshot().epoch == 2);
}

TEST_CASE("a reader beside the service sees what was committed and can write nothing") {
  temp_dir dir;
  CHECK(store::open_read_only(dir.path()).error().code == ec::invalid);
  auto s = open_store(dir.path());
  auto c = checkpoint_at(3);
  c.reader.dead_letters.resize(2);
  must_commit(*s, std::move(c));
  auto reader = store::open_read_only(dir.path());
  REQUIRE(reader.has_value());
  CHECK((*reader)->applied() == 3);
  CHECK((*reader)->snapshot().dead_letters == 2);
  CHECK((*reader)->set_meta("a", "b").error().code == ec::invalid);
  commit_results(*s, 4, 0, 3); // the service goes on
  CHECK(s->outbox_head() == 3);
  CHECK(store::open_read_only(dir.path()).value()->outbox_head() == 3);
}

TEST_CASE("damaged tables are corrupt, not empty") {
  temp_dir dir;
  {
    auto s = open_store(dir.path());
    auto c = checkpoint_at(3);
    for (int i = 0; i < 2000; ++i)
      c.reader.state.push_back(
          {state_family::device, "k" + std::to_string(i), std::string(100, static_cast<char>('a' + i % 20))});
    must_commit(*s, std::move(c));
  }
  { open_store(dir.path()); } // recovery writes what was in the log to tables
  int flipped = 0;
  for (const auto& e : std::filesystem::directory_iterator(dir.path() + "/state"))
    if (e.path().extension() == ".sst" && e.file_size() > 20'000) {
      auto bytes = slurp(e.path().string());
      bytes[5000] ^= 1;
      spill(e.path().string(), bytes);
      ++flipped;
    }
  REQUIRE(flipped > 0);
  auto opened = store::open(dir.path(), process_options(), two_pipelines, two_sinks);
  if (!opened) {
    CHECK(opened.error().code == ec::corrupt);
    return;
  }
  int seen = 0;
  (*opened)->scan(state_family::device, "", [&](auto, auto) { return ++seen > 0; });
  CHECK(seen < 2000);
  REQUIRE((*opened)->failure().has_value());
  CHECK((*opened)->failure()->code == ec::corrupt);
  CHECK((*opened)->commit(checkpoint_at(4)).error().code ==
        ec::corrupt); // nothing computed from it becomes durable
}
