// JSON messages that hold an array of events, and nested objects.
#include <doctest/doctest.h>

#include "test/ingest/format_fixture.hpp"

using namespace sluice;

namespace {

decode_options readings() {
  decode_options o;
  o.json.each = "$.readings[*]";
  o.json.time = {false, "$.t", time_unit::s};
  o.json.device_path = "$$.station";
  return o;
}

} // namespace

TEST_CASE("each element of the array is an event, with what stands around it") {
  format_fixture f(readings());
  CHECK(f.decode(R"({"readings":[{"t":1,"x":1.5},{"t":2,"x":2,"on":true}],"station":"s1"})") ==
        "0 s1@1000 x=1.5d\n1 s1@2000 x=2 on=true\n");
  CHECK(f.decode(R"({"station":"s2","readings":[]})") == "");
}

TEST_CASE("a bad element of a good array is a dead letter alone") {
  format_fixture f(readings(), {"x"});
  CHECK(
      f.decode(
          R"({"station":"s","readings":[{"t":1,"x":1},{"x":2},17,{"t":1e999},[],{"t":"no"},{"t":4,"x":4}]})") ==
      "0 s@1000 x=1\n6 s@4000 x=4\n"
      "1 time.missing at element 1, $.t: no time in the payload\n"
      "2 json.not_object at element 2, byte 0: object expected, got \"17\"\n"
      "3 json.number at element 3, $.t: number beyond the range of a double (got \"1e999\")\n"
      "4 json.not_object at element 4, byte 0: object expected, got \"[]\"\n"
      "5 time.invalid at element 5, $.t: number or RFC 3339 text in the years 1 to 9999 expected, got "
      "\"no\"\n");
  CHECK(f.elements == std::vector<std::string>{R"({"x":2})", "17", R"({"t":1e999})", "[]", R"({"t":"no"})"});
}

TEST_CASE("what is no JSON at all is one dead letter, whatever its first elements were") {
  for (const std::string payload :
       {R"({"station":"s","readings":[{"t":1},{"t":tru}]})",
        R"({"station":"s","readings":[{"t":1} {"t":2}]})", R"({"station":"s","readings":[{"t":1},{"t":2]})",
        R"({"station":"s","readings":[{"t":1}]} x)", R"({"station":"s","readings":[{"t":1},{"t":2,}]})",
        R"({"station":"s","readings":[{"t":1})"}) {
    format_fixture f(readings(), {"x"});
    CAPTURE(payload);
    CHECK(f.decode(payload).substr(0, 19) == "json.syntax at byte");
    CHECK(f.elements.empty());
  }
}

TEST_CASE("a message without the array is a dead letter") {
  format_fixture f(readings());
  CHECK(f.decode(R"({"station":"s"})") == "json.not_array at $.readings[*]: no array there\n");
  CHECK(f.decode(R"({"station":"s","readings":{"t":1}})") ==
        "json.not_array at $.readings[*]: no array there\n");
  CHECK(f.decode(R"([{"t":1}])").find("json.not_object at byte 0") == 0);
}

TEST_CASE("the payload itself can be the array") {
  decode_options o;
  o.json.each = "$[*]";
  o.json.time = {false, "$.t", time_unit::ms};
  format_fixture f(o);
  CHECK(f.decode(R"( [ {"t":5,"x":"a"} , {"t":6,"x":"b"} ] )") == "0 d-1@5 x=\"a\"\n1 d-1@6 x=\"b\"\n");
  CHECK(f.decode("[]") == "");
  CHECK(f.decode(R"({"t":5})").find("json.not_array at byte 0") == 0);
}

TEST_CASE("device, time, sequence and fields may stand around the array or in the element") {
  auto o = readings();
  o.json.device_path = "$.id";
  o.json.time = {false, "$$.at", time_unit::ms};
  o.json.sequence_path = "$.n";
  o.json.fields = {{"site", "$$.meta.site"}, {"temperature", "$.v.t"}};
  format_fixture f(o);
  CHECK(f.decode(
            R"({"meta":{"site":"a"},"at":9,"readings":[{"id":"p","n":1,"v":{"t":2}},{"id":"q","n":2}]})") ==
        "0 p@9 #1 site=\"a\" temperature=2\n1 q@9 #2 site=\"a\"\n");
}

TEST_CASE("more events than allowed are one dead letter") {
  auto o = readings();
  o.max_events = 2;
  format_fixture f(o);
  CHECK(f.decode(R"({"station":"s","readings":[{"t":1},{"t":2}]})") == "0 s@1000\n1 s@2000\n");
  CHECK(f.decode(R"({"station":"s","readings":[{"t":1},{},{"t":2}]})") ==
        "message.events at : more than 2 events in one message\n");
}

TEST_CASE("values of nested objects are fields named by all their keys") {
  decode_options o;
  o.json.flatten = 3;
  format_fixture f(o);
  CHECK(f.decode(R"({"a":1,"b":{"c":2,"d":{"e":3,"f":{"g":4}}},"h":[{"i":5}]})") ==
        "0 d-1@arrival a=1 b_c=2 b_d_e=3\n");
  format_fixture named(o, {"b_d_e", "x_y"}, false);
  CHECK(named.decode(R"({"b":{"d":{"e":3}},"x_y":1})") == "0 d-1@arrival b_d_e=3 x_y=1\n");
  CHECK(named.decode(R"({"b_d":{"e":4},"x":{"y":2}})") == "0 d-1@arrival b_d_e=4 x_y=2\n");
}

TEST_CASE("one field spelled in two ways is a dead letter") {
  format_fixture f(decode_options{}, {"a_b"}, false);
  CHECK(f.decode(R"({"a":{"b":1},"a_b":2})") == "json.duplicate_key at $.a_b: is the same field as $.a.b\n");
  CHECK(f.decode(R"({"a_b":2})") == "0 d-1@arrival a_b=2\n");
}
