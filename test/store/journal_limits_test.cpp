// Full disks, segments, removal.
#include <csignal>

#include <sys/resource.h>

#include "test/store/store_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// Files cannot grow beyond `bytes` while it lives: a full disk for the journal.
class full_disk {
public:
  explicit full_disk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit now = before_;
    now.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~full_disk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

private:
  rlimit before_{};
};

} // namespace

TEST_CASE("a full disk refuses the append, cuts the file back, and appends go on when there is room again") {
  temp_dir dir;
  open_journal j(dir.path());
  j.add("before");
  const auto path = segment_paths(dir.path()).at(0);
  const auto good = slurp(path);
  {
    full_disk full(good.size() + 100); // the write gets as far as that
    const std::string payload(5000, 'p');
    message_in m;
    m.topic = "t", m.payload = payload;
    for (int i = 0; i < 3; ++i) {
      const auto refused = j.log->append("field", std::span(&m, 1));
      REQUIRE_FALSE(refused.has_value());
      CHECK(refused.error().code == ec::storage);
      CHECK(refused.error().text.find(path) != std::string::npos);
      CHECK(slurp(path) == good);
      CHECK(j.log->visible() == 1);
      CHECK(payloads(*j.log) == std::vector<std::string>{"before"});
    }
  }
  CHECK(j.add("after") == 2);
  CHECK(payloads(*j.log) == std::vector<std::string>{"before", "after"});
  CHECK(j.log->received()[0].second == 2);
  CHECK(j.log->tally(0)->pending[0].second == 2);
}

TEST_CASE("a segment that cannot be created refuses the append and nothing is lost") {
  temp_dir dir;
  auto o = process_options();
  o.journal.segment_bytes = 1000;
  open_journal j(dir.path(), o);
  while (segment_paths(dir.path()).size() == 1) j.add(std::string(100, 'a'));
  const auto count = j.log->visible();
  {
    full_disk full(1);
    const std::string payload(950, 'p'); // needs a new segment
    message_in m;
    m.topic = "t", m.payload = payload;
    CHECK(j.log->append("field", std::span(&m, 1)).error().code == ec::storage);
  }
  CHECK(j.add(std::string(950, 'p')) == count + 1);
  CHECK(payloads(*j.log).size() == count + 1);
}

TEST_CASE("a segment goes when all of it is applied, and only then") {
  temp_dir dir;
  auto o = process_options();
  o.journal.segment_bytes = 2000;
  open_journal j(dir.path(), o);
  for (int i = 0; i < 100; ++i) j.add(std::string(100, 'x'));
  const auto files = segment_paths(dir.path());
  REQUIRE(files.size() > 5);
  const auto before = j.log->bytes();
  const auto second = std::stoull(std::filesystem::path(files[1]).stem().string());
  REQUIRE(j.log->truncate(second - 1, j.clock.now_ms()).has_value());
  CHECK(segment_paths(dir.path()) == files);
  REQUIRE(j.log->truncate(second, j.clock.now_ms()).has_value());
  CHECK(segment_paths(dir.path()).size() == files.size() - 1);
  CHECK(j.log->first() == second);
  CHECK(j.log->bytes() < before);
  // a cursor that begins below goes on with the first one kept
  CHECK(payloads(*j.log).size() == 100 - (second - 1));
  REQUIRE(j.log->truncate(1000, j.clock.now_ms()).has_value());
  CHECK(segment_paths(dir.path()).size() == 1); // never the newest
  CHECK(j.add("on") == 101);
}

TEST_CASE("applied segments stay for journal.retain") {
  temp_dir dir;
  auto o = process_options();
  o.journal.segment_bytes = 2000;
  o.journal.retain = std::chrono::minutes(1);
  open_journal j(dir.path(), o);
  for (int i = 0; i < 50; ++i) j.add(std::string(100, 'x'));
  const auto files = segment_paths(dir.path()).size();
  j.clocks.pass(59'000);
  REQUIRE(j.log->truncate(51, j.clock.now_ms()).has_value());
  CHECK(segment_paths(dir.path()).size() == files);
  j.clocks.pass(1'000);
  REQUIRE(j.log->truncate(51, j.clock.now_ms()).has_value());
  CHECK(segment_paths(dir.path()).size() == 1);
}

TEST_CASE("running numbers survive the removal of the segments that held them") {
  temp_dir dir;
  auto o = process_options();
  o.journal.segment_bytes = 2000;
  {
    open_journal j(dir.path(), o);
    j.add("once", "rare");
    for (int i = 0; i < 100; ++i) j.add(std::string(100, 'x'));
    REQUIRE(j.log->truncate(100, j.clock.now_ms()).has_value());
  }
  open_journal j(dir.path(), o);
  CHECK(j.log->received() == std::vector<std::pair<std::string, std::uint64_t>>{{"rare", 1}, {"field", 100}});
}

TEST_CASE("a small quota makes small segments, so that space comes back") {
  temp_dir dir;
  auto o = process_options();
  o.journal.quota_bytes = 2 << 20;
  open_journal j(dir.path(), o);
  for (int i = 0; i < 20; ++i) j.add(std::string(50'000, 'x'));
  CHECK(segment_paths(dir.path()).size() > 5);
}

TEST_CASE("a reader opened beside the service keeps what it saw, also when the service removes it") {
  temp_dir dir;
  auto o = process_options();
  o.journal.segment_bytes = 2000;
  open_journal j(dir.path(), o);
  for (int i = 0; i < 100; ++i) j.add(std::string(100, 'x'));
  const auto reader = journal::open_read_only(dir.path());
  REQUIRE(reader.has_value());
  j.add("unseen");
  REQUIRE(j.log->truncate(100, j.clock.now_ms()).has_value());
  CHECK(payloads(**reader).size() == 100);
}
