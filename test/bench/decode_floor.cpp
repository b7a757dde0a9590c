// By hand, with the libraries and flags of the decoders: simdjson On-Demand, std::from_chars, zlib, zstd. No
// topics, contracts, dead letters or batches.
#include "test/bench/decode_floor.hpp"

#include <charconv>
#include <cstring>
#include <simdjson.h>
#include <string>
#include <zlib.h>
#include <zstd.h>

namespace {
namespace ondemand = simdjson::ondemand;
ondemand::parser parser;
std::string buffer(1 << 16, '\0'), inflated(1 << 16, '\0');

ondemand::document parse(std::string_view text) {
  std::memcpy(buffer.data(), text.data(), text.size());
  return parser.iterate(buffer.data(), text.size(), buffer.size());
}
// Time and two doubles of one object, in any order.
void add_object(ondemand::object object, double& sum) {
  for (auto f : object) {
    const std::string_view key = f.unescaped_key();
    if (key == "time") sum += static_cast<double>(f.value().get_int64().value());
    if (key == "temperature" || key == "humidity") sum += f.value().get_double();
  }
}
// A number and what stands behind it and one separator.
const char* add_number(const char* at, const char* end, double& sum) {
  double v = 0;
  at = std::from_chars(at, end, v).ptr;
  sum += v;
  return at < end ? at + 1 : end;
}
} // namespace

std::size_t floor_json(std::string_view payload, double& sum) {
  auto document = parse(payload);
  add_object(document.get_object(), sum);
  return 1;
}
std::size_t floor_each(std::string_view payload, double& sum) {
  auto document = parse(payload);
  std::size_t n = 0;
  for (auto element : document["readings"].get_array()) add_object(element.get_object(), sum), ++n;
  return n;
}
std::size_t floor_nested(std::string_view payload, double& sum) {
  auto document = parse(payload);
  sum += static_cast<double>(document["time"].get_int64().value());
  add_object(document["climate"].get_object(), sum);
  return 1;
}
std::size_t floor_lines(std::string_view payload, double& sum) {
  std::size_t n = 0;
  for (; !payload.empty(); ++n) {
    const auto end = payload.find('\n');
    floor_json(payload.substr(0, end), sum);
    payload.remove_prefix(end + 1);
  }
  return n;
}
std::size_t floor_csv(std::string_view payload, double& sum) {
  const char *at = payload.data() + payload.find('\n') + 1, *end = payload.data() + payload.size();
  std::size_t n = 0;
  for (; at < end; ++n)
    for (int i = 0; i < 3; ++i) at = add_number(at, end, sum);
  return n;
}
std::size_t floor_delimited(std::string_view payload, double& sum) {
  const char *at = payload.data(), *end = at + payload.size();
  for (int i = 0; i < 3; ++i) at = add_number(at, end, sum);
  return 1;
}
std::size_t floor_value(std::string_view payload, double& sum) {
  add_number(payload.data(), payload.data() + payload.size(), sum);
  return 1;
}
std::size_t floor_senml(std::string_view payload, double& sum) {
  auto document = parse(payload);
  std::size_t n = 0;
  double base = 0, last = -1;
  for (auto record : document.get_array()) {
    double time = 0;
    for (auto f : record.get_object()) {
      const std::string_view key = f.unescaped_key();
      if (key == "bt") base = f.value().get_double();
      if (key == "t") time = f.value().get_double();
      if (key == "v") sum += f.value().get_double();
    }
    if (base + time != last) last = base + time, sum += last, ++n;
  }
  return n;
}
std::size_t floor_senml_object(std::string_view payload, double& sum) {
  auto document = parse(payload);
  for (auto entry : document["e"].get_array()) {
    const std::string_view text = entry["v"].get_string();
    add_number(text.data(), text.data() + text.size(), sum);
  }
  sum += static_cast<double>(document["bt"].get_int64().value());
  return 1;
}
std::size_t floor_raw(std::string_view payload, double& sum) {
  std::memcpy(buffer.data(), payload.data(), payload.size());
  sum += buffer[0];
  return 1;
}
std::size_t floor_gzip(std::string_view payload, double& sum) {
  static z_stream z = [] {
    z_stream made{};
    inflateInit2(&made, 15 + 16);
    return made;
  }();
  inflateReset(&z);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(payload.data()));
  z.avail_in = static_cast<uInt>(payload.size());
  z.next_out = reinterpret_cast<Bytef*>(inflated.data()), z.avail_out = static_cast<uInt>(inflated.size());
  inflate(&z, Z_FINISH);
  return floor_each({inflated.data(), z.total_out}, sum);
}
std::size_t floor_zstd(std::string_view payload, double& sum) {
  static ZSTD_DCtx* const z = ZSTD_createDCtx();
  const auto n = ZSTD_decompressDCtx(z, inflated.data(), inflated.size(), payload.data(), payload.size());
  return floor_each({inflated.data(), n}, sum);
}
