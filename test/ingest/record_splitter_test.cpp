// From bytes to records, whole and cut anywhere.
#include "actors/ingest/file/record_splitter.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using namespace sluice;

namespace {

// All records of `bytes`; what was cut off ends with "...". `known`: so many bytes are there at first, then
// one more at a time.
std::vector<std::string> split(const std::string& bytes, const record_shape& shape, std::size_t known = ~0u) {
  std::vector<std::string> records;
  std::size_t at = 0;
  for (known = std::min(known, bytes.size());;) {
    const auto rest = std::string_view(bytes).substr(at, known - at);
    const bool last = known == bytes.size();
    const auto cut = next_record(rest, shape, last);
    if (!cut.complete) {
      REQUIRE(!last);
      ++known;
      continue;
    }
    if (cut.taken == 0) return records;
    records.push_back(std::string(rest.substr(0, cut.length)) + (cut.truncated ? "..." : ""));
    at += cut.taken;
    if (cut.skip_line) {
      const auto end = bytes.find('\n', at);
      at = end == std::string::npos ? bytes.size() : end + 1;
      known = std::max(known, at);
    }
    known = std::max(known, at);
  }
}

using records = std::vector<std::string>;
constexpr record_shape lines{}, csv{true};

} // namespace

TEST_CASE("lines end with a line break, the last one with the file") {
  CHECK(split("a\nb\r\n\nc", lines) == records{"a", "b", "", "c"});
  CHECK(split("a\n", lines) == records{"a"});
  CHECK(split("", lines).empty());
  CHECK(split("\r\n", lines) == records{""});
  CHECK(split("a,\"b\nc\",d\n", lines) == records{"a,\"b", "c\",d"});
}

TEST_CASE("a half-written last line is no record while more may come") {
  CHECK(!next_record("abc", lines, false).complete);
  CHECK(!next_record("", lines, false).complete);
  CHECK(next_record("abc\nd", lines, false).taken == 4);
  CHECK(!next_record("1,\"abc\n", csv, false).complete);
  CHECK(!next_record("1,\"abc\"", csv, false).complete); // the quote may be doubled
}

TEST_CASE("line breaks inside quotes belong to the CSV record") {
  CHECK(split("a,\"b\nc\",d\ne\n", csv) == records{"a,\"b\nc\",d", "e"});
  CHECK(split("\"a\r\n\r\nb\"\r\nc\r\n", csv) == records{"\"a\r\n\r\nb\"", "c"});
  CHECK(split("a,\"b \"\"x\"\"\n\"\",\"\n", csv) == records{"a,\"b \"\"x\"\"\n\"\",\""});
  CHECK(split("1;\"a\nb\";2\n", {true, ';'}) == records{"1;\"a\nb\";2"});
  CHECK(split("1;\"a\nb\";2\n", csv) == records{"1;\"a", "b\";2"});
}

TEST_CASE("a quote that is not at the start of a field opens nothing") {
  CHECK(split("5\" pipe,a\nb\n", csv) == records{"5\" pipe,a", "b"});
  CHECK(split("a, \"b\nc\n", csv) == records{"a, \"b", "c"});
  CHECK(split("\"a\"x\"\nb\n", csv) == records{"\"a\"x\"", "b"});
}

TEST_CASE("a record that is too long is cut off and reading goes on behind its line") {
  record_shape shape;
  shape.longest = 4;
  CHECK(split("abcd\nabcde\nab\n", shape) == records{"abcd", "abcd...", "ab"});
  CHECK(split("abcd\r\nabcdef\r\nx", shape) == records{"abcd", "abcd...", "x"});
  CHECK(split("abcdefghijklmnop", shape) == records{"abcd..."});
  CHECK(split("abcd", shape) == records{"abcd"});
}

TEST_CASE("a quote that is never closed costs one record of the longest length") {
  record_shape shape = csv;
  shape.longest = 10;
  CHECK(split("a,\"b\nc,d\ne,f\ng,h\n", shape) == records{"a,\"b\nc,d\ne...", "g,h"});
  CHECK(split("a,\"b\nc", shape) == records{"a,\"b\nc"});
}

TEST_CASE("records do not depend on how many bytes are there at a time") {
  std::mt19937 random(5);
  const std::string alphabet = "ab,\"\"\n\r\n;";
  for (int round = 0; round < 3000; ++round) {
    std::string bytes;
    for (auto n = random() % 40; n > 0; --n) bytes += alphabet[random() % alphabet.size()];
    for (auto shape : {lines, csv}) {
      shape.longest = random() % 3 == 0 ? 8 : 1000;
      CAPTURE(bytes);
      CHECK(split(bytes, shape) == split(bytes, shape, 0));
    }
  }
}
