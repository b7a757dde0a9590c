// Desks: answers, a model that gives none, and what is asked meanwhile.
#include <doctest/doctest.h>

#include <filesystem>
#include <future>
#include <thread>

#include "actors/predict/direct_scoring.hpp"
#include "actors/predict/scoring_desk.hpp"
#include "model_fixture.hpp"
#include "test/support/fault_hooks.hpp"

using namespace sluice;
using namespace sluice::test;
using state = scoring_desk::state;

namespace {

// Two good models and a folder for each.
struct kept {
  temp_dir folder;
  std::shared_ptr<kept_models> models;
  std::uint64_t first, second;
  std::string place(std::uint64_t id) const { return folder.path() + "/" + std::to_string(id); }

  kept() {
    first = keep("1");
    second = keep("2");
    models = std::make_shared<kept_models>([this](std::uint64_t id) { return place(id); });
  }
  std::uint64_t keep(const std::string& version) const {
    auto b = python_bundle("number.ubj", {});
    b.version = version;
    const auto saved = save_bundle(b, folder.path() + "/new");
    REQUIRE_MESSAGE(saved, (saved ? "" : saved.error().text));
    const auto id = model_id(*saved);
    std::filesystem::rename(folder.path() + "/new", place(id));
    return id;
  }
  // With the first model in memory.
  void open(scoring_desk& desk) const {
    auto loaded = models->load(first);
    REQUIRE(loaded);
    desk.preload(first, std::move(*loaded));
    REQUIRE(desk.open());
  }
  scoring_desk::settings settings() const {
    scoring_desk::settings s;
    s.pipeline = "p", s.timeout = std::chrono::seconds(20), s.kept = models;
    return s;
  }
};

std::shared_ptr<score_job> job_for(std::uint64_t model, std::size_t rows = 3) {
  auto job = std::make_shared<score_job>();
  job->model = model;
  for (std::size_t i = 0; i < rows; ++i)
    for (const double v : {20.0 + static_cast<double>(i), 40.0, 100.0})
      job->rows.push_back(feature_value::of(v));
  return job;
}

} // namespace

TEST_CASE("a desk gives what the model gives, loads another one on demand, and counts") {
  const kept k;
  scoring_desk desk(k.settings());
  k.open(desk);
  CHECK(desk.now() == state::open);
  direct_scoring direct(k.models, std::nullopt);
  for (const auto id : {k.first, k.second, k.first}) {
    const auto job = job_for(id), same = job_for(id);
    REQUIRE(desk.score(job));
    REQUIRE(direct.score(same));
    CHECK(job->out.outputs == same->out.outputs);
  }
  const auto status = desk.status();
  CHECK(status.batches == 3);
  CHECK(status.rows == 9);
  CHECK(status.refused == 0);
  CHECK(status.model == k.first);
  CHECK(status.drift.rows() == 3); // of the model in force only
  const auto facts = desk.facts(k.first);
  REQUIRE(facts);
  CHECK(status.drift.against(**facts).size() == 3);
}

TEST_CASE("jobs that were offered are answered one after the other") {
  const kept k;
  scoring_desk desk(k.settings());
  k.open(desk);
  const auto one = job_for(k.first, 1), two = job_for(k.first, 2), three = job_for(k.first, 3);
  desk.offer(one), desk.offer(two);
  REQUIRE(desk.score(one));
  CHECK(one->out.states.size() == 1);
  desk.offer(three);
  REQUIRE(desk.score(two));
  REQUIRE(desk.score(three));
  CHECK(two->out.states.size() == 2);
  CHECK(three->out.states.size() == 3);
  const auto alone = job_for(k.first, 4); // not offered before
  REQUIRE(desk.score(alone));
  CHECK(alone->out.states.size() == 4);
  CHECK(desk.status().rows == 10);
}

TEST_CASE("a job that could not be offered gets its own answer, not that of one that could") {
  const kept k;
  scoring_desk desk(k.settings());
  k.open(desk);
  const auto one = job_for(k.first, 1), two = job_for(k.first, 2);
  desk.offer(two);
  REQUIRE(desk.score(one));
  CHECK(one->out.states.size() == 1);
  REQUIRE(desk.score(two));
  CHECK(two->out.states.size() == 2);
}

