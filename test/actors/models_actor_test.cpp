// The watcher of bundles on CAF's deterministic scheduler: virtual time, real bundles.
#include "actors/predict/models_actor.hpp"

#include <atomic>
#include <future>
#include <thread>

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <doctest/doctest.h>

#include "actors/predict/model_facts.hpp"
#include "messages/health.hpp"
#include "test/predict/model_fixture.hpp"
#include "test/store/store_fixture.hpp"

using namespace sluice;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

struct config_of_test : caf::actor_system_config {
  config_of_test() {
    add_message_types<caf::id_block::sluice>();
    set("scheduler.policy", caf::atom("testing"));
  }
};

struct fixture {
  test::temp_dir folder, data;
  test::open_journal log{data.path()};
  std::shared_ptr<model_files> files = std::make_shared<model_files>(data.path());
  // Predictors that load the model `stuck` hang until the end; this thread, which reads facts, does not.
  std::promise<void> end;
  std::atomic<std::uint64_t> stuck{0};
  std::shared_ptr<kept_models> kept = std::make_shared<kept_models>(
      [this, here = std::this_thread::get_id(), ended = end.get_future().share()](std::uint64_t id) {
        if (id == stuck && std::this_thread::get_id() != here) ended.wait();
        return files->path(id);
      });
  std::shared_ptr<watched_models> models = std::make_shared<watched_models>();
  config_of_test cfg;
  caf::actor_system system{cfg};
  caf::scheduler::test_coordinator& sched =
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  caf::scoped_actor self{system};
  component_actor watcher;

  std::string path(const std::string& pipeline) const { return folder.path() + "/" + pipeline; }
  std::uint64_t save(const std::string& pipeline, const std::string& version) const {
    auto b = test::python_bundle("number.ubj", {});
    b.version = version;
    const auto saved = save_bundle(b, path(pipeline));
    REQUIRE_MESSAGE(saved, (saved ? "" : saved.error().text));
    return model_id(*saved);
  }
  // A pipeline of one shard, whose predictor has the model.
  void add(const std::string& pipeline) {
    const auto id = save(pipeline, pipeline + " 1");
    REQUIRE(files->keep(files->copy(path(pipeline), 1u << 20, pipeline).value(), id));
    watched_model m{pipeline, {}, model_watch(path(pipeline), kept->facts(id).value()), {}, nullptr};
    scoring_desk::settings how;
    how.pipeline = pipeline, how.kept = kept;
    m.desks.push_back(std::make_shared<scoring_desk>(std::move(how)));
    m.desks.back()->preload(id, kept->load(id).value());
    REQUIRE(m.desks.back()->open());
    models->all.push_back(std::move(m));
  }
  void start() {
    watcher = system.spawn(run_models,
                           models_actor_config{models, kept, files, log.log.get(), &log.clock, nullptr});
    sched.run();
  }
  void advance(milliseconds d) {
    sched.clock().current_time += d;
    sched.trigger_timeouts();
    sched.run();
  }
  // Lets the predictor of a pipeline load its new model, and the watcher see that.
  void load(std::size_t pipeline) {
    const auto& m = models->all[pipeline];
    while (m.next != nullptr && !m.desks[0]->prepared(m.next->id)) std::this_thread::yield();
    advance(milliseconds(20));
  }
  status_ptr status() {
    auto asked = self->request(watcher, caf::infinite, status_atom_v);
    sched.run();
    status_ptr got;
    asked.receive([&](const status_ptr& s) { got = s; }, [](const caf::error&) {});
    REQUIRE(got);
    return got;
  }
  std::vector<std::uint64_t> put_in_force() const {
    std::vector<std::uint64_t> all;
    const auto at = log.log->read(1);
    while (at->next().value() == journal::cursor::kind::control)
      if (at->record().kind == control_kind::model) all.push_back(at->record().value);
    return all;
  }
  ~fixture() {
    caf::anon_send_exit(watcher, caf::exit_reason::kill);
    sched.run();
    models->all.clear();
    end.set_value();
    while (kept.use_count() > 1) std::this_thread::yield(); // the predictors' threads end
  }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "a new model is put in force when it rests and its predictors have it") {
  add("p");
  start();
  const auto id = save("p", "2");
  advance(seconds(1));
  CHECK(models->all[0].next == nullptr);
  advance(seconds(1));
  load(0);
  CHECK(models->all[0].bundle.in_force()->id == id);
  CHECK(put_in_force() == std::vector{id});
  CHECK(status()->level == health_level::ok);
}

TEST_CASE_FIXTURE(fixture, "a bundle rests for a second, also while another model is being loaded") {
  add("slow");
  add("p");
  start();
  stuck = save("slow", "2");
  advance(seconds(1));
  advance(seconds(1));
  REQUIRE(models->all[0].next != nullptr);
  save("p", "p 2");
  for (int i = 0; i < 50; ++i) {
    CHECK(models->all[1].next == nullptr); // one look at most
    advance(milliseconds(20));
  }
  for (int i = 0; i < 50; ++i) advance(milliseconds(20));
  load(1);
  CHECK(models->all[1].swaps == 1);
  CHECK(models->all[0].swaps == 0);
}

TEST_CASE_FIXTURE(fixture, "a model that does not get loaded leaves the one in force, with the reason") {
  add("p");
  start();
  const auto before = models->all[0].bundle.in_force()->id;
  stuck = save("p", "2");
  advance(seconds(1));
  advance(seconds(1));
  REQUIRE(models->all[0].next != nullptr);
  advance(milliseconds(29'900));
  CHECK(status()->level == health_level::ok);
  advance(milliseconds(200));
  CHECK(models->all[0].next == nullptr);
  CHECK(models->all[0].bundle.in_force()->id == before);
  CHECK(put_in_force().empty());
  const auto got = status();
  CHECK(got->level == health_level::degraded);
  CHECK(got->reason == path("p") + ": the new model is not loaded within 30 s");
}

TEST_CASE_FIXTURE(fixture, "predictions are unavailable until a model that failed is loaded again") {
  add("p");
  start();
  auto& desk = *models->all[0].desks[0];
  stuck = models->all[0].bundle.in_force()->id;
  desk.close();
  REQUIRE(desk.open()); // as the supervisor does it
  CHECK(status()->level == health_level::degraded);
  CHECK(status()->reason == "predictions of p are unavailable: the model is being loaded");
}

TEST_CASE_FIXTURE(fixture, "a bad bundle leaves the model in force, and is named as its user has it") {
  add("p");
  start();
  std::filesystem::remove(path("p") + "/samples.jsonl");
  advance(seconds(1));
  advance(seconds(1));
  CHECK(put_in_force().empty());
  CHECK(status()->reason == "cannot read " + path("p") + "/samples.jsonl: No such file or directory");
}
