// Delimited text, with a decimal comma and a time by format.
#include "test/fuzz/format_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  static format_fixture fixture = [] {
    decode_options o;
    o.kind = decode_options::format::delimited;
    o.delimited.columns = {"d", "t", "v", "_", "n"};
    o.delimited.device_path = "d";
    o.delimited.decimal = ',';
    o.delimited.time = {false, "t", time_unit::s, "%Y-%m-%d %H:%M:%S", "Europe/Berlin"};
    return format_fixture(o);
  }();
  return fuzz_format(fixture, data, size);
}
