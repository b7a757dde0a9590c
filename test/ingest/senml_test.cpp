// SenML packs (RFC 8428) and the object form before it.
#include <cstdlib>
#include <fstream>

#include <doctest/doctest.h>

#include "test/ingest/format_fixture.hpp"

using namespace sluice;

namespace {

using device_from = senml_options::device_from;

decode_options senml(device_from from = device_from::topic) {
  decode_options o;
  o.kind = decode_options::format::senml;
  o.senml.device = from;
  return o;
}

} // namespace

TEST_CASE("a pack is resolved: base name, time, unit, value and sum") {
  format_fixture f(senml(device_from::base_name));
  CHECK(f.decode(R"([{"bn":"urn:dev:ow:1:","bt":1423018800,"bu":"A","bver":5,"n":"voltage","u":"V","v":120.1},
                     {"n":"current","t":-5,"v":1.2},{"n":"current","t":-4,"v":1.3},{"n":"energy","s":5,"t":-4}])") ==
        "0 urn:dev:ow:1@1423018800000 voltage=120.1d\n"
        "1 urn:dev:ow:1@1423018795000 current=1.2d\n"
        "2 urn:dev:ow:1@1423018796000 current=1.3d energy_sum=5\n");
  CHECK(
      f.decode(
          R"([{"bn":"d/","bt":1423018800,"bv":20,"bs":100,"n":"t","v":1},{"n":"u","v":1.5},{"n":"w","v":1,"s":2}])") ==
      "0 d@1423018800000 t=21 u=21.5d w=21 w_sum=102\n");
}

TEST_CASE("records of one device and one time are one event, whatever stands between them") {
  format_fixture f(senml(device_from::base_name));
  CHECK(
      f.decode(
          R"([{"bn":"a:","bt":1423018800,"n":"t","v":1},{"bn":"b:","n":"t","v":2},{"bn":"a:","n":"h","vs":"x"},
                     {"bn":"b:","n":"on","vb":true},{"bn":"b:","n":"t","v":3}])") ==
      "0 a@1423018800000 t=1 h=\"x\"\n1 b@1423018800000 t=2 on=true\n4 b@1423018800000 t=3\n");
}

TEST_CASE("a time below 2^28 seconds counts from now, no time is arrival") {
  format_fixture f(senml());
  CHECK(f.decode(R"([{"n":"t","v":1,"t":-2.5}])") == "0 d-1@1423018797500 t=1\n");
  CHECK(f.decode(R"([{"n":"t","v":1,"t":10}])") == "0 d-1@1423018810000 t=1\n");
  CHECK(f.decode(R"([{"n":"t","v":1}])") == "0 d-1@arrival t=1\n");
  CHECK(f.decode(R"([{"n":"t","v":1,"t":1423018800.001}])") == "0 d-1@1423018800001 t=1\n");
  CHECK(f.decode(R"([{"n":"t","v":1,"t":1e300}])").find("0 time.invalid at record 1, t") == 0);
  CHECK(f.decode(R"([{"n":"t","v":1,"t":-1e300}])").find("0 time.invalid at record 1, t") == 0);
}

TEST_CASE("base values may stand alone, and without a name a value is `value`") {
  format_fixture f(senml(device_from::base_name));
  CHECK(f.decode(R"([{"bn":"urn:dev:mac:0024befffe804ff1/"},{"v":23.5},{"n":"","vd":"aGk"}])") ==
        "1 urn:dev:mac:0024befffe804ff1@arrival value=23.5d\n2 urn:dev:mac:0024befffe804ff1@arrival "
        "value=\"aGk\"\n");
  CHECK(f.decode("[]") == "");
}

TEST_CASE("a record that RFC 8428 refuses is a dead letter alone") {
  format_fixture f(senml());
  CHECK(
      f.decode(
          R"([{"n":"a","v":1},{"n":"b"},{"n":"c","v":1,"vs":"x"},{"n":"d","v":"1"},{"n":"e","vb":1},{"n":5,"v":1},
                     {"n":"f","v":1,"x_":2},{"bver":11,"n":"g","v":1},7,{"n":"h","v":1e308,"bv":1e308},{"n":"z","v":2}])") ==
      "0 d-1@arrival a=1 z=1e+308d\n"
      "1 senml.record at record 2: neither a value nor a sum\n"
      "2 senml.record at record 3: more than one value\n"
      "3 senml.record at record 4, v: number expected, got \"1\"\n"
      "4 senml.record at record 5, vb: boolean expected, got 1\n"
      "5 senml.record at record 6, n: text expected, got 5\n"
      "6 senml.record at record 7, x_: a field that must be understood, and is not\n"
      "7 senml.record at record 8, bver: version 1 to 10 expected, got 11\n"
      "8 json.not_object at record 9, byte 0: object expected, got \"7\"\n"
      "9 senml.record at record 10: the value is beyond the range of a double\n");
  CHECK(f.decode(R"([{"n":"f","v":1,"x_":2},{"n":"f","v":1,"x_":3}])") ==
        "0 senml.record at record 1, x_: a field that must be understood, and is not\n"
        "1 senml.record at record 2, x_: a field that must be understood, and is not\n");
}

