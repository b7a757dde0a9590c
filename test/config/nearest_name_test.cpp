#include <doctest/doctest.h>

#include "config/nearest_name.hpp"

using namespace sluice::config;

TEST_CASE("a typing error is told from another word") {
  const std::vector<std::string> known{"tumbling", "watermark_delay", "idle", "late"};
  CHECK(nearest_name("tumblin", known) == "tumbling");
  CHECK(nearest_name("Tumbling", known) == "tumbling");
  CHECK(nearest_name("watermark-delay", known) == "watermark_delay");
  CHECK(nearest_name("watremark_delay", known) == "watermark_delay");
  CHECK(nearest_name("lat", known) == "late");
  CHECK(nearest_name("hopping", known) == "");
  CHECK(nearest_name("x", {"y"}) == "");
  CHECK(nearest_name(std::string(100000, 'x'), known) == "");
}

TEST_CASE("neighbours swapped are one edit") {
  CHECK(edit_distance("filed", "field") == 1);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "abc") == 0);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("names in messages are a list or none") {
  CHECK(list_of_names({}) == "none");
  CHECK(list_of_names({"a", "b"}) == "a, b");
  CHECK(did_you_mean("feild", {"field"}) == ", did you mean \"field\"?");
  CHECK(did_you_mean("zzz", {"field"}) == "");
}
