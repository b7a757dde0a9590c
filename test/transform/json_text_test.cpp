// Numbers as results hold them: the short way for the few decimals of most sensors writes what the library
// would.
#include <doctest/doctest.h>

#include <charconv>
#include <cmath>
#include <string>

#include "actors/transform/json_text.hpp"

using namespace sluice;

namespace {

std::string by_library(double v) {
  char room[32];
  return v == 0 ? "0" : std::string(room, std::to_chars(room, room + sizeof room, v).ptr);
}

std::string ours(double v) {
  static text_buffer out;
  out.clear();
  append_number(out, v);
  return std::string(out.view());
}

} // namespace

TEST_CASE("every number of up to three decimals is written as the library writes it") {
  std::size_t wrong = 0;
  for (int i = 0; i <= 10'000'000; ++i) {
    const double v = (i % 2 != 0 ? -1.0 : 1.0) * i / 1000;
    wrong += ours(v) != by_library(v);
  }
  CHECK(wrong == 0);
}

TEST_CASE("numbers beside those of three decimals are written as the library writes them") {
  for (const double v :
       {0.0, -0.0, 9999.999, 9999.9995, 9999.99949, 10000.0, 10000.5, 100000.0, 0.001, 0.0005, 0.00049,
        0.0004999, 1e-300, 5e-324, 0.1 + 0.2, 2.675, 1e22, 1.7976931348623157e308})
    for (const double signed_one : {v, -v, std::nextafter(v, 1e9), std::nextafter(v, -1e9)})
      CHECK(ours(signed_one) == by_library(signed_one));
}
