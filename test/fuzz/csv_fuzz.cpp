// CSV with a header in the message.
#include "test/fuzz/format_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  static format_fixture fixture = [] {
    decode_options o;
    o.kind = decode_options::format::csv;
    o.csv.device_path = "d";
    o.csv.time = {false, "t", time_unit::s};
    return format_fixture(o);
  }();
  return fuzz_format(fixture, data, size);
}
