// The identities of the ledger, one by one: what balances, and what each mismatch says.
#include "actors/observe/ledger.hpp"

#include <doctest/doctest.h>

using namespace sluice;

namespace {

// A service in the middle of its work in which everything adds up.
struct balanced_books {
  store_snapshot snapshot;
  journal_tally journal;
  ledger_names names{{"field"}, {"climate"}, {"board"}};

  balanced_books() {
    source_counters field;
    field.decoded = 90, field.duplicate = 4, field.dead_lettered = 1;
    snapshot.sources = {{"field", field}};
    journal.received = {{"field", 100}};
    journal.pending = {{"field", 5}};
    pipeline_counters climate;
    climate.in = 90, climate.applied = 80, climate.filtered = 5, climate.duplicate = 2, climate.late = 2;
    climate.dead_lettered = 1;
    snapshot.pipelines = {{"climate", climate}};
    sink_counters board;
    board.results = 30, board.delivered = 20, board.dead_lettered = 3;
    snapshot.sinks = {{"board", board}};
    snapshot.sink_pending = {{"board", 7}};
    snapshot.dead_letters = 5;
  }

  ledger books() const { return compute_ledger(snapshot, journal, names); }
  pipeline_counters& climate() { return snapshot.pipelines[0].second; }
};

} // namespace

TEST_CASE("the ledger balances when every identity holds") {
  balanced_books b;
  auto books = b.books();
  CHECK(books.balanced());
  CHECK(books.dead_letters == 5);
  REQUIRE(books.sources.size() == 1);
  CHECK(books.sources[0].received == 100);
  CHECK(books.sources[0].pending == 5);
  CHECK(books.sinks.at(0).pending == 7);
}

TEST_CASE("source: received = decoded + duplicate + dead_lettered + pending") {
  balanced_books b;
  b.journal.pending[0].second = 4;
  auto books = b.books();
  REQUIRE(books.mismatches.size() == 1);
  CHECK(books.mismatches[0].part == "source field");
  CHECK(books.mismatches[0].left == 100);
  CHECK(books.mismatches[0].right == 99);
  CHECK(books.mismatches[0].text ==
        "source field: received 100 is not decoded 90 + duplicate 4 + dead_lettered 1 + "
        "pending 4 = 99 (1 unaccounted for)");
}

TEST_CASE("pipeline: in = applied + filtered + duplicate + late + dead_lettered + pending") {
  balanced_books b;
  b.climate().applied -= 1; // one event dropped inside a shard
  auto books = b.books();
  REQUIRE(books.mismatches.size() == 1);
  CHECK(books.mismatches[0].text ==
        "pipeline climate: in 90 is not applied 79 + filtered 5 + duplicate 2 + late 2 + "
        "dead_lettered 1 + pending 0 = 89 (1 unaccounted for)");
}

TEST_CASE("each term of the pipeline's identity counts once") {
  for (auto term : {&pipeline_counters::applied, &pipeline_counters::filtered, &pipeline_counters::duplicate,
                    &pipeline_counters::late, &pipeline_counters::dead_lettered}) {
    balanced_books b;
    b.climate().*term += 1;
    CHECK_FALSE(b.books().balanced());
    b.climate().in += 1;
    CHECK(b.books().balanced());
  }
}

TEST_CASE("sink: results = delivered + pending + dead_lettered") {
  balanced_books b;
  b.snapshot.sinks[0].second.delivered += 2;
  auto books = b.books();
  REQUIRE(books.mismatches.size() == 1);
  CHECK(books.mismatches[0].text ==
        "sink board: results 30 is not delivered 22 + pending 7 + dead_lettered 3 = 32 (2 too many)");
}

TEST_CASE("what stands outside the identities changes no balance") {
  balanced_books b;
  auto& field = b.snapshot.sources[0].second;
  field.elements_dead_lettered = 9, field.retained_ignored = 9, field.events = 9;
  auto& climate = b.climate();
  climate.late_partial = 9, climate.missing_field = 9, climate.derive_missing = 9,
  climate.value_non_finite = 9;
  climate.revised = 9, climate.replayed = 9, climate.results = 9, climate.devices = 9,
  climate.quarantined = 9;
  b.snapshot.sinks[0].second.value_range = 9;
  CHECK(b.books().balanced());
}

TEST_CASE("a received message without any counter is a mismatch of its source, not nothing") {
  balanced_books b;
  b.snapshot.sources.clear();
  auto books = b.books();
  REQUIRE(books.mismatches.size() == 1);
  CHECK(books.mismatches[0].part == "source field");
}

TEST_CASE("a configured component has a line before its first event, a removed one keeps its line") {
  balanced_books b;
  b.names.sources = {"attic", "field"};
  b.names.sinks = {};
  auto books = b.books();
  REQUIRE(books.sources.size() == 2);
  CHECK(books.sources[0].name == "attic");
  CHECK(books.sources[0].received == 0);
  REQUIRE(books.sinks.size() == 1);
  CHECK(books.sinks[0].name == "board");
  CHECK(books.balanced());
}

TEST_CASE("every mismatch is named, not only the first") {
  balanced_books b;
  b.journal.received[0].second += 1;
  b.climate().in += 1;
  b.snapshot.sinks[0].second.results += 1;
  CHECK(b.books().mismatches.size() == 3);
}

TEST_CASE("the ledger is settled when nothing is pending anywhere") {
  balanced_books b;
  CHECK_FALSE(b.books().settled());
  b.journal.pending.clear();
  CHECK_FALSE(b.books().settled());
  b.snapshot.sink_pending.clear();
  CHECK(b.books().settled());
}
