// When a source with several connections is up.
#include "actors/ingest/source_links.hpp"

#include <doctest/doctest.h>

#include "test/store/store_fixture.hpp"

using namespace sluice;

TEST_CASE("a source is up while all its connections are") {
  test::temp_dir dir;
  test::open_journal log(dir.path(), test::process_options(), 0);
  source_links links(*log.log, "field", 2);
  const auto notes = [&] {
    std::string all;
    const auto from = log.log->read(1);
    while (from->next().value() == journal::cursor::kind::control)
      all += from->record().name + " " + to_string(from->record().kind) + ";";
    return all;
  };
  links.up();
  CHECK(notes() == "");
  links.up();
  CHECK(notes() == "field source_up;");
  links.down();
  links.down();
  CHECK(notes() == "field source_up;field source_down;");
  links.up();
  links.up();
  CHECK(notes() == "field source_up;field source_down;field source_up;");
}

TEST_CASE("a session record says which connection it is, and a journal of one connection reads as ever") {
  CHECK(session_value(0, false) == 0);
  CHECK(session_value(0, true) == 1);
  for (const bool present : {false, true}) {
    const auto value = session_value(15, present);
    CHECK(connection_of_session(value) == 15);
    CHECK(session_is_present(value) == present);
  }
}