TEST_CASE("a job behind one without an answer is refused, and nobody works on it") {
  const kept k;
  auto settings = k.settings();
  for (const auto how : {faults::scoring::throws, faults::scoring::hangs}) {
    settings.timeout = std::chrono::milliseconds(how == faults::scoring::hangs ? 50 : 20'000);
    scoring_desk desk(settings);
    k.open(desk);
    testing::next_score = how;
    const auto bad = job_for(k.first), behind = job_for(k.first);
    desk.offer(bad), desk.offer(behind);
    REQUIRE_FALSE(desk.score(bad));
    const auto done = desk.score(behind);
    REQUIRE_FALSE(done);
    CHECK(done.error().text == desk.why_closed());
    CHECK(behind->out.states.empty());
    CHECK(desk.status().refused == 2);
    // A new thread takes it.
    REQUIRE(desk.open());
    while (desk.now() == state::loading) std::this_thread::yield();
    REQUIRE(desk.score(behind));
    CHECK(behind->out.states.size() == 3);
  }
}

TEST_CASE("a desk that is closed, or whose model cannot be loaded, refuses at once and says why") {
  kept k;
  scoring_desk desk(k.settings());
  auto done = desk.score(job_for(k.first));
  REQUIRE_FALSE(done);
  CHECK(done.error().text == "no predictor runs");
  k.open(desk);
  REQUIRE(desk.score(job_for(k.first)));
  std::filesystem::remove_all(k.place(k.second));
  CHECK_FALSE(desk.score(job_for(k.second)));
  CHECK(desk.now() == state::closed);
  CHECK(desk.why_closed().find("cannot open the model bundle") != std::string::npos);
  done = desk.score(job_for(k.first));
  REQUIRE_FALSE(done);
  CHECK(done.error().text == desk.why_closed());
  CHECK(desk.status().refused == 3);
}

TEST_CASE("a model that throws, hangs or finds no memory closes its desk, which opens again") {
  const kept k;
  auto settings = k.settings();
  struct bad {
    faults::scoring how;
    std::string says;
    ec code;
  };
  for (const auto& [how, says, code] :
       {bad{faults::scoring::throws, "the model throws: a fault of the test", ec::refused},
        bad{faults::scoring::memory, "the model finds no memory", ec::refused},
        bad{faults::scoring::hangs, "the model gives no answer within 50 ms", ec::timeout}}) {
    CAPTURE(says);
    settings.timeout = std::chrono::milliseconds(how == faults::scoring::hangs ? 50 : 20'000);
    scoring_desk desk(settings);
    k.open(desk);
    testing::next_score = how;
    const auto done = desk.score(job_for(k.first));
    REQUIRE_FALSE(done);
    CHECK(done.error().text == says);
    CHECK(desk.now() == state::closed);
    CHECK(desk.failure() == code);
    CHECK(desk.hanging() == (how == faults::scoring::hangs ? 1 : 0));
    REQUIRE(desk.open()); // loads the model anew
    while (desk.now() == state::loading) {
      const auto meanwhile = desk.score(job_for(k.first, 1));
      if (!meanwhile) CHECK(meanwhile.error().text == "the model is being loaded");
    }
    CHECK(desk.now() == state::open);
  }
}

TEST_CASE("a desk starts no more threads than it can bear hanging") {
  const kept k;
  auto settings = k.settings();
  settings.timeout = std::chrono::milliseconds(10);
  scoring_desk desk(settings);
  for (std::size_t i = 0; i < 3; ++i) {
    REQUIRE(desk.open());
    while (desk.now() == state::loading) CHECK(desk.now() != state::closed);
    testing::next_score = faults::scoring::hangs;
    REQUIRE_FALSE(desk.score(job_for(k.first)));
  }
  CHECK(desk.hanging() == 3);
  const auto more = desk.open();
  REQUIRE_FALSE(more);
  CHECK(more.error().text == "3 calls of the model hang; it is asked no more until one of them returns");
  CHECK(desk.now() == state::closed);
  CHECK(desk.why_closed() == more.error().text);
}

TEST_CASE("a model that answers NaN stays in use: the rows say so") {
  const kept k;
  scoring_desk desk(k.settings());
  REQUIRE(desk.open()); // nothing to load yet
  testing::next_score = faults::scoring::nan;
  auto job = job_for(k.first);
  while (desk.now() == state::loading) CHECK(desk.now() != state::closed);
  REQUIRE(desk.score(job));
  CHECK(job->out.states == std::vector(3, scores::state::not_finite));
  job = job_for(k.first);
  REQUIRE(desk.score(job));
  CHECK(job->out.states == std::vector(3, scores::state::scored));
}

TEST_CASE("a model that is prepared is loaded beside the work") {
  const kept k;
  scoring_desk desk(k.settings());
  CHECK(desk.prepared(k.second)); // nothing would load it
  k.open(desk);
  desk.prepare(k.second);
  while (!desk.prepared(k.second)) REQUIRE(desk.score(job_for(k.first)));
  std::filesystem::remove_all(k.place(k.second)); // it is in memory
  CHECK(desk.score(job_for(k.second)));
  desk.prepare(12345); // is not kept
  while (!desk.prepared(12345)) REQUIRE(desk.score(job_for(k.first)));
  CHECK(desk.score(job_for(k.first)));
}

TEST_CASE("a model that is loaded on demand may take longer than an answer") {
  kept k;
  std::promise<void> waited;
  const auto slow = k.second;
  k.models =
      std::make_shared<kept_models>([&k, slow, longer = waited.get_future().share()](std::uint64_t id) {
        if (id == slow) longer.wait_for(std::chrono::seconds(20)); // a large one
        return k.place(id);
      });
  auto settings = k.settings();
  settings.timeout = std::chrono::milliseconds(600);
  settings.slice = settings.timeout + std::chrono::milliseconds(1);
  int alive = 0;
  scoring_desk desk(settings);
  desk.tell_alive([&] {
    if (alive++ == 0) waited.set_value(); // who asks has waited for longer than for an answer
  });
  k.open(desk);
  const auto job = job_for(slow);
  const auto done = desk.score(job);
  REQUIRE_MESSAGE(done, (done ? "" : done.error().text));
  CHECK(job->out.states.size() == 3);
  CHECK(alive >= 2); // while it waited, and with the answer
  CHECK(desk.status().times.slowest() < settings.timeout);
}

TEST_CASE("a model that does not get loaded is given up after a time of its own") {
  kept k;
  std::promise<void> end;
  const auto ended = end.get_future().share();
  const auto stuck = k.second;
  k.models = std::make_shared<kept_models>([&k, stuck, ended](std::uint64_t id) {
    if (id == stuck) ended.wait();
    return k.place(id);
  });
  auto settings = k.settings();
  settings.load = std::chrono::milliseconds(30);
  scoring_desk desk(settings);
  k.open(desk);
  const auto done = desk.score(job_for(stuck));
  REQUIRE_FALSE(done);
  CHECK(done.error().text == "the model is not loaded within 30 ms");
  CHECK(desk.now() == state::closed);
  CHECK(desk.failure() == ec::timeout);
  CHECK(desk.hanging() == 1);
  end.set_value();
  while (desk.hanging() != 0) CHECK(desk.now() == state::closed); // it comes back, and its threads end
}

TEST_CASE("calls that hang on one model do not keep another one from being asked") {
  const kept k;
  auto settings = k.settings();
  settings.timeout = std::chrono::milliseconds(300); // also for the answer at the end
  scoring_desk desk(settings);
  for (std::size_t i = 0; i < 3; ++i) {
    REQUIRE(desk.open());
    while (desk.now() == state::loading) CHECK(desk.now() != state::closed);
    testing::next_score = faults::scoring::hangs;
    REQUIRE_FALSE(desk.score(job_for(k.first)));
  }
  REQUIRE_FALSE(desk.open());
  CHECK_FALSE(desk.score(job_for(k.second))); // the one in force from now on
  CHECK(desk.open());
  while (desk.now() == state::loading) CHECK(desk.now() != state::closed);
  CHECK(desk.score(job_for(k.second)));
}

TEST_CASE("a desk says why a model that it should prepare cannot be loaded") {
  const kept k;
  scoring_desk desk(k.settings());
  k.open(desk);
  std::filesystem::remove(k.place(k.second) + "/samples.jsonl");
  desk.prepare(k.second);
  while (!desk.prepared(k.second)) REQUIRE(desk.score(job_for(k.first)));
  const auto trouble = desk.trouble_with(k.second);
  REQUIRE(trouble);
  CHECK(trouble->text.find("samples.jsonl") != std::string::npos);
  CHECK_FALSE(desk.trouble_with(k.first));
  std::filesystem::copy(k.place(k.first) + "/samples.jsonl", k.place(k.second));
  desk.prepare(k.second); // once more
  while (!desk.prepared(k.second)) REQUIRE(desk.score(job_for(k.first)));
  CHECK_FALSE(desk.trouble_with(k.second));
}

TEST_CASE("missing features are treated as the option says") {
  const kept k;
  auto job = job_for(k.first, 1);
  job->rows[0] = {};
  direct_scoring as_bundle(k.models, std::nullopt), refuse(k.models, missing_policy::refuse);
  REQUIRE(as_bundle.score(job));
  CHECK(job->out.states[0] == scores::state::scored);
  REQUIRE(refuse.score(job));
  CHECK(job->out.states[0] == scores::state::incomplete);
}
