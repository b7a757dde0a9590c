// The text of a key: one value gives one key, whatever its spelling.
#include "actors/ingest/row_keys.hpp"

#include <limits>
#include <set>

#include <doctest/doctest.h>

using namespace sluice;

namespace {

// One row with a device and some fields.
struct row_fixture {
  field_table names;
  event_batch batch;

  row_fixture& text(std::string_view name, std::string_view value) {
    const auto at = static_cast<std::uint32_t>(batch.arena.size());
    batch.arena += value;
    return set(name, value_type::text, slot::text(at, static_cast<std::uint32_t>(value.size())));
  }
  row_fixture& number(std::string_view name, double v) { return set(name, value_type::number, slot::of(v)); }
  row_fixture& integer(std::string_view name, std::int64_t v) {
    return set(name, value_type::integer, slot::of(v));
  }
  row_fixture& boolean(std::string_view name, bool v) { return set(name, value_type::boolean, slot::of(v)); }

  row_fixture() {
    auto& row = batch.rows.emplace_back();
    row.device_length = 6;
    batch.arena += "room-1";
  }

  // The key of the row, or "missing FIELD", or "invalid LENGTH".
  std::string key(const std::vector<std::string>& fields) {
    row_keys keys(fields, names);
    batch.stride = names.size();
    batch.names = names.names();
    batch.slots.resize(batch.stride);
    batch.types.resize(batch.stride);
    row_key made;
    const auto arena = batch.arena.size();
    const auto what = keys.make(batch, 0, made);
    if (what != row_keys::verdict::good) {
      CHECK(batch.arena.size() == arena);
      CHECK(made.length == 0);
    }
    if (what == row_keys::verdict::missing) return "missing " + keys.culprit();
    if (what == row_keys::verdict::invalid) return "invalid " + std::to_string(keys.length());
    CHECK(batch.arena.size() == arena + made.length);
    hash = made.hash;
    return std::string(batch.text(made));
  }
  std::uint64_t hash = 0;

private:
  row_fixture& set(std::string_view name, value_type type, slot value) {
    const auto at = names.add(name);
    batch.slots.resize(names.size());
    batch.types.resize(names.size());
    batch.types[at] = type;
    batch.slots[at] = value;
    return *this;
  }
};

} // namespace

TEST_CASE("a key is canonical JSON of its fields in the order of the file") {
  row_fixture row;
  row.text("site", "a").integer("floor", 3).boolean("inside", true);
  CHECK(row.key({"site"}) == R"({"site":"a"})");
  CHECK(row.key({"floor", "site"}) == R"({"floor":3,"site":"a"})");
  CHECK(row.key({"inside"}) == R"({"inside":true})");
  CHECK(row.key({}) == "{}");
}

TEST_CASE("the device may be part of a key") {
  row_fixture row;
  row.text("site", "a");
  CHECK(row.key({"site", "device"}) == R"({"site":"a","device":"room-1"})");
}

TEST_CASE("names and texts are escaped in a key") {
  row_fixture row;
  row.text("si\"te", "a\"b\\\n\x01\xc3\xa4");
  CHECK(row.key({"si\"te"}) == "{\"si\\\"te\":\"a\\\"b\\\\\\n\\u0001\xc3\xa4\"}");
}

TEST_CASE("one number gives one key whatever its type and spelling") {
  const auto of_double = [](double v) { return row_fixture().number("n", v).key({"n"}); };
  const auto of_integer = [](std::int64_t v) { return row_fixture().integer("n", v).key({"n"}); };
  for (const std::int64_t v : std::vector<std::int64_t>{0, 1, -7, 1000000, 9007199254740991})
    CHECK(of_double(static_cast<double>(v)) == of_integer(v));
  CHECK(of_double(-0.0) == R"({"n":0})");
  CHECK(of_double(10'000'000'000.0) == R"({"n":10000000000})");
  CHECK(of_double(0.1) == R"({"n":0.1})");
  CHECK(of_double(1e300) == R"({"n":1e+300})");
  CHECK(of_integer(std::numeric_limits<std::int64_t>::min()) == R"({"n":-9223372036854775808})");
}

TEST_CASE("a row that lacks a field of the key has none") {
  row_fixture row;
  row.text("site", "a");
  CHECK(row.key({"site", "area"}) == "missing area");
  CHECK(row.key({"site"}) == R"({"site":"a"})");
}

TEST_CASE("an empty text is a key of its own, not a missing one") {
  row_fixture row;
  row.text("site", "");
  CHECK(row.key({"site"}) == R"({"site":""})");
}

TEST_CASE("a key is at most 255 bytes long") {
  row_fixture row;
  row.text("s", std::string(247, 'x')).text("t", std::string(248, 'x'));
  CHECK(row.key({"s"}).size() == 255);
  CHECK(row.key({"t"}) == "invalid 256");
}

TEST_CASE("different keys have different texts") {
  std::set<std::string> seen;
  for (const char* value : {"a", "1", "true", "", "a\"", "a,b"})
    CHECK(seen.insert(row_fixture().text("k", value).key({"k"})).second);
  CHECK(seen.insert(row_fixture().integer("k", 1).key({"k"})).second);
  CHECK(seen.insert(row_fixture().boolean("k", true).key({"k"})).second);
}
