// The steps of a transaction, and what each end of one means.
#include "actors/publish/kafka/transaction.hpp"

#include <doctest/doctest.h>

using namespace sluice;

namespace {

using step = transaction::step;

struct bench {
  bench() : logic("out", options(), {}), bracket(logic) {
    logic.resume(std::nullopt, "me");
    std::vector<outbox_record> records;
    for (std::uint64_t i = 1; i <= 3; ++i)
      records.push_back({i, "climate", "climate|" + std::to_string(i), 0,
                         R"({"pipeline":"climate","device":"a","values":{}})"});
    logic.offer(std::move(records));
  }
  static kafka_sink_options options() {
    kafka_sink_options o;
    o.topic = *name_template::parse("results");
    o.in_flight = 2;
    return o;
  }
  void begin() {
    REQUIRE(bracket.next() == step::begin);
    bracket.came({});
    REQUIRE(bracket.takes());
    while (logic.next() != nullptr) logic.sent();
    REQUIRE(logic.unacknowledged() == 2);
  }
  // All delivered and the mark sent.
  void ask() {
    bracket.answered({{1, kafka_fate::delivered, ""}, {2, kafka_fate::delivered, ""}});
    REQUIRE(bracket.next() == step::mark);
    bracket.came({});
  }
  record_publisher logic;
  transaction bracket;
};

} // namespace

TEST_CASE("a transaction waits for all answers, then the mark goes and then the commit") {
  bench b;
  b.begin();
  CHECK(!b.bracket.takes());
  b.bracket.answered({{2, kafka_fate::delivered, ""}, {7, kafka_fate::delivered, ""}});
  CHECK(b.bracket.next() == step::none);
  b.bracket.answered({{1, kafka_fate::delivered, ""}});
  CHECK(b.bracket.next() == step::mark);
  CHECK(b.bracket.mark() == kafka_mark{2, "me"});
  CHECK(b.logic.take_progress()->cursor.mark == "kafka me 2");
  b.bracket.came({});
  CHECK(b.bracket.next() == step::commit);
  CHECK(b.bracket.unfinished());
  b.bracket.came({});
  CHECK(b.bracket.committed() == 1);
  CHECK(b.logic.take_progress()->cursor.acked == 2);
  CHECK(!b.bracket.unfinished());
  CHECK(b.bracket.next() == step::begin);
}

TEST_CASE("a step that is not done yet is the next one again, and its reason is said meanwhile") {
  bench b;
  b.begin();
  b.ask();
  b.bracket.came({kafka_step::again, "the coordinator is away"});
  CHECK(b.bracket.trouble() == "the coordinator is away");
  CHECK(b.bracket.next() == step::commit);
  CHECK(!b.logic.take_progress()->delivered);
  b.bracket.came({});
  CHECK(b.bracket.trouble().empty());
  CHECK(b.logic.take_progress()->delivered == 2);
}

TEST_CASE("a step that is never done ends the producer") {
  bench b;
  b.begin();
  b.ask();
  for (int i = 0; i < 240; ++i) {
    REQUIRE(b.bracket.next() == step::commit);
    b.bracket.came({kafka_step::again, "the coordinator is away"});
  }
  REQUIRE(b.bracket.wants_restart());
  CHECK(b.bracket.wants_restart()->text == "the coordinator is away");
  CHECK(b.bracket.next() == step::none);
}

TEST_CASE("a refused record aborts the transaction, and all of it goes again with a new producer") {
  for (const auto how : {kafka_step::done, kafka_step::again, kafka_step::broken}) {
    bench b;
    b.begin();
    b.bracket.answered({{2, kafka_fate::too_large, "too large"}});
    CHECK(b.bracket.next() == step::abort);
    b.bracket.answered({{1, kafka_fate::lost, "purged"}});
    b.bracket.came({how, ""});
    CHECK(b.bracket.aborted() == 1);
    CHECK(!b.bracket.wants_restart());
    CHECK(b.bracket.spent());
    CHECK(!b.bracket.unfinished());
    CHECK(b.bracket.next() == step::none);
    b.bracket.renew();
    CHECK(b.bracket.next() == step::begin);
    b.bracket.came({});
    REQUIRE(b.logic.next() != nullptr);
    CHECK(b.logic.token() == 1);
    b.logic.sent();
    CHECK(b.logic.next() == nullptr); // half of it
  }
}

TEST_CASE("a record that was refused before it was sent does not end the transaction") {
  bench b;
  b.begin();
  b.bracket.answered({{1, kafka_fate::too_large, "too large", true}, {2, kafka_fate::delivered, ""}});
  CHECK(b.bracket.next() == step::mark);
  CHECK(b.logic.take_progress()->dead.size() == 1);
  bench all;
  all.begin();
  all.bracket.answered({{1, kafka_fate::refused, "", true}, {2, kafka_fate::refused, "", true}});
  CHECK(all.bracket.next() == step::none);
  CHECK(all.bracket.takes());
}

TEST_CASE("a mark that fails aborts the transaction, and the sink starts anew with the reason") {
  bench b;
  b.begin();
  b.bracket.answered({{1, kafka_fate::delivered, ""}, {2, kafka_fate::delivered, ""}});
  REQUIRE(b.bracket.next() == step::mark);
  b.bracket.came({kafka_step::failed, "Group authorization failed"});
  REQUIRE(b.bracket.next() == step::abort);
  b.bracket.came({});
  REQUIRE(b.bracket.wants_restart());
  CHECK(b.bracket.wants_restart()->text == "Group authorization failed");
  CHECK(b.bracket.next() == step::none);
}

TEST_CASE("whether a commit that fails was one is left to the mark") {
  for (const auto how : {kafka_step::failed, kafka_step::broken}) {
    bench b;
    b.begin();
    b.ask();
    REQUIRE(b.bracket.next() == step::commit);
    b.bracket.came({how, "timed out"});
    REQUIRE(b.bracket.wants_restart());
    CHECK(b.bracket.next() == step::none);
    CHECK(b.logic.take_progress()->delivered == 0);
    CHECK(b.logic.unacknowledged() == 2);
  }
}
