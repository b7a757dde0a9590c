// Limits of JSON payloads that the configuration sets.
#include "test/ingest/format_fixture.hpp"

using namespace sluice;

TEST_CASE("max_depth says how deep a payload may be nested") {
  decode_options o;
  o.json.max_depth = 3;
  format_fixture f(o);
  CHECK(f.decode(R"({"a":{"b":{"c":1}}})") == "0 d-1@arrival a_b_c=1\n");
  CHECK(f.decode(R"({"a":{"b":{"c":{}}}})") == "json.depth at byte 15: nested deeper than 3\n");
}

TEST_CASE("max_keys says how many keys an event may have") {
  decode_options o;
  o.json.max_keys = 2;
  format_fixture f(o);
  CHECK(f.decode(R"({"a":1,"b":2})") == "0 d-1@arrival a=1 b=2\n");
  CHECK(f.decode(R"({"a":1,"b":2,"c":3})") == "json.keys at byte 13: more than 2 keys\n");
  o.json.each = "$[*]";
  format_fixture elements(o);
  CHECK(
      elements.decode(R"([{"a":1,"b":2},{"a":3,"b":4},{"a":5,"b":6,"c":7}])") ==
      "0 d-1@arrival a=1 b=2\n1 d-1@arrival a=3 b=4\n2 json.keys at element 2, byte 13: more than 2 keys\n");
}
