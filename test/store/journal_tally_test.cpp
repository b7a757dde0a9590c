// The ledger's pending is counted from stored batches, never by subtraction.
#include "test/store/store_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

using numbers = std::vector<std::pair<std::string, std::uint64_t>>;

// Counts by reading every record: the slow truth.
numbers read_counts(journal& log, std::uint64_t after) {
  auto out = log.received();
  for (auto& [name, n] : out) n = 0;
  const auto at = log.read(after + 1);
  while (true) {
    const auto got = at->next();
    REQUIRE(got.has_value());
    if (*got == journal::cursor::kind::none) return out;
    if (*got != journal::cursor::kind::message) continue;
    for (auto& [name, n] : out)
      if (name == at->source()) ++n;
  }
}

} // namespace

TEST_CASE("pending is what lies above the applied position, wherever that is") {
  temp_dir dir;
  auto o = process_options();
  o.journal.segment_bytes = 3 << 20;
  std::uint64_t head = 0;
  for (int start = 0; start < 2; ++start) { // the second time all of it comes from disk
    open_journal j(dir.path(), o);
    if (start == 0)
      for (int i = 0; i < 2500; ++i) {
        if (i % 7 == 0)
          head = j.add_many(5, std::string(900, 'a'), i % 2 ? "field" : "yard");
        else
          head = j.add(std::string(1500, 'b'), i % 3 ? "field" : "yard");
        if (i % 50 == 0) head = *j.log->append(control{});
      }
    for (const auto after :
         {std::uint64_t{0}, std::uint64_t{1}, head / 3, head / 3 + 1, head / 2, head - 3, head - 1, head})
      CHECK(j.log->count_after(after) == read_counts(*j.log, after));
    CHECK(j.log->count_after(head / 4) == read_counts(*j.log, head / 4)); // and back again
    const auto all = j.log->tally(head / 2);
    REQUIRE(all.has_value());
    CHECK(all->visible == j.log->visible());
    CHECK(all->received == j.log->received());
    j.add("one more");
    head = j.log->visible();
    CHECK(j.log->count_after(head - 1)[j.log->received()[0].first == "field" ? 0 : 1].second == 1);
    CHECK(j.log->count_after(head / 2) == read_counts(*j.log, head / 2));
  }
}

TEST_CASE("pending does not follow from received minus applied: a batch taken out of the file is missed") {
  temp_dir dir;
  {
    open_journal j(dir.path());
    for (int i = 0; i < 10; ++i) j.add("m");
  }
  const auto path = segment_paths(dir.path()).at(0);
  auto bytes = slurp(path);
  bytes[bytes.size() / 2] ^= 1;
  const auto log = journal::open_read_only(dir.path());
  REQUIRE(log.has_value()); // the head was found before the damage
  spill(path, bytes);
  CHECK_FALSE((*log)->tally(0).has_value());
}
