// What becomes of partitions that are assigned: whose state goes on, is made again, or goes.
#include "actors/ingest/kafka/kafka_takeover.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace std::chrono_literals;
using how = kafka_rebuild::how;

namespace {

struct group {
  kafka_standings known;
  kafka_takeover_rules rules{
      kafka_beginning::reset::earliest, kafka_beginning::gap::stop, {}, {true, 60s, 0s, false}};
  std::map<std::string, std::size_t> counts{{"a", 4}};
  std::vector<kafka_assigned> assigned;
  std::vector<std::int64_t> asked; // times

  group& gets(std::int32_t partition, std::optional<std::int64_t> committed,
              std::optional<std::int64_t> time = 1000000, std::int64_t first = 0) {
    assigned.push_back({"a", partition, committed, time ? to_text(kafka_note{*time, 5}) : "x", first, 1000});
    return *this;
  }
  group& knows(std::int32_t partition, std::int64_t next, std::int64_t rebuilt_at = 0) {
    known[{"a", partition}] = {next, rebuilt_at, 1};
    return *this;
  }
  kafka_takeover plan() {
    return take_over(assigned, known, counts, rules, [this](const kafka_where&, std::int64_t time) {
      asked.push_back(time);
      return std::optional<std::int64_t>(time / 5000);
    });
  }
  // "FROM" where the state goes on, "FROM<BEGINS_AT" where it begins anew.
  std::string one() {
    const auto made = plan();
    REQUIRE(made.ours.size() == 1);
    const auto& t = made.ours[0];
    if (!t.refused.empty()) return t.refused;
    return std::to_string(t.from) + (t.begins_at ? "<" + std::to_string(*t.begins_at) : "");
  }
};

} // namespace

TEST_CASE("a partition that nobody else had goes on with its state") {
  CHECK(group().gets(0, {}).one() == "0");
  CHECK(group().knows(0, 500).gets(0, 500).one() == "500");
  CHECK(group().knows(0, 500).gets(0, 300).one() == "500"); // the group was told late
  CHECK(group().knows(0, 500).gets(0, {}).one() == "500");
}

TEST_CASE("a partition that another process has read on makes its state again") {
  group g;
  CHECK(g.knows(0, 500).gets(0, 700).one() == "188<700");
  CHECK(g.asked == std::vector<std::int64_t>{940000}); // the time of the last record, less the horizon
  CHECK(group().gets(0, 700).one() == "188<700");      // this process is new
  CHECK(group().gets(0, 100).one() == "100<100");      // an answer behind it
  CHECK(group().gets(0, 700, 1000000, 300).one() == "300<700"); // what is older is gone
  CHECK(group().gets(0, 700, std::nullopt).one() == "0<700");   // another program has committed
}

TEST_CASE("how far back is what `rebuild` says, and what the pipelines remember") {
  group g;
  g.rules.rebuild = {how::all, {}};
  CHECK(g.gets(0, 700).one() == "0<700");
  g.rules.rebuild = {how::last, 500s};
  CHECK(g.one() == "100<700");
  g.rules.rebuild = {how::none, {}};
  CHECK(g.one() == "700<700");
  g.rules.rebuild = {};
  g.rules.memory.horizon = std::nullopt;
  CHECK(g.one() == "0<700");
  g.rules.memory = {};
  CHECK(g.one() == "700<700");
}

TEST_CASE("a rebuild that was interrupted goes on, or begins again where the group went on") {
  CHECK(group().knows(0, 300, 700).gets(0, 700).one() == "300");
  CHECK(group().knows(0, 300, 700).gets(0, 800).one() == "188<800");
  CHECK(group().knows(0, 0, 700).gets(0, 700).one() == "188<700");                 // nothing was read yet
  CHECK(group().knows(0, 150, 700).gets(0, 700, 1000000, 200).one() == "200<700"); // and its records are gone
}

TEST_CASE("a partition that is another's is let go, and makes its state again when it comes back") {
  group g;
  g.knows(0, 500).knows(1, 400).knows(2, 10, kafka_elsewhere).gets(1, 400);
  g.known[{"b", 0}] = {5, 0, 4}; // no topic of ours any more
  g.known[{"a", 4}] = {5, 0, 4}; // the topic has not so many
  CHECK(g.plan().elsewhere == std::vector<kafka_where>{{"a", 0}});
  CHECK(group().knows(0, 500, kafka_elsewhere).gets(0, 500).one() == "188<500");
  CHECK(group().knows(0, 500, kafka_elsewhere).gets(0, {}, {}).one() == "0<500");
  g.assigned.clear();
  CHECK(g.plan().elsewhere.empty()); // nothing is assigned yet
}

TEST_CASE("a partition that cannot be read on is refused, and its state stays") {
  group g;
  CHECK(g.knows(0, 1001).gets(0, 500).one().starts_with("the topic ends at offset 1000"));
  CHECK(g.plan().elsewhere.empty());
}

TEST_CASE("where keys may be of many partitions all make their state again together") {
  group g;
  g.rules.memory.mixed = true;
  g.knows(0, 500).gets(0, 500).gets(1, {});
  CHECK(!g.plan().ours[0].begins_at);
  g.gets(2, 700);
  const auto plan = g.plan();
  CHECK(plan.ours[0].begins_at == 500);
  CHECK(plan.ours[0].from == 188);
  CHECK(!plan.ours[1].begins_at); // nothing was read of it
  CHECK(plan.ours[2].begins_at == 700);
  group other;
  other.rules.memory.mixed = true;
  CHECK(other.knows(0, 500).knows(3, 9).gets(0, 500).one() == "188<500"); // one went away
}

TEST_CASE("each takeover counts, whoever knows of more") {
  CHECK(group().gets(0, 700).plan().ours[0].takeover == 6);
  group g;
  g.knows(0, 500).known[{"a", 0}].takeover = 9;
  CHECK(g.gets(0, 700).plan().ours[0].takeover == 10);
  const kafka_note note{1234567890123, 7};
  CHECK(parse_kafka_note(to_text(note)) == note);
  for (const auto* text : {"", "x", "time=1", "time=1 takeover=2 more=3", "time=x takeover=1"})
    CHECK(parse_kafka_note(text) == kafka_note{});
}

TEST_CASE("`rebuild` reads back as it was written") {
  for (const auto* text : {"auto", "all", "none", "90s", "1h"})
    CHECK(to_text(*parse_kafka_rebuild(text)) == text);
  for (const auto* text : {"", "some", "0s", "-1h", "5"}) CHECK(!parse_kafka_rebuild(text));
}
