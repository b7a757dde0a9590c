// The device of an event can be read like a field: counted, compared, put out.
#include "test/window/window_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;

namespace {

std::string first_values(const std::vector<step_options>& steps, const any_fields& more) {
  auto plan = minute_plan();
  plan.steps = steps;
  plan.window->aggregates = {{"device", aggregate_kind::distinct, "devices"},
                             {"device", aggregate_kind::last, "who"}};
  hands h(plan);
  h.event({"d", 1000, more});
  h.event({"d", 2000, more});
  h.event({"d", 200000, more});
  const auto all = h.jsons();
  REQUIRE(all.size() == 1);
  return all[0].substr(all[0].find("\"values\":"));
}

} // namespace

TEST_CASE("an event without a field device has its device as one, with steps and without") {
  const std::string want = R"("values":{"devices":1,"who":"d"}})";
  CHECK(first_values({}, {{"t", 1.0}}) == want);
  CHECK(first_values({filter_options{"f", "t > 0"}}, {{"t", 1.0}}) == want);
}

TEST_CASE("a field device of the payload wins over the device of the event") {
  CHECK(first_values({}, {{"device", std::string("other")}}) == R"("values":{"devices":1,"who":"other"}})");
}
