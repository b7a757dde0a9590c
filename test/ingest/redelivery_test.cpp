#include "actors/ingest/redelivery.hpp"

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include <doctest/doctest.h>

#include "actors/ingest/retained.hpp"

using namespace sluice;

namespace {

// One source's messages, judged and remembered as the reader does it.
struct line {
  explicit line(std::size_t n = 4, bool own = true, std::size_t most = 0)
      : rule("field", n, most), own_mark(own) {}
  redelivery rule;
  bool own_mark;
  std::uint64_t sequence = 0;

  bool receive(std::uint16_t id, std::string_view payload, bool dup = false, std::string_view topic = "t",
               std::string_view properties = "") {
    message_out m;
    m.sequence = ++sequence;
    m.topic = topic, m.payload = payload, m.user_properties = properties;
    m.packet_id = id, m.qos = 1, m.dup = dup;
    const auto mark = mark_of(m);
    const bool duplicate = rule.is_duplicate(m, mark, own_mark);
    rule.remember(m, mark);
    return duplicate;
  }
  void reconnect(bool session_present = true) { rule.connected(++sequence, session_present); }

  // Saves what has changed, as the state has it: rows by key.
  void save_to(std::map<std::string, std::string>& state) {
    std::vector<state_write> rows;
    rule.save(sequence, rows);
    for (auto& row : rows) {
      CHECK(row.family == state_family::source);
      state[row.key] = row.value.value();
    }
  }
  bool load(const std::map<std::string, std::string>& state) {
    for (const auto& [key, value] : state) {
      REQUIRE(key.substr(0, rule.prefix().size()) == rule.prefix());
      if (!rule.load(std::string_view(key).substr(rule.prefix().size()), value)) return false;
    }
    return true;
  }
};

} // namespace

TEST_CASE("DUP = 1 and equal to the last message with its packet id is a duplicate") {
  line l;
  CHECK(!l.receive(1, "a"));
  CHECK(l.receive(1, "a", true));
  CHECK(l.receive(1, "a", true)); // and again: duplicates are remembered too
}

TEST_CASE("DUP = 1 and equal to one of the last 2 N with its packet id is a duplicate") {
  line l(2, false); // 2 N = 4
  l.receive(1, "a"), l.receive(1, "b"), l.receive(2, "x"), l.receive(3, "x");
  CHECK(l.receive(1, "a", true)); // the 4th back
  line far(2, false);
  far.receive(1, "a"), far.receive(1, "b"), far.receive(2, "x"), far.receive(3, "x"), far.receive(4, "x");
  CHECK(!far.receive(1, "a", true)); // the 5th back, and its id has named another one since
}

TEST_CASE("DUP = 1 alone is no duplicate: packet id, topic, payload and user properties must be equal") {
  const auto again = [](std::uint16_t id, std::string_view payload, std::string_view topic,
                        std::string_view properties) {
    line l(4, false);
    l.receive(1, "a", false, "t", "x=1");
    return l.receive(id, payload, true, topic, properties);
  };
  CHECK(again(1, "a", "t", "x=1"));
  CHECK(!again(2, "a", "t", "x=1"));
  CHECK(!again(1, "b", "t", "x=1"));
  CHECK(!again(1, "a", "u", "x=1"));
  CHECK(!again(1, "a", "t", "x=2"));
  CHECK(!again(1, "a", "t", ""));
}

TEST_CASE("beyond the last 2 N, what a packet id named before it named another message cannot come again") {
  line l(1, false); // 2 N = 2
  l.receive(1, "on");
  l.receive(1, "off");
  l.receive(2, "x");
  CHECK(!l.receive(1, "on", true)); // was sent, did not reach us, and says the same as the first one
  CHECK(l.receive(1, "on", true));
}

