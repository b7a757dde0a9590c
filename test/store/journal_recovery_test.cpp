// Semantics section 5: torn tail cut, bad bytes with good records after them refused, sequence numbers never
// used again.
#include <algorithm>

#include "actors/store/verify.hpp"
#include "test/store/store_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

std::vector<std::string> texts(int count) {
  std::vector<std::string> out;
  for (int i = 0; i < count; ++i) out.push_back("payload " + std::to_string(i));
  return out;
}

// Leaves the side file as a killed process leaves it: from the beginning.
struct killed_journal {
  temp_dir dir;
  std::string path, bytes, acked;
  explicit killed_journal(int count) {
    {
      open_journal j(dir.path());
      acked = slurp(dir.path() + "/journal/acked");
      for (const auto& t : texts(count)) j.add(t);
    }
    forget_acked();
    path = segment_paths(dir.path()).at(0);
    bytes = slurp(path);
  }
  void forget_acked() { spill(dir.path() + "/journal/acked", acked); }
};

} // namespace

TEST_CASE("a torn tail is cut at every byte of the last batch, and its number was never seen") {
  killed_journal k(4);
  const auto last = k.bytes.size() - (48 + 5 + 16 + 3 + 9); // header, name, topic, payload
  for (auto cut = last; cut < k.bytes.size(); ++cut) {
    spill(k.path, k.bytes.substr(0, cut));
    k.forget_acked();
    open_journal j(k.dir.path());
    CHECK(j.log->visible() == 3);
    CHECK(j.log->notices().size() == (cut == last ? 0u : 1u));
    CHECK(j.add("new") == 4);
    CHECK(payloads(*j.log) == std::vector<std::string>{"payload 0", "payload 1", "payload 2", "new"});
  }
}

TEST_CASE("zeros or garbage after the last batch are a torn tail") {
  killed_journal k(3);
  for (const auto& tail : {std::string(5000, '\0'), std::string(300, 'x'), k.bytes.substr(0, 100)}) {
    spill(k.path, k.bytes + tail);
    open_journal j(k.dir.path());
    CHECK(j.log->visible() == 3);
    REQUIRE(j.log->notices().size() == 1);
    CHECK(j.log->notices()[0].find("torn tail of " + std::to_string(tail.size()) + " bytes") !=
          std::string::npos);
    CHECK(slurp(k.path) == k.bytes);
  }
}

TEST_CASE("bad bytes with good records after them are refused with file and offset") {
  killed_journal k(5);
  auto bytes = k.bytes;
  bytes[bytes.size() / 2] ^= 0x20;
  spill(k.path, bytes);
  for (auto level : {config::durability::kind::power, config::durability::kind::process}) {
    auto o = process_options();
    o.keep.level = level;
    const auto refused = open_error(k.dir.path(), o);
    CHECK(refused.code == ec::corrupt);
    CHECK(refused.text.find(k.path + ": damaged at offset ") != std::string::npos);
    CHECK(refused.text.find("good records follow at offset ") != std::string::npos);
  }
  CHECK(slurp(k.path) == bytes); // nothing was cut
}

TEST_CASE("a hole left by a power cut is cut without durability power and refused with it") {
  temp_dir dir;
  std::string acked;
  {
    open_journal j(dir.path());
    acked = slurp(dir.path() + "/journal/acked");
    for (int i = 0; i < 400; ++i) j.add(std::string(100, 'p'));
  }
  spill(dir.path() + "/journal/acked", acked);
  const auto path = segment_paths(dir.path()).at(0);
  auto bytes = slurp(path);
  std::fill(bytes.begin() + 8192, bytes.begin() + 16384, '\0');
  spill(path, bytes);
  auto o = process_options();
  o.keep.level = config::durability::kind::power;
  CHECK(open_error(dir.path(), o).code == ec::corrupt);
  open_journal j(dir.path());
  CHECK(j.log->visible() < 100);
  CHECK(j.log->notices().size() == 2); // the cut, and the numbers left out
  CHECK(j.add("after") > 400);
  const auto all = payloads(*j.log);
  CHECK(all.size() == j.log->received()[0].second);
  CHECK(all.back() == "after");
}

TEST_CASE("every flipped byte is detected or changes nothing") {
  temp_dir dir;
  auto o = process_options();
  o.journal.segment_bytes = 1500;
  {
    open_journal j(dir.path(), o);
    for (const auto& t : texts(30)) j.add(t);
  }
  const auto files = segment_paths(dir.path());
  REQUIRE(files.size() >= 2);
  int detected = 0;
  for (const auto& path : files) {
    const auto good = slurp(path);
    for (std::size_t i = 0; i < good.size(); ++i) {
      auto bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << i % 8));
      spill(path, bad);
      const auto report = verify_journal(dir.path());
      REQUIRE(report.has_value());
      REQUIRE_FALSE(report->damage.empty());
      hand_clock clocks;
      journal_clock clock(clocks);
      auto opened = journal::open(dir.path(), o, clock, 0);
      if (!opened) {
        CHECK(opened.error().code == ec::corrupt);
        ++detected;
        spill(path, good);
        continue;
      }
      // An older segment: found when it is read.
      std::string text;
      const auto read = payloads(**opened, 1, &text);
      CHECK_FALSE(text.empty());
      CHECK(read.size() < 30);
      ++detected;
      spill(path, good);
    }
  }
  CHECK(detected > 2000);
  open_journal j(dir.path(), o);
  CHECK(payloads(*j.log) == texts(30));
}

