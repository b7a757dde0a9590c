// `to:` with `when:`: conditions see what leaves.
#include "actors/window/result_router.hpp"

#include "window_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;

namespace {

// "" = everybody gets it, "nobody", or the sinks that do not.
std::string routed(std::vector<conditional_sink> conditions, std::string json, bool unconditional = true) {
  auto made = result_router::make(conditions, unconditional);
  REQUIRE_MESSAGE(made, (made ? "" : made.error().text));
  result_record r;
  r.json = std::move(json);
  return made->route(r) ? r.not_to : "nobody";
}

const std::string record =
    R"({"pipeline":"c","device":"room \"1\"","start":0,"end":60000,"revision":0,"values":)"
    R"({"t_mean":21.5,"count":4,"big":9223372036854775807,"huge":1e+300,"on":true,)"
    R"("state":"a\"b\\\u0001\n","a,b":2,"v\"w":3}})";

} // namespace

TEST_CASE("a condition sees the values of the record as they leave") {
  const std::pair<const char*, bool> table[] = {
      {"t_mean > 21", true},
      {"t_mean > 22", false},
      {"count = 4 and t_mean * 2 = 43", true},
      {"big = 9223372036854775807", true},
      {"huge > 1e299", true},
      {"\"on\"", true},
      {"not \"on\"", false},
      {"state like 'a\"b\\\\_\n'", true},
      {"length(state) = 6", true}, // a " b \\ 1 newline
      {"\"a,b\" = 2", true},
      {"\"v\"\"w\" = 3", true},
      {"nobody > 1", false}, // missing is not true
      {"state > 1", false},  // nor is the wrong type
      {"nobody is null", true},
      {"device() = 'room \"1\"'", true},
      {"time() = 59999", true},
      {"hour(time(), 'Europe/Berlin') = 1", true},
  };
  for (const auto& [when, holds] : table) {
    CAPTURE(when);
    CHECK(routed({{"a", when}}, record) == (holds ? "" : "a"));
  }
}

TEST_CASE("each sink has its own condition, and a result for nobody is known "
          "as such") {
  CHECK(routed({{"a", "count > 3"}, {"b", "count > 4"}, {"c", "count > 5"}}, record) == "b,c");
  CHECK(routed({{"a", "count > 4"}, {"b", "count > 5"}}, record) == "a,b");
  CHECK(routed({{"a", "count > 4"}, {"b", "count > 5"}}, record, false) == "nobody");
  CHECK(routed({{"a", "count > 4"}, {"b", "count > 3"}}, record, false) == "a");
  CHECK(routed({}, record) == "");
}

TEST_CASE("a sink that gets transitions only gets no other result") {
  auto made = result_router::make({{"b", "count > 4"}}, true, "pager,log");
  REQUIRE(made);
  result_record r;
  r.json = record;
  CHECK(made->route(r));
  CHECK(r.not_to == "pager,log,b");
  result_record transition; // where it goes is decided by its alarm
  transition.routed = true;
  transition.not_to = "b";
  CHECK(made->route(transition));
  CHECK(transition.not_to == "b");
  auto alone = result_router::make({}, true, "pager");
  REQUIRE(alone);
  result_record plain;
  CHECK(alone->route(plain));
  CHECK(plain.not_to == "pager");
}

TEST_CASE("no record breaks the reader of records") {
  for (std::size_t n = 0; n <= record.size(); ++n)
    routed({{"a", "state like '%' and big > 0"}}, record.substr(0, n));
  CHECK(routed({{"a", "x = 1"}}, R"({"key":{"site":"{\"x\":1}"},"l":[1,{"x":2}],"values":{"x":1}})") == "");
}

TEST_CASE("a result that is routed nowhere does not leave and is counted") {
  auto p = minute_plan();
  p.window = std::nullopt;
  p.conditions = {{"board", "t > 10"}, {"archive", "t > 20"}};
  p.unconditional = false;
  hands h(p);
  for (const double t : {5.0, 15.0, 25.0}) h.at(1000, t);
  auto out = h.results();
  REQUIRE(out.size() == 2);
  CHECK(out[0].not_to == "archive");
  CHECK(out[1].not_to == "");
  CHECK(h.counters().applied == 3);
  CHECK(h.counters().results == 3);
  CHECK(h.counters().unrouted == 1);
}

TEST_CASE("a condition that does not compile is refused by name") {
  const auto made = result_router::make({{"board", "t >"}}, true);
  REQUIRE_FALSE(made);
  CHECK(made.error().text.find("condition of sink board, byte 3: ") == 0);
}
