#include "actors/store/verify.hpp"

#include <fstream>

#include "test/store/store_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("verify says what is in a journal, also beside its writer") {
  temp_dir dir;
  CHECK(verify_journal(dir.path()).error().code == ec::invalid);
  auto o = process_options();
  o.journal.segment_bytes = 3000;
  open_journal j(dir.path(), o);
  CHECK(verify_journal(dir.path())->first == 0);
  for (int i = 0; i < 50; ++i) j.add(std::string(100, 'x'));
  REQUIRE(j.log->append(control{}).has_value());
  const auto report = verify_journal(dir.path());
  REQUIRE(report.has_value());
  CHECK(report->damage.empty());
  CHECK(report->notices.empty());
  CHECK(report->messages == 50);
  CHECK(report->controls == 1);
  CHECK(report->first == 1);
  CHECK(report->last == 51);
  CHECK(report->segments.size() == segment_paths(dir.path()).size());
  CHECK(report->bytes == j.log->bytes());
}

TEST_CASE("bytes being written at the end are a torn tail, no damage") {
  temp_dir dir;
  open_journal j(dir.path());
  j.add("a");
  std::ofstream(segment_paths(dir.path()).at(0), std::ios::app | std::ios::binary) << "half";
  const auto report = verify_journal(dir.path());
  REQUIRE(report.has_value());
  CHECK(report->damage.empty());
  CHECK(report->torn_bytes == 4);
  REQUIRE(report->notices.size() == 1);
  CHECK(report->notices[0].find("torn tail of 4 bytes at offset ") != std::string::npos);
  CHECK(report->notices[0].find("(will be cut at next start)") != std::string::npos);
}

TEST_CASE("a short older segment is damage") {
  temp_dir dir;
  auto o = process_options();
  o.journal.segment_bytes = 3000;
  open_journal j(dir.path(), o);
  for (int i = 0; i < 50; ++i) j.add(std::string(100, 'x'));
  const auto path = segment_paths(dir.path()).at(0);
  const auto bytes = slurp(path);
  spill(path, bytes.substr(0, bytes.size() - 10));
  const auto report = verify_journal(dir.path());
  REQUIRE(report.has_value());
  REQUIRE_FALSE(report->damage.empty());
  CHECK(report->damage[0].find(path + ": damaged at offset ") == 0);
}
