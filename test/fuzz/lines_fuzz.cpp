// JSON lines, each an array of events: what a bad line began is taken back.
#include "test/fuzz/format_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  static format_fixture fixture = [] {
    decode_options o;
    o.lines = true;
    o.json.each = "$[*]";
    return format_fixture(o);
  }();
  return fuzz_format(fixture, data, size);
}
