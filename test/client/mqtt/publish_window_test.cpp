// Packet ids, answers and waiting publishes.
#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>

#include "actors/client/mqtt/publish_window.hpp"

using namespace sluice;
using namespace sluice::packets;
using namespace std::string_literals;

namespace {

struct fixture {
  publish_window window;
  int protocol;
  std::string out;
  std::vector<publish_end> ended;

  explicit fixture(unsigned maximum, int version = 5) : window(version, maximum), protocol(version) {}
  void add(std::uint64_t token, int qos) { window.add({"t", std::to_string(token), qos}, token, out); }
  bool answer(kind type, unsigned id, unsigned code = 0) {
    return window
        .answered(type, {static_cast<std::uint16_t>(id), static_cast<std::uint8_t>(code)}, out, ended)
        .has_value();
  }
  // Packet id and payload of what stands in `out`, which is emptied.
  std::vector<std::pair<int, std::string>> sent() {
    std::vector<std::pair<int, std::string>> found;
    std::string_view left = out;
    while (!left.empty()) {
      std::size_t wanted = 0;
      const auto one = **next_frame(left, protocol, 0, wanted);
      const auto p = *read_publish(one, protocol);
      found.emplace_back(p.packet_id, p.payload);
      left.remove_prefix(one.size);
    }
    out.clear();
    return found;
  }
};

using list = std::vector<std::pair<int, std::string>>;

} // namespace

TEST_CASE("no more than the Receive Maximum are under way, and what waits keeps its order") {
  fixture f(2);
  for (std::uint64_t i = 1; i <= 4; ++i) f.add(i, 1);
  f.add(5, 0);
  CHECK(f.sent() == list{{1, "1"}, {2, "2"}});
  CHECK(f.window.size() == 5);
  REQUIRE(f.answer(kind::puback, 2)); // in any order
  CHECK(f.ended.back().token == 2);
  CHECK(f.sent() == list{{3, "3"}});
  REQUIRE(f.answer(kind::puback, 1, 0x97));
  CHECK(f.ended.back().token == 1);
  CHECK(f.ended.back().code == 0x97);
  CHECK(f.sent() == list{{4, "4"}, {0, "5"}}); // QoS 0 takes no room, but does not overtake
  CHECK(f.window.under_way() == 2);
  CHECK(f.window.size() == 3);
  f.window.written(f.ended);
  CHECK(f.window.size() == 2);
}

TEST_CASE("QoS 0 ends when it is written") {
  fixture f(1);
  f.add(7, 0);
  CHECK(f.sent() == list{{0, "7"}});
  CHECK(f.ended.empty());
  CHECK(f.window.size() == 1); // a socket may take nothing for long
  f.window.written(f.ended);
  CHECK(f.window.size() == 0);
  REQUIRE(f.ended.size() == 1);
  CHECK(f.ended[0].token == 7);
}

TEST_CASE("QoS 2 ends with PUBCOMP, or with a PUBREC that refuses") {
  fixture f(2);
  f.add(1, 2), f.add(2, 2), f.add(3, 2);
  CHECK(f.sent().size() == 2);
  REQUIRE(f.answer(kind::pubrec, 1));
  CHECK(f.out == "\x62\2\0\1"s);
  CHECK(f.ended.empty());
  f.out.clear();
  REQUIRE(f.answer(kind::pubrec, 1)); // again: again
  CHECK(f.out == "\x62\2\0\1"s);
  f.out.clear();
  REQUIRE(f.answer(kind::pubrec, 2, 0x87));
  CHECK(f.ended.size() == 1);
  CHECK(f.ended[0].code == 0x87);
  CHECK(f.sent() == list{{3, "3"}});
  REQUIRE(f.answer(kind::pubcomp, 1));
  CHECK(f.ended.back().token == 1);
  CHECK(f.window.under_way() == 1);
}

TEST_CASE("an answer of the wrong kind is an error, one to nothing is not") {
  fixture f(10);
  f.add(1, 1), f.add(2, 2);
  f.out.clear();
  CHECK_FALSE(f.answer(kind::puback, 2));
  CHECK_FALSE(f.answer(kind::pubrec, 1));
  CHECK_FALSE(f.answer(kind::pubcomp, 1));
  CHECK_FALSE(f.answer(kind::pubcomp, 2)); // before its PUBREC
  CHECK(f.answer(kind::puback, 9));
  CHECK(f.answer(kind::pubcomp, 9));
  CHECK(f.out.empty());
  CHECK(f.answer(kind::pubrec, 9));
  CHECK(f.out == "\x62\3\0\x09\x92"s); // so that the broker forgets it
  CHECK(f.ended.empty());
  CHECK(f.answer(kind::puback, 1));
  CHECK(f.answer(kind::puback, 1));
  CHECK(f.ended.size() == 1);
}

TEST_CASE("a packet id is never used twice at once, whatever the order of answers, over several rounds") {
  std::mt19937 random(7);
  fixture f(1000, 4);
  std::map<int, std::uint64_t> under_way;
  std::set<std::uint64_t> done;
  std::uint64_t token = 0;
  constexpr std::uint64_t count = 200'000;
  int stuck = 0; // one that is never answered until the end
  while (done.size() + 1 < count) {
    for (unsigned i = random() % 300; i > 0 && token < count; --i) f.add(++token, 1);
    for (const auto& [id, payload] : f.sent()) {
      CHECK(id >= 1);
      CHECK(id <= static_cast<int>(publish_window::last_id));
      REQUIRE(under_way.emplace(id, std::stoull(payload)).second);
      if (stuck == 0) stuck = id;
    }
    CHECK(under_way.size() <= 1000);
    for (unsigned i = random() % 300; i > 0 && under_way.size() > 1; --i) {
      auto at = under_way.lower_bound(static_cast<int>(random() % 65001));
      if (at == under_way.end()) at = under_way.begin();
      if (at->first == stuck) at = std::next(at) == under_way.end() ? under_way.begin() : std::next(at);
      if (at->first == stuck) break;
      f.ended.clear();
      REQUIRE(f.answer(kind::puback, static_cast<unsigned>(at->first)));
      REQUIRE(f.ended.size() == 1);
      REQUIRE(f.ended[0].token == at->second);
      done.insert(at->second);
      under_way.erase(at);
    }
  }
  CHECK(done.size() == count - 1);
  CHECK(f.window.size() == 1);
}
