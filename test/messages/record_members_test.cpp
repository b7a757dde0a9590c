// Reading results from their own JSON.
#include <doctest/doctest.h>

#include <bit>
#include <charconv>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <system_error>

#include "messages/record_members.hpp"

using namespace sluice;

TEST_CASE("numbers are read as the library reads them") {
  std::mt19937_64 random(3);
  const auto same = [](const std::string& text) {
    double exact = 7;
    const auto r = std::from_chars(text.data(), text.data() + text.size(), exact);
    const bool should = r.ec == std::errc{} && r.ptr == text.data() + text.size();
    for (const std::string behind : {"", ",", "}", "]", ",\"t\":12345}}"}) {
      const auto all = text + behind;
      CAPTURE(all);
      record_reader in(all);
      double quick = 7;
      REQUIRE(in.number(quick) == should);
      if (!should) REQUIRE(in.skip(std::string_view(all))); // nothing is skipped
      if (!should) continue;
      REQUIRE(std::bit_cast<std::uint64_t>(quick) == std::bit_cast<std::uint64_t>(exact));
      REQUIRE(in.skip(behind));
      REQUIRE(!in.skip(' '));
    }
  };
  for (const auto* text : {"",
                           "-",
                           ".",
                           "-.",
                           "0",
                           "-0",
                           "0.0",
                           "-0.0",
                           "1.",
                           ".5",
                           "1.5.2",
                           "1e5",
                           "-1E-7",
                           "999999999999999",
                           "9999999999999999",
                           "0.000000000000001",
                           "123456789012.345",
                           "00012",
                           "12a",
                           "+3",
                           "1 ",
                           "1\"",
                           "null",
                           "0.1234567890123456789"})
    same(text);
  for (int i = 0; i < 200'000; ++i) {
    auto digits = std::to_string(random() % (std::uint64_t(1) << random() % 60));
    if (random() % 3 != 0) digits.insert(random() % (digits.size() + 1), ".");
    if (random() % 2 == 0) digits.insert(0, "-");
    same(digits);
  }
}

TEST_CASE("the values of a record are found, whatever its texts hold") {
  CHECK(values_of(R"({"pipeline":"p","device":"a,\"values\":{","time":1,"values":{"t":1}})") ==
        R"({"t":1}})");
  CHECK(values_of(R"({"pipeline":"p","key":{"a":1,"values":"x"},"start":1,"values":{}})") == "{}}");
  CHECK(values_of(R"({"pipeline":"p"})").empty());
}

TEST_CASE("a member is found by its name, and what stands inside another one is not") {
  const std::string device = "\"a\\\"},{\"", values = R"({"device":[1,{"x":2}],"t":-1.5,"none":null})";
  const auto record = R"({"pipeline":"p","device":)" + device + R"(,"key":{},"values":)" + values + "}";
  CHECK(member_of(record, "pipeline") == R"("p")");
  CHECK(member_of(record, "device") == device);
  CHECK(member_of(record, "key") == "{}");
  CHECK(member_of(record, "values") == values);
  CHECK(member_of(values, "device") == R"([1,{"x":2}])");
  CHECK(member_of(values, "t") == "-1.5");
  CHECK(member_of(values, "none") == "null");
  CHECK(member_of(record, "t").empty());
  CHECK(member_of(record, "x").empty());
  CHECK(member_of(R"({"say \"t\"":1,"t":2})", "say \"t\"") == "1");
  for (const auto* no_object : {"", "[]", "{", "{}", "{\"", "{\"t\"", "text"})
    CHECK(member_of(no_object, "t").empty());
}
