#include "actors/store/journal.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

#include "test/store/store_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("what was appended is read in order, with sequence, source and running number") {
  temp_dir dir;
  open_journal j(dir.path());
  CHECK(j.log->visible() == 0);
  CHECK(j.log->first() == 0);
  CHECK(j.add("one") == 1);
  CHECK(j.add("two", "yard") == 2);
  j.clocks.pass(1500);
  CHECK(j.add_many(3, "three") == 5);
  control tick;
  tick.value = 1;
  CHECK(*j.log->append(tick) == 6);
  CHECK(j.log->visible() == 6);
  CHECK(j.log->first() == 1);

  const auto at = j.log->read(1);
  using kind = journal::cursor::kind;
  REQUIRE(*at->next() == kind::message);
  CHECK(at->message().payload == "one");
  CHECK(at->message().received_ms == 1'700'000'000'000);
  CHECK(at->source() == "field");
  CHECK(at->source_number() == 1);
  REQUIRE(*at->next() == kind::message);
  CHECK(at->source() == "yard");
  CHECK(at->source_number() == 1);
  for (std::uint64_t n = 2; n <= 4; ++n) {
    REQUIRE(*at->next() == kind::message);
    CHECK(at->message().sequence == n + 1);
    CHECK(at->source_number() == n);
    CHECK(at->message().received_ms == 1'700'000'001'500);
  }
  REQUIRE(*at->next() == kind::control);
  CHECK(at->record().kind == control_kind::tick);
  CHECK(at->record().sequence == 6);
  CHECK(at->record().now_ms == 1'700'000'001'500);
  CHECK(at->record().value == 1);
  CHECK(at->position() == 6);
  CHECK(*at->next() == kind::none);
  j.add("later");
  REQUIRE(*at->next() == kind::message);
  CHECK(at->message().payload == "later");
}

TEST_CASE(
    "a control record behind a batch has the next sequence, counts for no source, and tears off alone") {
  temp_dir dir, torn;
  control behind;
  behind.kind = control_kind::pubrel;
  behind.name = "field 7";
  message_in m;
  m.topic = "t", m.payload = "x";
  const std::vector<message_in> batch(3, m);
  using kind = journal::cursor::kind;
  const auto records = [](journal& log) {
    std::string all;
    const auto at = log.read(1);
    for (;;) {
      const auto next = at->next().value();
      if (next == kind::none) return all;
      all += next == kind::message ? "m" : at->record().name;
    }
  };
  std::uint64_t whole = 0;
  {
    open_journal j(dir.path());
    CHECK(*j.log->append("field", batch, &behind) == 4);
    CHECK(*j.log->append("field", {}, &behind) == 5);
    CHECK(*j.log->append("field", {}) == 5);
    CHECK(*j.log->append("field", batch, &behind) == 9);
    CHECK(records(*j.log) == "mmmfield 7field 7mmmfield 7");
    CHECK(j.log->received()[0].second == 6);
    CHECK(j.log->count_after(2)[0].second == 4);
    CHECK(j.log->tally(6)->pending[0].second == 2);
    std::filesystem::copy(dir.path(), torn.path(),
                          std::filesystem::copy_options::recursive); // as a kill leaves it
    whole = j.log->bytes();
  }
  const auto path = segment_paths(torn.path()).back();
  REQUIRE(std::filesystem::file_size(path) >= whole);
  std::filesystem::resize_file(path, whole - 1);
  open_journal j(torn.path());
  CHECK(records(*j.log) == "mmmfield 7field 7mmm");
  CHECK(j.log->visible() == 8);
  CHECK(*j.log->append("field", batch, &behind) == 12);
}

TEST_CASE("sequences and running numbers go on after a restart") {
  temp_dir dir;
  for (std::uint64_t round = 0; round < 3; ++round) {
    open_journal j(dir.path());
    CHECK(j.log->notices().empty());
    CHECK(j.log->visible() == round * 3);
    CHECK(j.add("a") == round * 3 + 1);
    j.add("b", "yard");
    j.add("c");
    CHECK(j.log->received() ==
          std::vector<std::pair<std::string, std::uint64_t>>{{"field", 2 * round + 2}, {"yard", round + 1}});
    CHECK(payloads(*j.log).size() == 3 * round + 3);
  }
}

TEST_CASE("a cursor may start anywhere, also inside a batch and over segments, from memory and from disk") {
  temp_dir dir;
  auto o = process_options();
  o.journal.segment_bytes = 4096;
  open_journal j(dir.path(), o);
  for (int i = 0; i < 60; ++i) {
    if (i % 3 == 0)
      j.add_many(4, std::string(90, 'x'));
    else
      j.add(std::string(90, 'y'));
  }
  const auto head = j.log->visible();
  CHECK(segment_paths(dir.path()).size() > 3);
  const auto read_only = journal::open_read_only(dir.path());
  REQUIRE(read_only.has_value());
  for (journal* log : {j.log.get(), read_only->get()})
    for (std::uint64_t from = 1; from <= head + 1; ++from) {
      const auto at = log->read(from);
      auto expected = from;
      while (*at->next() == journal::cursor::kind::message) {
        CHECK(at->message().sequence == expected);
        ++expected;
      }
      CHECK(expected == head + 1);
    }
}

