// The judge here is written from the rules as ThingsBoard applies them (two parses, Java's Double.toString
// between them), not from the formatter. The reference cases are those of a recorded run of the real
// converter.
#include "actors/publish/thingsboard/numbers.hpp"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>

#include <doctest/doctest.h>

using namespace sluice::thingsboard;

namespace {

// Decimals of the number's plain notation, as BigDecimal's scale; negative for none.
int scale_of(const std::string& text) {
  auto e = text.find_first_of("eE");
  auto mantissa = text.substr(0, e);
  int exponent = e == text.npos ? 0 : std::stoi(text.substr(e + 1));
  auto point = mantissa.find('.');
  int decimals = point == mantissa.npos ? 0 : static_cast<int>(mantissa.size() - point - 1);
  return decimals - exponent;
}

// Java's Double.toString of a double that is not integral.
std::string java_text(double x) {
  auto size = std::abs(x);
  if (size >= 1e-3 && size < 1e7) {
    char text[64];
    auto end = std::to_chars(text, text + sizeof text, x, std::chars_format::fixed).ptr;
    std::string out(text, end);
    return out.find('.') == out.npos ? out + ".0" : out;
  }
  char text[64];
  auto end = std::to_chars(text, text + sizeof text, x, std::chars_format::scientific).ptr;
  std::string out(text, end);
  return out.find('.') == out.npos ? out.insert(out.find('e'), ".0") : out;
}

enum class stored { number, text };

// What becomes of a JSON number: its type and its value.
std::pair<stored, double> store(const std::string& text) {
  double value = std::strtod(text.c_str(), nullptr);
  bool integral = text.find('.') == text.npos;
  if (integral) return {std::abs(value) < 0x1p63 ? stored::number : stored::text, value};
  if (scale_of(text) > 16) return {stored::text, value};
  auto again = java_text(value);
  if (again.find('e') != again.npos && value == std::trunc(value))
    return {std::abs(value) < 0x1p63 ? stored::number : stored::text, value};
  return {scale_of(again) > 16 ? stored::text : stored::number, std::strtod(again.c_str(), nullptr)};
}

bool near(double x, double y) {
  long double error = std::abs(static_cast<long double>(x) - static_cast<long double>(y));
  return error <= 5e-16L || error <= 1e-15L * std::abs(static_cast<long double>(x));
}

bool subnormal_bits(double x) {
  std::uint64_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return (bits >> 52 & 0x7ff) == 0 && (bits << 12) != 0;
}

// Returns whether it was sent.
bool check(double x) {
  auto text = number_text(x);
  INFO("x = ", java_text(x), " text = ", text.value_or("(left out)"));
  bool storable = std::abs(x) < 9223372036854775808.0 && !subnormal_bits(x);
  REQUIRE(text.has_value() == storable);
  if (!text) return false;
  REQUIRE(text->find_first_not_of("-0123456789.") == text->npos);
  auto [type, value] = store(*text);
  REQUIRE(type == stored::number);
  REQUIRE(near(x, value));
  return true;
}

} // namespace

TEST_CASE("of 10 000 random doubles of all magnitudes exactly those out of range are left out, the others "
          "read back as numbers") {
  std::mt19937_64 random(20150204);
  int sent = 0, left_out = 0;
  for (int i = 0; i < 10000;) {
    auto bits = random();
    double x;
    std::memcpy(&x, &bits, sizeof x);
    if (!std::isfinite(x)) continue;
    ++i;
    check(x) ? ++sent : ++left_out;
  }
  CHECK(sent > 4000);
  CHECK(left_out > 4000);
}

TEST_CASE("values of everyday magnitudes read back within the promised error") {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> unit(0, 1);
  for (double scale : {1e-17, 1e-16, 1e-15, 1e-12, 1e-6, 1e-3, 0.002, 0.004, 0.1, 0.25, 0.5, 1.0, 10.0, 100.0,
                       1e6, 1e8, 1e18})
    for (int i = 0; i < 20000; ++i) {
      double x = unit(random) * scale;
      if (x >= std::numeric_limits<double>::min()) check(x), check(-x);
    }
}

TEST_CASE("a value in the middle between two texts of 15 decimals still reads back within 5e-16") {
  std::mt19937_64 random(5);
  for (int i = 0; i < 200000; ++i) {
    // k + 0.5 in units of 1e-15, and the doubles around it
    double x = (static_cast<double>(random() % 500'000'000'000'000) + 0.5) / 1e15;
    for (double y : {std::nextafter(x, 0), x, std::nextafter(x, 1)}) check(y);
  }
}

TEST_CASE("cases recorded from the real converter are sent as numbers") {
  struct row {
    double x;
    const char* text;
  };
  for (auto [x, text] : {row{0.1, "0.1"},
                         {0.30000000000000004, "0.3"},
                         {1e-5, "0.00001"},
                         {0.00012345678901234, "0.000123456789012"},
                         {1e-16, "0.0"},
                         {1e-15, "0.000000000000001"},
                         {1e18, "1000000000000000000"},
                         {12345678.0, "12345678"},
                         {42.0, "42.0"},
                         {1000.0, "1000.0"},
                         {-0.0, "0.0"},
                         {0.0, "0.0"},
                         {1e-300, "0.0"},
                         {-1e-300, "0.0"},
                         {98.60000000000001, "98.60000000000001"},
                         {123456.78901234567, "123456.78901234567"},
                         {7.62939453125e-06, "0.000007629394531"},
                         {0.049999999999999996, "0.05"},
                         {-21.5, "-21.5"}}) {
    CHECK(number_text(x) == std::string(text));
    check(x);
  }
  for (double x : {1e19, 1e300, 1.7976931348623157e308, 5e-324, -5e-324, 9223372036854775808.0,
                   -9223372036854775808.0, double(INFINITY), double(-INFINITY), double(NAN)})
    CHECK_FALSE(number_text(x));
  CHECK(number_text(9223372036854774784.0) == "9223372036854774784");
  CHECK(number_text(std::numeric_limits<double>::min()) == "0.0");
}

TEST_CASE("64-bit integers are sent as they are, but for the one of magnitude 2^63") {
  CHECK(number_text(std::int64_t{0}) == "0");
  CHECK(number_text(std::numeric_limits<std::int64_t>::max()) == "9223372036854775807");
  CHECK(number_text(-std::numeric_limits<std::int64_t>::max()) == "-9223372036854775807");
  CHECK_FALSE(number_text(std::numeric_limits<std::int64_t>::min()));
}
