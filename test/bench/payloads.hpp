// Payloads of every format for `scripts/bench decode`.
#pragma once

#include <cstdint>
#include <cstdio>
#include <random>
#include <string>

#include <zlib.h>
#include <zstd.h>

// The payload of one message, or of its first event, at `time` ms.
using payload_maker = std::string (*)(std::int64_t time, std::mt19937_64& random);

inline double temperature(std::mt19937_64& random) {
  return 15 + static_cast<double>(random() % 1500) / 100;
}
inline double humidity(std::mt19937_64& random) {
  return 30 + static_cast<double>(random() % 500) / 10;
}
// `format` has places for a time and two doubles.
inline std::string filled(const char* format, std::int64_t time, std::mt19937_64& random) {
  char text[256];
  const auto n = std::snprintf(text, sizeof text, format, static_cast<long long>(time), temperature(random),
                               humidity(random));
  return {text, static_cast<std::size_t>(n)};
}
inline std::string ten(const char* head, const char* format, const char* between, const char* tail,
                       std::int64_t time, std::mt19937_64& random) {
  std::string out = head;
  for (int i = 0; i < 10; ++i) out += (i > 0 ? between : "") + filled(format, time + i, random);
  return out + tail;
}

inline constexpr auto flat = R"({"time":%lld,"temperature":%.2f,"humidity":%.1f})";

inline std::string one_object(std::int64_t t, std::mt19937_64& r) {
  return filled(flat, t, r);
}
inline std::string ten_objects(std::int64_t t, std::mt19937_64& r) {
  return ten(R"({"readings":[)", flat, ",", "]}", t, r);
}
inline std::string nested(std::int64_t t, std::mt19937_64& r) {
  return filled(R"({"time":%lld,"climate":{"temperature":%.2f,"humidity":%.1f}})", t, r);
}
inline std::string ten_lines(std::int64_t t, std::mt19937_64& r) {
  return ten("", flat, "\n", "\n", t, r);
}
inline std::string csv(std::int64_t t, std::mt19937_64& r) {
  return ten("time,temperature,humidity\n", "%lld,%.2f,%.1f", "\n", "\n", t, r);
}
inline std::string delimited(std::int64_t t, std::mt19937_64& r) {
  return filled("%lld;%.2f;%.1f", t, r);
}
inline std::string value(std::int64_t, std::mt19937_64& r) {
  char text[32];
  return {text, static_cast<std::size_t>(std::snprintf(text, sizeof text, "%.2f", temperature(r)))};
}
inline std::string senml(std::int64_t t, std::mt19937_64& r) {
  std::string out = "[";
  for (int i = 0; i < 10; ++i) {
    char text[256];
    std::snprintf(text, sizeof text, R"(%s{%s"n":"temperature","u":"Cel","t":%d,"v":%.2f},)",
                  i > 0 ? "," : "", i > 0 ? "" : ("\"bt\":" + std::to_string(t / 1000) + ",").c_str(), i - 10,
                  temperature(r));
    out += text;
    std::snprintf(text, sizeof text, R"({"n":"humidity","u":"%%RH","t":%d,"v":%.1f})", i - 10, humidity(r));
    out += text;
  }
  return out + "]";
}
inline std::string senml_object(std::int64_t t, std::mt19937_64& r) {
  char text[256];
  const auto n = std::snprintf(
      text, sizeof text, R"({"e":[{"n":"temperature","v":"%.2f"},{"n":"humidity","v":"%.1f"}],"bt":%lld})",
      temperature(r), humidity(r), static_cast<long long>(t));
  return {text, static_cast<std::size_t>(n)};
}
inline std::string gzip(std::int64_t t, std::mt19937_64& r) {
  const auto plain = ten_objects(t, r);
  std::string out(plain.size() + 100, '\0');
  z_stream z{};
  deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  z.avail_in = static_cast<uInt>(plain.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data()), z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}
inline std::string zstd(std::int64_t t, std::mt19937_64& r) {
  const auto plain = ten_objects(t, r);
  std::string out(ZSTD_compressBound(plain.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), 3));
  return out;
}