TEST_CASE("a batch larger than a chunk and a slow reader far behind the memory tail get the same bytes") {
  temp_dir dir;
  open_journal j(dir.path());
  const auto behind = j.log->read(1);
  std::vector<std::string> written;
  for (int i = 0; i < 40; ++i) {
    written.push_back(std::string(i == 20 ? 3'000'000 : 200'000, static_cast<char>('a' + i % 26)) +
                      std::to_string(i));
    j.add(written.back());
  }
  std::size_t n = 0;
  const char* last_chunk = nullptr;
  while (*behind->next() == journal::cursor::kind::message) {
    const auto& m = behind->message();
    REQUIRE(m.payload == written[n]);
    // simdjson's padding is readable behind each payload
    CHECK((m.payload.data() + m.payload.size())[63] == (m.payload.data() + m.payload.size())[63]);
    CHECK(m.payload.data() > behind->chunk().get());
    last_chunk = behind->chunk().get();
    ++n;
  }
  CHECK(n == written.size());
  CHECK(last_chunk != nullptr);
  CHECK(payloads(*j.log) == written);
}

TEST_CASE("views stay good as long as their chunk is held") {
  temp_dir dir;
  open_journal j(dir.path());
  j.add("first");
  const auto at = j.log->read(1);
  REQUIRE(*at->next() == journal::cursor::kind::message);
  const auto held = at->chunk();
  const auto payload = at->message().payload;
  for (int i = 0; i < 100; ++i) j.add(std::string(100'000, 'z'));
  while (*at->next() == journal::cursor::kind::message) {
  }
  CHECK(payload == "first");
}

TEST_CASE("several threads append, one reads behind them: nothing is missing, nothing is seen twice") {
  temp_dir dir;
  auto o = process_options();
  o.journal.segment_bytes = 300'000;
  open_journal j(dir.path(), o);
  constexpr int per_thread = 4000;
  std::atomic<int> wakes{0};
  j.log->set_wakeup([&] { ++wakes; });
  std::vector<std::thread> writers;
  for (int t = 0; t < 3; ++t)
    writers.emplace_back([&, t] {
      const auto name = "s" + std::to_string(t);
      for (int i = 0; i < per_thread; ++i) {
        const auto text = std::to_string(i) + std::string(100, ' ');
        message_in m;
        m.topic = "t", m.payload = text;
        if (!j.log->append(name, std::span(&m, 1))) std::abort();
      }
    });
  const auto at = j.log->read(1);
  std::uint64_t sequence = 0;
  int next[3] = {};
  while (sequence < 3 * per_thread) {
    const auto got = at->next();
    REQUIRE(got.has_value());
    if (*got == journal::cursor::kind::none) {
      j.log->rearm_wakeup();
      std::this_thread::yield();
      continue;
    }
    REQUIRE(at->message().sequence == ++sequence);
    const int t = at->source()[1] - '0';
    REQUIRE(std::stoi(std::string(at->message().payload)) == next[t]);
    REQUIRE(at->source_number() == static_cast<std::uint64_t>(++next[t]));
  }
  for (auto& w : writers) w.join();
  CHECK(wakes > 0);
}

TEST_CASE("the wake-up comes once until it is rearmed") {
  temp_dir dir;
  open_journal j(dir.path());
  int wakes = 0;
  j.log->set_wakeup([&] { ++wakes; });
  j.add("a");
  j.add("b");
  CHECK(wakes == 1);
  j.log->rearm_wakeup();
  j.add("c");
  CHECK(wakes == 2);
}

TEST_CASE("durability power and bounded store the same bytes") {
  for (auto level : {config::durability::kind::power, config::durability::kind::bounded}) {
    temp_dir dir;
    auto o = process_options();
    o.keep.level = level;
    {
      open_journal j(dir.path(), o);
      j.add("a");
      j.clocks.pass(2000);
      j.add("b");
      CHECK(j.log->sync().has_value());
    }
    open_journal j(dir.path(), o);
    CHECK(payloads(*j.log) == std::vector<std::string>{"a", "b"});
  }
}

TEST_CASE("a second process cannot open the same journal") {
  temp_dir dir;
  open_journal j(dir.path());
  const auto refused = open_error(dir.path());
  CHECK(refused.code == ec::storage);
  CHECK(refused.text.find("in use by another process") != std::string::npos);
  CHECK(journal::open_read_only(dir.path()).has_value());
}

TEST_CASE("what cannot be stored is refused before anything is written") {
  temp_dir dir;
  open_journal j(dir.path());
  const std::string long_name(256, 'n'), long_topic(65536, 't');
  message_in m;
  CHECK(j.log->append(long_name, std::span(&m, 1)).error().code == ec::invalid);
  m.topic = long_topic;
  CHECK(j.log->append("field", std::span(&m, 1)).error().code == ec::invalid);
  CHECK(*j.log->append("field", {}) == 0);
  CHECK(j.add("fine") == 1);
  CHECK(journal::open_read_only(dir.path()).value()->append(control{}).error().code == ec::invalid);
}
