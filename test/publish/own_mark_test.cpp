// What a mark in the cluster says to a sink that starts.
#include "actors/publish/kafka/own_mark.hpp"

#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE("an own mark reads back, and what another kind of sink has left is none") {
  const own_mark mark{"17", 42};
  CHECK(mark.text() == "kafka 17 42");
  CHECK(own_mark::parse(mark.text()).id == "17");
  CHECK(own_mark::parse(mark.text()).asked == 42);
  CHECK(own_mark{}.text().empty());
  for (const auto* other : {"", "/var/out.jsonl 17", "kafka 17", "kafka 17 x", "kafka 17 4 2"})
    CHECK(own_mark::parse(other).id.empty());
}

TEST_CASE("what was committed is told apart from what was only asked for") {
  struct row {
    const char* name;
    own_mark ours;
    std::uint64_t acked;
    std::optional<kafka_mark> found;
    std::uint64_t committed;
    bool rolled_back, doubt;
  };
  const own_mark me{"me", 20}, settled{"me", 10};
  const std::vector<row> rows{
      {"a new data directory, a new cluster", {}, 10, std::nullopt, 0, false, false},
      {"a new data directory, marks of another", {}, 10, kafka_mark{99, "other"}, 0, false, false},
      {"killed before the commit", me, 10, kafka_mark{10, "me"}, 0, false, false},
      {"killed before the commit, older mark", me, 10, kafka_mark{5, "me"}, 0, false, false},
      {"killed behind the commit", me, 10, kafka_mark{20, "me"}, 20, false, false},
      {"a smaller transaction was asked for before", me, 10, kafka_mark{15, "me"}, 15, false, false},
      {"an older copy of the data directory", me, 10, kafka_mark{21, "me"}, 0, true, true},
      {"the mark has expired, nothing was open", settled, 10, std::nullopt, 0, false, false},
      {"the mark has expired, one was open", me, 10, std::nullopt, 0, false, true},
      {"another directory since, nothing was open", settled, 10, kafka_mark{99, "other"}, 0, false, false},
      {"another directory since, one was open", me, 10, kafka_mark{12, "other"}, 0, false, true},
  };
  for (const auto& r : rows) {
    CAPTURE(r.name);
    const auto verdict = judge_mark(r.ours, r.acked, r.found);
    CHECK(verdict.committed == r.committed);
    CHECK(verdict.rolled_back == r.rolled_back);
    CHECK(!verdict.doubt.empty() == r.doubt);
  }
}
