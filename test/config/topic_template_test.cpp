#include <doctest/doctest.h>

#include "config/topic_template.hpp"

using namespace sluice::config;
using views = std::vector<std::string_view>;

namespace {
topic_template topic(std::string_view text) {
  auto made = topic_template::parse(text);
  REQUIRE(made);
  return *made;
}
} // namespace

TEST_CASE("a template becomes a filter with one + per name") {
  CHECK(topic("plant/{site}/{device}/{field}").filter() == "plant/+/+/+");
  CHECK(topic("plant/climate").filter() == "plant/climate");
  CHECK(topic("{device}").filter() == "+");
  CHECK(topic("plant/{device}/{rest...}").filter() == "plant/+/#");
  CHECK(topic("{rest...}").filter() == "#");
  CHECK(topic("/a//{device}").filter() == "/a//+");
  CHECK(topic("$share/group/plant/{device}").filter() == "$share/group/plant/+");
  CHECK(topic("plant/{site}/{device}").names() == std::vector<std::string>{"site", "device"});
  CHECK(topic("a/{rest...}").names() == std::vector<std::string>{"rest"});
}

TEST_CASE("a topic gives the names their levels") {
  views values;
  const auto t = topic("plant/{site}/{device}/climate");
  CHECK(t.match("plant/hall/room-1/climate", values));
  CHECK(values == views{"hall", "room-1"});
  CHECK(t.match("plant///climate", values));
  CHECK(values == views{"", ""});
  for (const char* other : {"plant/hall/room-1", "plant/hall/room-1/climate/x", "plants/hall/room-1/climate",
                            "", "plant/hall/room-1/Climate", "plant/hall/room-1/climate/"}) {
    CAPTURE(std::string(other));
    CHECK(!t.match(other, values));
  }
  const auto shared = topic("$share/g/plant/{device}");
  CHECK(shared.match("plant/a", values));
  CHECK(!shared.match("$share/g/plant/a", values));
}

TEST_CASE("{rest...} takes all further levels, and none") {
  views values;
  const auto t = topic("plant/{device}/{rest...}");
  CHECK(t.match("plant/a/b/c", values));
  CHECK(values == views{"a", "b/c"});
  CHECK(t.match("plant/a/", values));
  CHECK(values == views{"a", ""});
  CHECK(t.match("plant/a", values));
  CHECK(values == views{"a", ""});
  CHECK(!t.match("plant", values));
}

TEST_CASE("a name in front does not take the broker's own topics") {
  views values;
  CHECK(!topic("{rest...}").match("$SYS/broker/uptime", values));
  CHECK(!topic("{device}/x").match("$SYS/x", values));
  CHECK(topic("$SYS/{device}").match("$SYS/x", values));
}

TEST_CASE("expand is the way back") {
  CHECK(topic("greenhouse/{device}/climate").expand({"room-1"}) == "greenhouse/room-1/climate");
  CHECK(topic("/{site}/{device}").expand({"a", "b"}) == "/a/b");
  CHECK(topic("$share/g/{device}").expand({"b"}) == "b");
  CHECK(topic("a/{rest...}").expand({"b/c"}) == "a/b/c");
}

TEST_CASE("bad templates are refused with the reason") {
  for (const char* bad : {"", "plant/+", "plant/#", "plant/{device", "plant/device}", "a{b}", "{a}b",
                          "{a}{b}", "plant/{}", "{...}", "{many...}", "{rest...}/a", "{device}/{device}",
                          "{de vice}", "$share/", "$share//a", "$share/g", "$share/g/", "$share/g+/a"}) {
    CAPTURE(std::string(bad));
    const auto made = topic_template::parse(bad);
    REQUIRE(!made);
    CHECK(made.error().code == sluice::ec::invalid);
    CHECK(!made.error().text.empty());
  }
  CHECK(!topic_template::parse(std::string("a\0b", 3)));
  CHECK(!topic_template::parse(std::string(65536, 'a')));
}

TEST_CASE("templates that match one topic overlap") {
  CHECK(overlap(topic("a/{device}"), topic("a/b")));
  CHECK(overlap(topic("a/{rest...}"), topic("a")));
  CHECK(overlap(topic("{rest...}"), topic("a/{device}/c")));
  CHECK(overlap(topic("$share/g/a/{device}"), topic("a/b")));
  CHECK(!overlap(topic("a/{device}"), topic("b/{device}")));
  CHECK(!overlap(topic("a/{device}"), topic("a/{device}/c")));
  CHECK(!overlap(topic("a"), topic("b/{rest...}")));
}
