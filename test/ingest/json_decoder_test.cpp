#include "actors/ingest/decode/json_decoder.hpp"

#include <doctest/doctest.h>

#include "messages/utf8.hpp"
#include "test/ingest/decoder_fixture.hpp"

using namespace sluice;
using result = json_decoder::result;
using namespace std::string_literals;

namespace {

std::string nested(int depth) { // `depth` levels, the top level included
  std::string out = "{\"time\":1,\"x\":";
  for (int i = 1; i < depth; ++i) out += '[';
  for (int i = 1; i < depth; ++i) out += ']';
  return depth == 1 ? "{\"time\":1}" : out + "}";
}

std::string many_keys(int count) {
  std::string out = "{\"time\":1";
  for (int i = 1; i < count; ++i) out += ",\"k" + std::to_string(i) + "\":1";
  return out + "}";
}

} // namespace

TEST_CASE("a payload becomes an event: time, and the fields that are used in slot order") {
  decoder_fixture f(decoder_fixture::timed(), {"humidity", "temperature", "on", "name", "gone"});
  REQUIRE(
      f.decode(
          R"({"time":1423018800000,"temperature":21.5,"humidity":40,"on":true,"name":"a b","other":9})") ==
      result::event);
  CHECK(*f.names.names() == field_names{"humidity", "temperature", "on", "name", "gone"});
  CHECK(f.outcome() == "time 1423018800000, humidity=integer 40, temperature=number 21.500000, on=true, "
                       "name=text a b, gone=missing");
  CHECK(!f.row().time_from_arrival);
  CHECK(!f.row().has_sequence);
}

TEST_CASE("no time configured means arrival in journal time") {
  decoder_fixture f(json_options{}, {"t"});
  REQUIRE(f.decode(R"({"t":1})") == result::event);
  CHECK(f.row().time_ms == 1423018800000);
  CHECK(f.row().time_from_arrival);
}

TEST_CASE("a text time is RFC 3339, a number has its unit") {
  auto o = decoder_fixture::timed();
  o.time.unit = time_unit::s;
  decoder_fixture f(o);
  REQUIRE(f.decode(R"({"time":"2015-02-04T04:00:00.5+01:00"})") == result::event);
  CHECK(f.row().time_ms == 1423018800500);
  REQUIRE(f.decode(R"({"time":"2015-02-04T04:00:00\u002e5\u002b01:00"})") == result::event);
  CHECK(f.row().time_ms == 1423018800500);
  REQUIRE(f.decode(R"({"time":1423018800.001})") == result::event);
  CHECK(f.row().time_ms == 1423018800001);
  REQUIRE(f.decode(R"({"time":1423018800})") == result::event);
  CHECK(f.row().time_ms == 1423018800000);
}

