#include "actors/ingest/decode/json_number.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <random>
#include <string>

#include <doctest/doctest.h>

using namespace sluice;

namespace {

struct read_back {
  std::size_t used = 0; // 0 = no number
  value_type type{};
  slot value;
};

read_back read(const std::string& text) {
  read_back r;
  const char* stop = read_number(text.data(), text.data() + text.size(), r.type, r.value);
  r.used = stop ? static_cast<std::size_t>(stop - text.data()) : 0;
  return r;
}

} // namespace

TEST_CASE("integers stay integers as long as they fit 64 bits") {
  struct row {
    const char* text;
    std::int64_t want;
  };
  for (const auto& r : {row{"0", 0}, row{"-0", 0}, row{"7", 7}, row{"-7", -7}, row{"12345678", 12345678},
                        row{"123456789", 123456789}, row{"1423018800000", 1423018800000},
                        row{"9223372036854775807", INT64_MAX}, row{"-9223372036854775808", INT64_MIN},
                        row{"1000000000000000000", 1000000000000000000}}) {
    CAPTURE(r.text);
    const auto got = read(r.text);
    CHECK(got.used == std::strlen(r.text));
    CHECK(got.type == value_type::integer);
    CHECK(got.value.integer() == r.want);
  }
}

TEST_CASE("2^63 and above become doubles") {
  struct row {
    const char* text;
    double want;
  };
  for (const auto& r :
       {row{"9223372036854775808", 9223372036854775808.0},
        row{"-9223372036854775809", -9223372036854775808.0},
        row{"18446744073709551616", 18446744073709551616.0}, row{"99999999999999999999", 1e20},
        row{"123456789012345678901234567890", 123456789012345678901234567890.0}}) {
    CAPTURE(r.text);
    const auto got = read(r.text);
    CHECK(got.type == value_type::number);
    CHECK(got.value.number() == r.want);
  }
}

TEST_CASE("fractions and exponents give the nearest double") {
  struct row {
    const char* text;
    double want;
  };
  for (const auto& r :
       {row{"21.5", 21.5}, row{"-0.0", -0.0}, row{"0.1", 0.1}, row{"1e2", 100.0}, row{"1E+2", 100.0},
        row{"12e-1", 1.2}, row{"1e22", 1e22}, row{"1e23", 1e23},
        row{"9007199254740993.0", 9007199254740992.0}, row{"5e-324", 5e-324},
        row{"1.7976931348623157e308", 1.7976931348623157e308}, row{"1e-999", 0.0}, row{"-1e-999", -0.0},
        row{"2e-324", 0.0}, row{"0e999", 0.0}, row{"0.000000000000000000000000000001e30", 1.0},
        row{"1e-99999999999999999999", 0.0}, row{"0e99999999999999999999", 0.0}}) {
    CAPTURE(r.text);
    const auto got = read(r.text);
    CHECK(got.used == std::strlen(r.text));
    CHECK(got.type == value_type::number);
    CHECK(got.value.bits == slot::of(r.want).bits);
  }
}

TEST_CASE("a number beyond the range of a double is not a value") {
  for (const char* text : {"1e999", "-1e999", "1.7976931348623159e308", "1e400000000000000000000",
                           "0.00001e400", "123456e305"}) {
    CAPTURE(text);
    CHECK(read(text).type == value_type::missing);
    CHECK(read(text).used == std::strlen(text));
  }
  CHECK(read(std::string(400, '9')).type == value_type::missing);
  CHECK(read("0." + std::string(400, '0') + "1e401").value.number() == 1.0);
}

TEST_CASE("what is not a number by the grammar is none, or ends where the grammar ends") {
  for (const char* text :
       {"", "-", "+1", ".5", "NaN", "Infinity", "-Infinity", "1.", "1.e2", "1e", "1e+", "x", "--1", "1.x"}) {
    CAPTURE(text);
    CHECK(read(text).used == 0);
  }
  CHECK(read("01").used == 1);
  CHECK(read("0x10").used == 1);
  CHECK(read("1_000").used == 1);
  CHECK(read("12345678x").used == 8);
}

TEST_CASE("100 000 random doubles read back equal in bits, as the standard library reads them") {
  std::mt19937_64 random(11);
  for (int i = 0; i < 100'000; ++i) {
    const double v = std::bit_cast<double>(random());
    if (!std::isfinite(v)) continue;
    char text[64];
    auto end = i % 3 == 0
                   ? std::to_chars(text, text + sizeof text, v).ptr
                   : std::to_chars(text, text + sizeof text, v, std::chars_format::scientific, i % 19).ptr;
    const std::string written(text, end);
    double want = 0;
    if (std::from_chars(written.data(), written.data() + written.size(), want).ec != std::errc()) continue;
    const auto got = read(written);
    CAPTURE(written);
    REQUIRE(got.used == written.size());
    const double mine =
        got.type == value_type::integer ? static_cast<double>(got.value.integer()) : got.value.number();
    REQUIRE(mine == want);
  }
}