TEST_CASE("what is no pack is one dead letter") {
  format_fixture f(senml());
  CHECK(f.decode("17").find("json.not_array at byte 0") == 0);
  CHECK(f.decode("{}") == "json.not_array at $.e: no array there\n");
  CHECK(f.decode("").find("json.syntax") == 0);
  CHECK(f.decode(R"([{"n":"a","v":1},{"n":"b","v":1])").find("json.syntax at byte") == 0);
  CHECK(f.decode(R"([{"n":"a","v":1},{"n":"b","v":tru}])").find("json.syntax at byte") == 0);
}

TEST_CASE(
    "the object form: numbers as texts, base time in milliseconds as number or text, device of an entry") {
  auto o = senml(device_from::entry);
  o.senml.entry = "source";
  format_fixture f(o);
  const std::string rest =
      R"({"e":[{"u":"string","n":"source","sv":"ci4lr75s"},{"v":"6.5","u":"lon","n":"longitude"},)"
      R"({"v":"8","u":"far","n":"temperature"}],"bt":)";
  CHECK(f.decode(rest + "1422748800000}") == "0 ci4lr75s@1422748800000 longitude=6.5d temperature=8\n");
  CHECK(f.decode(rest + "\"1422748800000\"}") == "0 ci4lr75s@1422748800000 longitude=6.5d temperature=8\n");
  CHECK(f.decode(R"({"e":[{"n":"t","v":"x"}],"bt":1422748800000})").find("0 senml.record at record 1, v") ==
        0);
  CHECK(f.decode(R"({"e":[{"n":"t","v":"1"}],"bt":1422748800000})") ==
        "0 device.missing at record 1: no text in the entry \"source\"\n");
  CHECK(
      f.decode(R"({"e":[{"n":"t","v":"1","bv":true},{"n":"on","bv":true}],"bn":"d"})").find("senml.record") !=
      std::string::npos);
}

TEST_CASE("SenML behind something else on its line") {
  auto o = senml(device_from::entry);
  o.senml.entry = "source", o.senml.after = ",", o.lines = true;
  format_fixture f(o);
  CHECK(f.decode("1422748800000,{\"e\":[{\"n\":\"source\",\"sv\":\"a\"},{\"n\":\"t\",\"v\":\"8\"}],\"bt\":"
                 "1422748800000}\n"
                 "no separator\n") ==
        "0 a@1422748800000 t=8\n1 senml.record at line 2, byte 0: nothing stands behind \",\"\n");
}

TEST_CASE("contracts hold for SenML too: a bad group is a dead letter alone") {
  auto o = senml(device_from::base_name);
  o.senml.fields = {{"t", "t"}};
  o.senml.fields[0].high = 50;
  format_fixture f(o);
  CHECK(
      f.decode(R"([{"bn":"a:","n":"t","v":51},{"n":"h","v":1},{"bn":"b:","n":"t","v":1},{"n":"h","v":1}])") ==
      "2 b@arrival t=1\n0 field.range at record 1, column t: a number in .. 50 expected, got 51\n");
  CHECK(f.unknown == 1);
}

// The samples of the RIoTBench paper, when SLUICE_SHARED_DATA names a folder that has them.
TEST_CASE("1000 messages of RIoTBench SYS decode into 1000 events") {
  const char* folder = std::getenv("SLUICE_SHARED_DATA");
  std::ifstream in(std::string(folder == nullptr ? "" : folder) + "/riotbench/SYS_sample_data_senml.csv");
  if (!in) return;
  auto o = senml(device_from::entry);
  o.senml.entry = "source", o.senml.after = ",";
  format_fixture f(o);
  std::string line;
  std::size_t events = 0;
  while (std::getline(in, line)) {
    const auto got = f.decode(line);
    CAPTURE(line);
    REQUIRE(got.substr(0, 2) == "0 ");
    REQUIRE(got.find("temperature=") != std::string::npos);
    ++events;
  }
  CHECK(events == 1000);
}