TEST_CASE("DUP = 1 is recognised far beyond the Receive Maximum, up to a number of messages") {
  for (const std::size_t most : {std::size_t{65'000}, std::size_t{9}}) {
    CAPTURE(most);
    for (const bool beyond : {false, true}) {
      line l(2, false, most);
      l.receive(1, "a");
      for (std::size_t i = 1; i < most + beyond; ++i)
        l.receive(static_cast<std::uint16_t>(2 + i % 60'000), "x");
      l.reconnect();
      CHECK(l.receive(1, "a", true) == !beyond);
    }
  }
  line least(3, false, 1); // 2 N = 6
  least.receive(1, "a");
  for (std::uint16_t i = 2; i <= 6; ++i) least.receive(i, "x");
  CHECK(least.receive(1, "a", true));
}

TEST_CASE("a backlog that is under way as a whole comes again as a whole, and nothing of it counts twice") {
  line l(20, false, 65'000);
  const auto send = [&](int from, int to, bool dup) {
    int duplicates = 0;
    for (int i = from; i < to; ++i)
      duplicates += l.receive(static_cast<std::uint16_t>(1 + i % 65'535), "p" + std::to_string(i % 3), dup);
    return duplicates;
  };
  CHECK(send(0, 100'000, false) == 0);
  for (int kill = 0; kill < 3; ++kill) {
    l.reconnect();
    CHECK(send(40'000, 100'000, true) == 60'000);
  }
  CHECK(send(100'000, 101'000, true) ==
        0); // under way too, but it never came; equal to what came 65 535 before
}

TEST_CASE("DUP = 0 equal readings are two readings while the connection lasts") {
  line l(4);
  l.receive(1, "a");
  CHECK(!l.receive(2, "a"));
  l.reconnect();
  CHECK(!l.receive(3, "b"));
  CHECK(!l.receive(4, "b")); // both after the reconnect
}

TEST_CASE("DUP = 0 among the first N after a reconnect, equal to one before it, is a duplicate") {
  line l(3);
  l.receive(1, "a");
  l.receive(2, "b");
  l.reconnect();
  CHECK(l.receive(7, "a")); // another packet id
  CHECK(!l.receive(8, "c"));
  CHECK(l.receive(9, "b"));
  CHECK(!l.receive(10, "b")); // the 4th after the reconnect
}

TEST_CASE("a broker that was rolled back may set DUP, with a packet id that it has used since") {
  line l(3);
  l.receive(1, "a"), l.receive(1, "b");
  l.reconnect();
  CHECK(l.receive(1, "a", true));
}

TEST_CASE("DUP = 0 is never a duplicate where the payload has no time and no sequence of its own") {
  line l(3, false);
  l.receive(1, "a");
  l.reconnect();
  CHECK(!l.receive(1, "a"));
  CHECK(l.receive(1, "a", true)); // DUP = 1 still is
}

TEST_CASE("the first N count from the last reconnect") {
  line l(2);
  l.receive(1, "a");
  l.reconnect();
  l.receive(2, "b"), l.receive(3, "c");
  CHECK(!l.receive(4, "a"));
  l.reconnect();
  CHECK(l.receive(5, "b"));
}

TEST_CASE("a session that the broker did not keep begins anew") {
  line l(4);
  l.receive(1, "a");
  l.reconnect(false);
  CHECK(!l.receive(1, "a", true));
  CHECK(l.receive(1, "a", true)); // now it is in this session
  CHECK(!l.receive(2, "b"));
  l.reconnect(true);
  CHECK(l.receive(3, "b"));
}

TEST_CASE("what is read back from the journal judges like what was never lost") {
  for (std::size_t before = 0; before < 40; ++before) {
    line whole(3, true, 9);
    std::uint64_t from = 0;
    std::vector<std::pair<std::uint64_t, std::function<void(redelivery&)>>> log;
    const auto record = [&](std::uint16_t id, std::string payload) {
      whole.receive(id, payload);
      message_out m;
      log.emplace_back(whole.sequence, [id, payload, s = whole.sequence](redelivery& r) {
        message_out m;
        m.sequence = s, m.topic = "t", m.payload = payload, m.packet_id = id;
        r.remember(m, mark_of(m));
      });
    };
    for (std::size_t i = 0; i < before; ++i) {
      if (i % 5 == 3) {
        const bool present = i % 2 == 0;
        whole.reconnect(present);
        log.emplace_back(whole.sequence,
                         [present, s = whole.sequence](redelivery& r) { r.connected(s, present); });
      }
      record(static_cast<std::uint16_t>(i % 4), "p" + std::to_string(i % 7));
    }
    from = whole.rule.needs().value_or(whole.sequence + 1);
    line again(3, true, 9);
    again.sequence = whole.sequence;
    for (auto& [s, play] : log)
      if (s >= from) play(again.rule);
    for (int i = 0; i < 12; ++i) {
      if (i == 6) whole.reconnect(), again.reconnect();
      const auto payload = "p" + std::to_string(i % 7);
      const auto id = static_cast<std::uint16_t>(i % 4);
      CAPTURE(before);
      CAPTURE(i);
      CHECK(whole.receive(id, payload, i % 3 == 0) == again.receive(id, payload, i % 3 == 0));
    }
  }
}

TEST_CASE("what was saved in the state, with the journal behind it, judges like what was never lost") {
  line whole(3);
  whole.receive(1, "a"), whole.receive(2, "b");
  whole.reconnect();
  whole.receive(3, "c");
  std::map<std::string, std::string> state;
  whole.save_to(state);
  CHECK(!whole.rule.needs());
  line again(3);
  REQUIRE(again.load(state));
  CHECK(again.rule.saved() == whole.sequence);
  CHECK(!again.rule.needs());
  again.sequence = whole.sequence;
  for (auto* l : {&whole, &again}) {
    CHECK(l->receive(9, "a"));
    CHECK(l->rule.needs() == l->sequence);
    CHECK(l->receive(2, "b", true));
    CHECK(!l->receive(9, "a")); // the 4th after the reconnect
  }
  for (const std::size_t n : {1u, 50u}) {
    line other_n(n);
    CHECK(other_n.load(state));
    CHECK(other_n.receive(3, "c", true));
    CHECK(other_n.receive(2, "b", true) == (n > 1)); // the third back, 2 N = 2
  }
}

TEST_CASE("a backlog saved piece by piece comes again as a whole, over restarts and sessions") {
  std::map<std::string, std::string> state;
  auto l = std::make_unique<line>(20, false, 65'000);
  const auto again = [&](int from, int to) {
    int duplicates = 0;
    for (int i = from; i < to; ++i)
      duplicates += l->receive(static_cast<std::uint16_t>(1 + i % 65'535), "p" + std::to_string(i), true);
    return duplicates;
  };
  for (int i = 0; i < 80'000; ++i) {
    l->receive(static_cast<std::uint16_t>(1 + i % 65'535), "p" + std::to_string(i));
    if (i % 5'000 == 4'999) l->save_to(state);
  }
  const auto restart = [&] {
    const auto sequence = l->sequence;
    l = std::make_unique<line>(20, false, 65'000);
    REQUIRE(l->load(state));
    l->sequence = sequence;
  };
  restart();
  CHECK(again(15'000, 80'000) == 65'000);
  CHECK(again(14'000, 15'000) == 0); // their ids have named others since
  l->save_to(state);
  restart();
  CHECK(again(20'000, 79'000) == 59'000);
  l->reconnect(false);
  l->save_to(state);
  restart();
  CHECK(again(79'000, 80'000) == 0); // another session
}

TEST_CASE("one save holds what has changed since the one before") {
  std::map<std::string, std::string> first, second, third;
  line l(2);
  l.receive(1, "a"), l.receive(300, "b");
  l.save_to(first);
  l.receive(2, "c");
  l.save_to(second);
  l.receive(0, "of QoS 0");
  l.save_to(third);
  const auto keys = [](const std::map<std::string, std::string>& state) {
    std::vector<std::string> all;
    for (const auto& [key, value] : state) all.push_back(key);
    return all;
  };
  using list = std::vector<std::string>;
  CHECK(keys(first) == list{"redelivery|field|ids|0", "redelivery|field|ids|1", "redelivery|field|recent"});
  CHECK(keys(second) == list{"redelivery|field|ids|0", "redelivery|field|recent"});
  CHECK(keys(third) == list{"redelivery|field|recent"});
}

TEST_CASE("what is damaged in the state is told") {
  std::map<std::string, std::string> state;
  line l(2);
  l.receive(1, "a");
  l.save_to(state);
  const auto loads = [&](const std::string& key, const std::string& value) {
    return line(2).rule.load(key, value);
  };
  const auto &recent = state.at("redelivery|field|recent"), &ids = state.at("redelivery|field|ids|0");
  CHECK(loads("recent", recent));
  CHECK(loads("ids|0", ids));
  CHECK(loads("ids|255", ids));
  for (const auto* key : {"ids|256", "ids|", "ids|0x", "ids|-1", "ids", "", "old"}) CHECK(!loads(key, ids));
  for (std::size_t cut = 0; cut < recent.size(); ++cut)
    CHECK(loads("recent", recent.substr(0, cut)) == (cut == 32)); // none remembered
  CHECK(!loads("recent", recent + "x"));
  CHECK(!loads("ids|0", ids.substr(1)));
  CHECK(!loads("ids|0", ids + "x"));
}

TEST_CASE("needs is the oldest record that no save holds") {
  line l(2);
  std::map<std::string, std::string> state;
  CHECK(!l.rule.needs());
  l.reconnect(); // 1
  for (int i = 0; i < 9; ++i) l.receive(1, "a");
  CHECK(l.rule.needs() == 1u);
  l.save_to(state);
  CHECK(!l.rule.needs());
  l.receive(1, "a");
  CHECK(l.rule.needs() == l.sequence);
}

namespace {

struct retained_line {
  redelivery rule{"field", 4};
  retained_topics topics{"field"};
  bool receive(std::string_view topic, std::string_view payload, bool retain) {
    message_out m;
    m.topic = topic, m.payload = payload, m.retain = retain;
    const auto mark = mark_of(m);
    const bool duplicate = topics.judge(m, mark, rule);
    rule.remember(m, mark);
    return duplicate;
  }
};

} // namespace

TEST_CASE("a RETAIN = 1 message equal to the last one of its topic is a duplicate") {
  retained_line l;
  CHECK(!l.receive("a", "1", true));
  CHECK(l.receive("a", "1", true));
  CHECK(!l.receive("b", "1", true)); // another topic
  CHECK(!l.receive("a", "2", true)); // another value
  CHECK(!l.receive("a", "1", true)); // not the last one any more
}

TEST_CASE("the last one of a retained topic may have come live") {
  retained_line l;
  CHECK(!l.receive("a", "1", true));
  CHECK(!l.receive("a", "2", false));
  CHECK(!l.receive("a", "2", false)); // live equal readings are two readings
  CHECK(l.receive("a", "2", true));   // the broker's copy of it after a reconnect
  CHECK(!l.receive("b", "1", false)); // never retained so far
  CHECK(l.receive("b", "1", true));
}

TEST_CASE("one hash per retained topic is kept in the state, and only when it changed") {
  retained_line l;
  l.receive("a", "1", true);
  l.receive("live", "1", false);
  std::vector<state_write> writes;
  l.topics.take_writes(writes);
  REQUIRE(writes.size() == 1);
  CHECK(writes[0].family == state_family::source);
  CHECK(writes[0].key == "retained|field|a");
  REQUIRE(writes[0].value);
  retained_line again;
  REQUIRE(again.topics.load("a", *writes[0].value));
  CHECK(!again.topics.load("a", writes[0].value->substr(1)));
  CHECK(again.receive("a", "1", true));
  writes.clear();
  again.topics.take_writes(writes);
  CHECK(writes.empty());
  CHECK(!again.receive("a", "2", true));
  again.topics.take_writes(writes);
  CHECK(writes.size() == 1);
}
