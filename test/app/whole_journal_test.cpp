// Journals that are run over from their beginning.
#include "app/whole_journal.hpp"

#include <doctest/doctest.h>

#include "test/store/store_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("a journal whose first records are gone is refused") {
  const temp_dir dir;
  auto o = process_options();
  o.journal.segment_bytes = 2000;
  open_journal j(dir.path(), o);
  for (int i = 0; i < 100; ++i) j.add(std::string(100, 'x'));
  CHECK(open_whole_journal(dir.path()).has_value());
  REQUIRE(j.log->truncate(100, j.clock.now_ms()).has_value());
  const auto first = std::to_string(j.log->first());
  REQUIRE(first != "1");
  const auto log = open_whole_journal(dir.path());
  REQUIRE(!log);
  CHECK(log.error().code == ec::storage);
  CHECK(log.error().text == "the journal in " + dir.path() + " does not begin at record 1 (got " + first +
                                ", want 1): older segments were removed; keep them with "
                                "service.journal.retain");
}

TEST_CASE("a journal that is not there is an error, one without records has no results") {
  const temp_dir dir;
  CHECK(!open_whole_journal(dir.path() + "/none"));
  const open_journal j(dir.path());
  auto log = open_whole_journal(dir.path());
  REQUIRE(log);
  unsigned results = 0;
  CHECK(run_whole_journal(**log, {}, dir.path(), {}, [&](result_record&) { ++results; }));
  CHECK(results == 0);
}
