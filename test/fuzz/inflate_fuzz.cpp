// Compressed payloads: never more than the limit, never a read beyond the payload.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "actors/ingest/decode/inflate.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  constexpr std::size_t most = 64 << 10;
  static inflater reader(compression::automatic, most);
  const std::vector<char> bytes(data, data + size); // of exactly this size
  const std::string_view payload(bytes.data(), bytes.size());
  std::string_view out;
  decode_failure why;
  if (reader.read(payload, out, why)) {
    if (out.data() != payload.data() && out.size() > most) std::abort();
  } else if (why.why != reason::compression_invalid && why.why != reason::compression_too_large) {
    std::abort();
  }
  return 0;
}