TEST_CASE("bad JSON is a dead letter with reason and byte") {
  struct row {
    std::string payload;
    reason why;
    const char* where;
  };
  const std::string bom = "\xef\xbb\xbf";
  for (const auto& r : {
           row{"", reason::json_syntax, "byte 0"},
           row{"   ", reason::json_syntax, "byte 3"},
           row{"{", reason::json_syntax, "byte 1"},
           row{"}", reason::json_syntax, "byte 0"},
           row{R"({"time":1)", reason::json_syntax, "byte 9"},
           row{R"({"time":1,})", reason::json_syntax, "byte 10"},
           row{R"({"time":1 "x":2})", reason::json_syntax, "byte 10"},
           row{R"({"time" 1})", reason::json_syntax, "byte 8"},
           row{R"({"time"::1})", reason::json_syntax, "byte 8"},
           row{R"({"time":})", reason::json_syntax, "byte 8"},
           row{R"({,"time":1})", reason::json_syntax, "byte 1"},
           row{R"({"time":1,,"x":1})", reason::json_syntax, "byte 10"},
           row{R"({time:1})", reason::json_syntax, "byte 1"},
           row{R"({'time':1})", reason::json_syntax, "byte 1"},
           row{R"({"time":1} x)", reason::json_syntax, "byte 11"},
           row{R"({"time":1}{"time":2})", reason::json_syntax, "byte 10"},
           row{R"({"time":1}})", reason::json_syntax, "byte 10"},
           row{R"({"time":1]})", reason::json_syntax, "byte 9"},
           row{R"({"time":1,"x":[1,2})", reason::json_syntax, "byte 18"},
           row{R"({"time":1,"x":[1,]})", reason::json_syntax, "byte 17"},
           row{R"({"time":1,"x":[1 2]})", reason::json_syntax, "byte 17"},
           row{R"({"time":1,"x":NaN})", reason::json_syntax, "byte 14"},
           row{R"({"time":1,"x":Infinity})", reason::json_syntax, "byte 14"},
           row{R"({"time":1,"x":-Infinity})", reason::json_syntax, "byte 14"},
           row{R"({"time":1,"x":nul})", reason::json_syntax, "byte 14"},
           row{R"({"time":1,"x":nulll})", reason::json_syntax, "byte 18"},
           row{R"({"time":1,"x":True})", reason::json_syntax, "byte 14"},
           row{R"({"time":1,"x":truefalse})", reason::json_syntax, "byte 18"},
           row{R"({"time":01})", reason::json_syntax, "byte 9"},
           row{R"({"time":+1})", reason::json_syntax, "byte 8"},
           row{R"({"time":.5})", reason::json_syntax, "byte 8"},
           row{R"({"time":5.})", reason::json_syntax, "byte 8"},
           row{R"({"time":1,"x":1e})", reason::json_syntax, "byte 14"},
           row{R"({"time":1,"x":0x10})", reason::json_syntax, "byte 15"},
           row{R"({"time":1,"x":"abc})", reason::json_syntax, "byte 14"},
           row{R"({"time":1,"x":"a\qb"})", reason::json_syntax, "byte 17"},
           row{R"({"time":1,"x":"a\u12g4"})", reason::json_syntax, "byte 20"},
           row{R"({"time":1,"x":"\ud800"})", reason::json_utf8, "byte 15"},
           row{R"({"time":1,"x":"\udc00"})", reason::json_utf8, "byte 15"},
           row{R"({"time":1,"x":"\ud800\u0041"})", reason::json_utf8, "byte 15"},
           row{R"({"time":1,"\ud800":1})", reason::json_utf8, "byte 11"},
           row{"{\"time\":1,\"x\":\"a\nb\"}", reason::json_syntax, "byte 16"},
           row{"{\"time\":1,\"x\":\"a\0b\"}"s, reason::json_syntax, "byte 16"},
           row{"{\"time\":1\0}"s, reason::json_syntax, "byte 9"},
           row{"\0\0\0\0"s, reason::json_syntax, "byte 0"},
           row{"{\"time\":1}\0"s, reason::json_syntax, "byte 10"},
           row{bom + R"({"time":1})", reason::json_syntax, "byte 0"},
           row{"{\"time\":1,\"x\":\"\xff\"}", reason::json_utf8, "byte 15"},
           row{"{\"time\":1,\"x\":\"\xc3\"}", reason::json_utf8, "byte 15"},
           row{"{\"time\":1,\"x\":\"\xed\xa0\x80\"}", reason::json_utf8, "byte 15"}, // a surrogate
           row{"{\"time\":1,\"x\":\"\xc0\xaf\"}", reason::json_utf8, "byte 15"},     // overlong
           row{"{\"time\":1,\"x\":\"\xf4\x90\x80\x80\"}", reason::json_utf8, "byte 15"},
           row{"{\"time\":1,\"\xe2\x82\":1}", reason::json_utf8, "byte 11"},
           row{"\x01\xfe\x80 binary", reason::json_utf8, "byte 1"},
           row{R"({"time":1,"x":1e999})", reason::json_number, "$.x"},
           row{R"({"time":1,"x":-1e999})", reason::json_number, "$.x"},
           row{R"({"time":1e999})", reason::json_number, "$.time"},
           row{R"({"time":1,"odd name":1e999})", reason::json_number, "$[\"odd name\"]"},
           row{R"({"time":1,"x":[0,1e999]})", reason::json_number, "byte 17"},
           row{R"({"time":1,"x":{"y":1e400}})", reason::json_number, "byte 19"},
           row{R"([{"time":1}])", reason::json_not_object, "byte 0"},
           row{R"( 21.5)", reason::json_not_object, "byte 1"},
           row{R"("text")", reason::json_not_object, "byte 0"},
           row{"null", reason::json_not_object, "byte 0"},
           row{"true", reason::json_not_object, "byte 0"},
           row{"NaN", reason::json_syntax, "byte 0"},
           row{"1e999", reason::json_number, "byte 0"},
           row{std::string(500'000, '['), reason::json_depth, "byte 32"},
           row{std::string(500'000, '{'), reason::json_syntax, "byte 1"},
           row{"{\"x\":" + std::string(500'000, '['), reason::json_depth, "byte 36"},
           row{nested(33), reason::json_depth, "byte 45"},
           row{many_keys(1001), reason::json_keys, "byte 8893"},
           row{"{\"" + std::string(300'000, 'k') + "\"", reason::json_syntax, "byte 300003"},
       }) {
    decoder_fixture f(decoder_fixture::timed(), {"x"});
    CAPTURE(r.payload.substr(0, 80));
    REQUIRE(f.decode(r.payload) == result::failed);
    CAPTURE(f.outcome());
    CHECK(to_string(f.why.why) == std::string(to_string(r.why)));
    CHECK(f.why.where == r.where);
    CHECK(!f.why.detail.empty());
    CHECK(!invalid_utf8(f.why.detail));
    // A decoder that knows the shape of its payloads says the same, and its neighbours are unaffected.
    REQUIRE(f.decode(R"({"time":1,"x":2})") == result::event);
    const auto cold = f.outcome();
    REQUIRE(f.decode(r.payload) == result::failed);
    CHECK(to_string(f.why.why) == std::string(to_string(r.why)));
    CHECK(f.why.where == r.where);
    REQUIRE(f.decode(R"({"time":1,"x":2})") == result::event);
    CHECK(f.outcome() == cold);
  }
}

TEST_CASE("what is within the limits is accepted") {
  for (const auto& payload : {nested(32), many_keys(1000),
                              "{\"time\":1,\"x\":\"\\u0000 \\ud83d\\ude00 \\\\ \\/ \xf0\x9f\x98\x80\"}"s,
                              " \n\t\r{ \"time\" : 1 , \"x\" : [ ] , \"y\" : { } } \n"s,
                              "{\"time\":1,\"" + std::string(100'000, 'k') + "\":1}",
                              "{\"time\":1,\"x\":\"" + std::string(200'000, 'v') + "\"}",
                              "{\"time\":1,\"x\":1e-999,\"y\":-0,\"z\":-0.0}"s, "{\"time\":1,\"\":2}"s}) {
    decoder_fixture f(decoder_fixture::timed(), {"x"});
    CAPTURE(payload.substr(0, 80));
    f.decode(payload);
    CAPTURE(f.outcome().substr(0, 200));
    CHECK(f.last == result::event);
  }
}

TEST_CASE("integers and doubles stay apart, at their limits too") {
  decoder_fixture f(decoder_fixture::timed(), {"x"});
  struct row {
    const char *number, *want;
  };
  for (const auto& r : {row{"1", "integer 1"}, row{"1.0", "number 1.000000"}, row{"1e0", "number 1.000000"},
                        row{"-0", "integer 0"}, row{"9223372036854775807", "integer 9223372036854775807"},
                        row{"-9223372036854775808", "integer -9223372036854775808"},
                        row{"9223372036854775808", "number 9223372036854775808.000000"},
                        row{"-0.0", "number -0.000000"}, row{"null", "missing"}}) {
    CAPTURE(r.number);
    const auto payload = "{\"time\":1,\"x\":" + std::string(r.number) + "}";
    for (int round = 0; round < 2; ++round) { // the full way, then the quick way
      REQUIRE(f.decode(payload) == result::event);
      CHECK(f.field("x") == r.want);
    }
    REQUIRE(f.decode("{\"q\":[],\"time\":1,\"x\":" + std::string(r.number) + " }") == result::event);
    CHECK(f.field("x") == r.want);
  }
}

TEST_CASE("keys with escapes are the keys they mean") {
  decoder_fixture f(decoder_fixture::timed(), {"temperature", "a\"b"});
  REQUIRE(f.decode(R"({"ti\u006de":5,"\u0074emperature":1,"a\"b":2})") == result::event);
  CHECK(f.outcome() == "time 5, temperature=integer 1, a\"b=integer 2");
  REQUIRE(f.decode(R"({"time":6,"temperature":3,"a\"b":4})") == result::event);
  CHECK(f.outcome() == "time 6, temperature=integer 3, a\"b=integer 4");
  CHECK(f.decode(R"({"time":6,"t\u0069me":7})") == result::failed);
  CHECK(f.why.why == reason::json_duplicate_key);
}

TEST_CASE("a key that is used stands once in its object") {
  decoder_fixture f(decoder_fixture::timed(), {"x"});
  CHECK(f.decode(R"({"time":1,"x":1,"x":1})") == result::failed);
  CHECK(f.outcome() == "json.duplicate_key at $.x: this key stands twice in one object");
  CHECK(f.decode(R"({"time":1,"time":1,"x":1})") == result::failed);
  CHECK(f.why.where == "$.time");
  CHECK(f.decode(R"({"time":1,"x":1,"unused":1,"unused":2,"y":{"x":1}})") == result::event);
  CHECK(f.decode(R"({"time":1,"x":1,"x":1)") == result::failed); // and what is not JSON at all is said first
  CHECK(f.why.why == reason::json_syntax);
}

TEST_CASE("time that is missing or none is a dead letter that names its path") {
  decoder_fixture f(decoder_fixture::timed(), {"x"});
  struct row {
    const char *payload, *outcome;
  };
  for (const auto& r :
       {row{"{}", "time.missing at $.time: no time in the payload"},
        row{R"({"x":1})", "time.missing at $.time: no time in the payload"},
        row{R"({"time":null})", "time.missing at $.time: no time in the payload"},
        row{R"({"time":true})",
            "time.invalid at $.time: number or RFC 3339 text in the years 1 to 9999 expected, got true"},
        row{R"({"time":"1423018800000"})", "time.invalid at $.time: number or RFC 3339 text in the years 1 "
                                           "to 9999 expected, got \"1423018800000\""},
        row{R"({"time":{"ms":1}})", "time.invalid at $.time: number or RFC 3339 text in the years 1 to 9999 "
                                    "expected, got an object or array"},
        row{R"({"time":9223372036854775807})", "time.invalid at $.time: number or RFC 3339 text in the years "
                                               "1 to 9999 expected, got 9223372036854775807"},
        row{R"({"time":1e300})",
            "time.invalid at $.time: number or RFC 3339 text in the years 1 to 9999 expected, got 1e+300"}}) {
    for (int round = 0; round < 2; ++round) {
      CHECK(f.decode(r.payload) == result::failed);
      CHECK(f.outcome() == r.outcome);
    }
  }
}

TEST_CASE("sequence is an integer from 0 to 2^63-1") {
  auto o = decoder_fixture::timed();
  o.sequence_path = "$.seq";
  decoder_fixture f(o);
  struct row {
    const char* value;
    const char* outcome;
  };
  for (const auto& r :
       {row{"0", "time 1 seq 0"}, row{"9223372036854775807", "time 1 seq 9223372036854775807"},
        row{"9223372036854775808", "sequence.invalid"}, row{"-1", "sequence.invalid"},
        row{"1.0", "sequence.invalid"}, row{"\"1\"", "sequence.invalid"}, row{"[1]", "sequence.invalid"},
        row{"true", "sequence.invalid"}, row{"null", "sequence.missing at $.seq"}}) {
    CAPTURE(r.value);
    f.decode("{\"time\":1,\"seq\":" + std::string(r.value) + "}");
    CHECK(f.outcome().substr(0, std::string(r.outcome).size()) == r.outcome);
  }
  f.decode(R"({"time":1})");
  CHECK(f.outcome() == "sequence.missing at $.seq: no sequence number in the payload");
}

TEST_CASE("a device in the payload is text or an integer of the allowed bytes") {
  auto o = decoder_fixture::timed();
  o.device_path = "$.meta.id";
  decoder_fixture f(o);
  struct row {
    std::string value;
    const char* outcome;
  };
  for (const auto& r :
       {row{"\"room-1\"", "time 1 device room-1"}, row{"17", "time 1 device 17"},
        row{"\"a.B_c:9\"", "time 1 device a.B_c:9"},
        row{"\"" + std::string(128, 'd') + "\"", "time 1 device ddd"},
        row{"\"" + std::string(129, 'd') + "\"", "device.invalid at $.meta.id"},
        row{"\"\"", "device.invalid at $.meta.id"},
        row{"\"a b\"", "device.invalid at $.meta.id: 1 to 128 of A-Z a-z 0-9 . _ : - expected, got \"a b\""},
        row{"\"a/b\"", "device.invalid"}, row{"\"\\u0000\"", "device.invalid"},
        row{"\"größe\"", "device.invalid"},
        row{"1.5", "device.invalid at $.meta.id: text or integer expected, got 1.5"},
        row{"{}", "device.invalid"}, row{"null", "device.missing at $.meta.id"}}) {
    CAPTURE(r.value);
    f.decode("{\"time\":1,\"meta\":{\"id\":" + r.value + "}}");
    CHECK(f.outcome().substr(0, std::string(r.outcome).size()) == r.outcome);
  }
  f.decode(R"({"time":1,"id":"x"})");
  CHECK(f.outcome() == "device.missing at $.meta.id: no device in the payload");
  f.decode(R"({"time":1,"meta":"x"})");
  CHECK(f.why.why == reason::device_missing);
}

TEST_CASE("an explicit field map takes what it names, wherever it stands") {
  auto o = decoder_fixture::timed();
  o.fields = {
      {"temperature", "$.env.t"}, {"co2", "$[\"odd name\"]"}, {"raw", "$.env.t"}, {"spare", "$.spare"}};
  decoder_fixture f(o, {"temperature", "co2", "raw"});
  REQUIRE(
      f.decode(R"({"time":1,"env":{"t":21.5,"u":[1,{"t":9}]},"odd name":400,"temperature":99,"spare":{}})") ==
      result::event);
  CHECK(f.outcome() == "time 1, temperature=number 21.500000, co2=integer 400, raw=number 21.500000");
  REQUIRE(f.decode(R"({"time":1})") == result::event);
  CHECK(f.outcome() == "time 1, temperature=missing, co2=missing, raw=missing");
  REQUIRE(f.decode(R"({"time":1,"env":5,"odd name":null})") == result::event);
  CHECK(f.outcome() == "time 1, temperature=missing, co2=missing, raw=missing");
  CHECK(f.decode(R"({"time":1,"env":{"t":{}}})") == result::failed);
  CHECK(f.outcome() == "field.type at $.env.t: number, boolean or text expected, got an object or array");
  CHECK(f.decode(R"({"time":1,"env":{"t":1,"t":2}})") == result::failed);
  CHECK(f.why.where == "$.env.t");
  CHECK(f.decode(R"({"time":1,"env":{"t":1},"env":{"t":2}})") == result::failed);
  CHECK(f.why.where == "$.env");
}

TEST_CASE("without a map a used name that holds an object is missing") {
  decoder_fixture f(decoder_fixture::timed(), {"x"});
  REQUIRE(f.decode(R"({"time":1,"x":{"y":1}})") == result::event);
  CHECK(f.field("x") == "missing");
}

TEST_CASE("with all_fields every number, boolean and string of the top level is a field") {
  auto o = decoder_fixture::timed();
  o.flatten = 1;
  o.sequence_path = "$.seq";
  decoder_fixture f(o, {"humidity"}, true);
  REQUIRE(f.decode(R"({"time":1,"seq":2,"b":1.5,"a":"x","n":null,"o":{"p":1},"l":[1],"on":false})") ==
          result::event);
  CHECK(f.outcome() == "time 1 seq 2, humidity=missing, b=number 1.500000, a=text x, on=false");
  // A key that held null before is a field as soon as it holds a value, with the same keys in the same
  // places.
  for (const char* payload :
       {R"({"time":1,"seq":2,"n":null,"late":null})", R"({"time":1,"seq":2,"n":null,"late":7})"})
    REQUIRE(f.decode(payload) == result::event);
  CHECK(f.field("late") == "integer 7");
  CHECK(f.field("n") == "no such field"); // never had a value
  CHECK(f.field("b") == "missing");
}

TEST_CASE("time, sequence and device are fields too where a step names them") {
  auto o = decoder_fixture::timed();
  o.sequence_path = "$.seq", o.device_path = "$.id";
  decoder_fixture f(o, {"seq", "time", "id"}, true);
  REQUIRE(f.decode(R"({"time":1,"seq":2,"id":"d"})") == result::event);
  CHECK(f.outcome() == "time 1 seq 2 device d, seq=integer 2, time=integer 1, id=text d");
}

TEST_CASE("at most 1000 names are taken from payloads of a source") {
  decoder_fixture f(json_options{}, {"used"}, true);
  f.names.end_of_fixed();
  for (int part = 0; part < 10; ++part) {
    std::string payload = "{";
    for (int i = 0; i < 100; ++i)
      payload += (i ? ",\"f" : "\"f") + std::to_string(part * 100 + i) + "\":" + std::to_string(i);
    REQUIRE(f.decode(payload + "}") == result::event);
  }
  CHECK(f.names.size() == 1001);
  CHECK(f.decode(R"({"f0":1,"one more":1})") == result::failed);
  CHECK(f.outcome() == "json.keys at $[\"one more\"]: more than 1000 field names in this source");
  CHECK(f.decode(R"({"f0":1,"used":2})") == result::event);
  CHECK(f.field("used") == "integer 2");
}

TEST_CASE("found names keep their slots over a restart") {
  decoder_fixture f(json_options{}, {"u"}, true);
  f.names.end_of_fixed();
  f.decode(R"({"b":1,"a":2,"we\u0000ird":3})");
  decoder_fixture again(json_options{}, {"u"}, true);
  again.names.end_of_fixed();
  REQUIRE(again.names.load(f.names.save(),
                           [&](std::string_view n, std::uint32_t s) { again.decoder.know(n, s); }));
  CHECK(*again.names.names() == *f.names.names());
  again.decode(R"({"a":2,"b":1})");
  CHECK(again.outcome() ==
        "time 1423018800000, u=missing, b=integer 1, a=integer 2, we"s + '\0' + "ird=missing");
  CHECK(!again.names.load("123", [](std::string_view, std::uint32_t) {}));
}

TEST_CASE("a path that does not parse is refused when the decoder is made") {
  field_table names;
  auto o = decoder_fixture::timed();
  o.time.path = "time";
  const auto made = json_decoder::make(o, {}, false, names);
  REQUIRE(!made);
  CHECK(made.error().text == "time: a path begins with $, as in $.temperature (at character 1)");
}
