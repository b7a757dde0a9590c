#include "app/verbs/bar_text.hpp"

#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE("a bar is as full as the share, never beyond its ends") {
  CHECK(bar_text(0) == "[                              ]");
  CHECK(bar_text(0.5) == "[###############               ]");
  CHECK(bar_text(1) == "[##############################]");
  CHECK(bar_text(-0.1) == bar_text(0));
  CHECK(bar_text(1.2) == bar_text(1));
}
