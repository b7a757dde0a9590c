// libFuzzer entry point: clang++ -fsanitize=fuzzer,address,undefined. Aborts where the quick way and the full
// way disagree, or where something that is not JSON is taken.
#include <cstdint>
#include <cstdlib>

#include "actors/ingest/decode/json_check.hpp"
#include "test/ingest/decoder_fixture.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  static auto options = [] {
    auto o = decoder_fixture::timed();
    o.sequence_path = "$.seq";
    return o;
  }();
  static decoder_fixture warm(options, {"temperature", "humidity"}),
      cold(options, {"temperature", "humidity"});
  static const std::string_view good = R"({"time":1423018800000,"seq":1,"temperature":21.5,"humidity":40})";
  const std::string_view payload(reinterpret_cast<const char*>(data), size);
  warm.decode(good);
  warm.decode(payload);
  cold.decode("{\"forget\":[]}");
  cold.decode(payload);
  if (warm.outcome() != cold.outcome()) std::abort();
  if (cold.last == json_decoder::result::event && check_json(payload, {})) std::abort();
  warm.decode(payload);
  if (warm.outcome() != cold.outcome()) std::abort();
  return 0;
}
