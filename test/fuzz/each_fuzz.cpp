// JSON with an array of events, and a contract.
#include "test/fuzz/format_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  static format_fixture fixture = [] {
    decode_options o;
    o.json.each = "$.r[*]";
    o.json.time = {false, "$.t", time_unit::ms};
    o.json.device_path = "$$.d";
    o.json.fields = {{"x", "$.x"}, {"y", "$$.y"}};
    o.json.fields[0].type = value_type::integer;
    o.json.fields[0].high = 100;
    o.json.fields[0].missing_when_bad = true;
    return format_fixture(o);
  }();
  return fuzz_format(fixture, data, size);
}