TEST_CASE("a flipped byte in the side file is detected or changes nothing") {
  temp_dir dir;
  { open_journal(dir.path()).add("a"); }
  const auto path = dir.path() + "/journal/acked";
  const auto good = slurp(path);
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] ^= 1;
    spill(path, bad);
    hand_clock clocks;
    journal_clock clock(clocks);
    CHECK(journal::open(dir.path(), process_options(), clock, 0).has_value()); // the other copy is there
  }
  spill(path, std::string(good.size(), 'x'));
  CHECK(open_error(dir.path()).code == ec::corrupt);
}

TEST_CASE("a head below the last acknowledged sequence is refused") {
  temp_dir dir;
  {
    open_journal j(dir.path()); // a clean end notes what was acknowledged
    for (const auto& t : texts(3)) j.add(t);
  }
  const auto path = segment_paths(dir.path()).at(0);
  const auto bytes = slurp(path);
  spill(path, bytes.substr(0, bytes.size() - 1));
  const auto refused = open_error(dir.path());
  CHECK(refused.code == ec::corrupt);
  CHECK(refused.text.find("ends with sequence 2") != std::string::npos);
  CHECK(refused.text.find("3 was acknowledged") != std::string::npos);
  std::filesystem::remove(path);
  CHECK(open_error(dir.path()).code == ec::corrupt);
  CHECK_FALSE(verify_journal(dir.path())->damage.empty());
}

TEST_CASE("numbers that the state has used are left out and never given again") {
  temp_dir dir;
  {
    open_journal j(dir.path());
    for (const auto& t : texts(3)) j.add(t);
  }
  for (int round = 0; round < 2; ++round) { // also when nothing is appended after the first start
    open_journal j(dir.path(), process_options(), 10);
    CHECK(j.log->visible() == 3);
    CHECK(j.log->notices().size() == (round == 0 ? 1u : 0u));
  }
  {
    open_journal j(dir.path(), process_options(), 10);
    CHECK(j.log->tally(10)->pending[0].second == 0);
    CHECK(j.add("after") == 11);
    CHECK(payloads(*j.log).size() == 4);
    CHECK(payloads(*j.log, 11) == std::vector<std::string>{"after"});
    CHECK(j.log->tally(10)->pending[0].second == 1);
    CHECK(j.log->received()[0].second == 4);
    j.log->raise_received("field", 11);
    CHECK(j.add("numbered") == 12);
    CHECK(j.log->received()[0].second == 12);
  }
  open_journal j(dir.path(), process_options(), 12);
  CHECK(j.log->notices().empty());
  CHECK(payloads(*j.log).size() == 5);
  CHECK(verify_journal(dir.path())->damage.empty());
  CHECK(verify_journal(dir.path())->notices.size() == 1);
}

TEST_CASE("a state without its journal goes on above its own position") {
  temp_dir dir;
  open_journal j(dir.path(), process_options(), 500);
  CHECK(j.log->first() == 0);
  CHECK(j.add("a") == 501);
  CHECK(j.log->first() == 501);
  CHECK(payloads(*j.log) == std::vector<std::string>{"a"});
}

TEST_CASE("a missing segment in the middle is refused by whoever reads over it") {
  temp_dir dir;
  auto o = process_options();
  o.journal.segment_bytes = 1000;
  open_journal j(dir.path(), o);
  for (const auto& t : texts(60)) j.add(t);
  const auto files = segment_paths(dir.path());
  REQUIRE(files.size() > 3);
  std::filesystem::remove(files[1]);
  auto log = journal::open_read_only(dir.path());
  REQUIRE(log.has_value());
  std::string text;
  payloads(**log, 1, &text);
  CHECK(text.find("continues from sequence") != std::string::npos);
  CHECK_FALSE(verify_journal(dir.path())->damage.empty());
}

TEST_CASE("journal time goes on from the last time found, also when the wall clock went back") {
  temp_dir dir;
  {
    open_journal j(dir.path());
    j.clocks.pass(60'000);
    j.add("a");
  }
  open_journal j(dir.path()); // its clock begins a minute earlier
  j.clocks.pass(10);
  j.add("b");
  const auto at = j.log->read(2);
  REQUIRE(at->next().has_value());
  CHECK(at->message().received_ms == 1'700'000'060'010);
}

TEST_CASE("a half created segment file is ignored and removed") {
  temp_dir dir;
  { open_journal(dir.path()).add("a"); }
  const auto left = dir.path() + "/journal/00000000000000000002.seg.tmp";
  spill(left, "SLU");
  open_journal j(dir.path());
  CHECK_FALSE(std::filesystem::exists(left));
  CHECK(payloads(*j.log).size() == 1);
}

TEST_CASE("a payload that holds a journal does not make a torn tail look like damage") {
  killed_journal other(2);
  killed_journal k(2);
  {
    open_journal j(k.dir.path());
    j.add(other.bytes + k.bytes.substr(0, 72) + other.bytes);
  }
  const auto path = segment_paths(k.dir.path()).at(0);
  const auto bytes = slurp(path);
  k.forget_acked();
  spill(path, bytes.substr(0, bytes.size() - 3));
  open_journal j(k.dir.path());
  CHECK(j.log->visible() == 2);
}
