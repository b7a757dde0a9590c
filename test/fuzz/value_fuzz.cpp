// Bare values.
#include "test/fuzz/format_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  static format_fixture fixture = [] {
    decode_options o;
    o.kind = decode_options::format::value;
    return format_fixture(o);
  }();
  return fuzz_format(fixture, data, size);
}
