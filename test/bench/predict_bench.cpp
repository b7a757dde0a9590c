// `scripts/bench predict`: the step predict over results as a window makes them, in pieces of `batch`, beside
// XGBoost's own prediction of the same rows in calls of `batch`; they take turns. And what one result alone
// waits.
//
// The library gets rows of floats that lie ready, and predicts them in one thread (nthread = 1) as fast as
// its C API does: in place, for linear models through a matrix. The step reads the features out of the
// results' JSON, has the same library score them, and writes class and probability into that JSON: with a
// thread for the model beside the caller's (`step`), or in the caller's alone as replays have it (`direct`).
// `events_per_s` is wall time, so that the two threads of `step` may overlap; `cpu_us` is the process's CPU
// per event, of both threads and what waking them costs. `.._of_library` are rates over the library's,
// `library_of_step_cpu` is the library's share of the step's CPU.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <unistd.h>

#include "actors/predict/booster.hpp"
#include "actors/predict/bundle.hpp"
#include "actors/predict/direct_scoring.hpp"
#include "actors/predict/scoring_desk.hpp"
#include "actors/window/predictions.hpp"
#include "actors/window/result_json.hpp"
#include "test/bench/measure.hpp"

using namespace sluice;
using clock_of_wall = std::chrono::steady_clock;

namespace {

constexpr std::size_t rows = 1024; // of a batch: what one piece of work may bring
constexpr const char* names[] = {"temperature", "humidity", "light", "co2", "humidity_ratio"};

[[noreturn]] void give_up(const std::string& why) {
  throw std::runtime_error(why);
}

// A folder of its own, removed afterwards.
class work_folder {
public:
  work_folder() {
    if (::mkdtemp(path_.data()) == nullptr) give_up("no temporary folder can be made");
  }
  work_folder(const work_folder&) = delete;
  work_folder& operator=(const work_folder&) = delete;
  ~work_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

private:
  std::string path_ = (std::filesystem::temp_directory_path() / "sluice-bench.XXXXXX").string();
};

double process_cpu_us() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return 1e6 * static_cast<double>(t.tv_sec) + 1e-3 * static_cast<double>(t.tv_nsec);
}

// Rooms that somebody is in or not.
labelled made_rows(std::size_t count) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> at(0, 1);
  labelled out;
  out.rows.columns = std::size(names);
  for (std::size_t i = 0; i < count; ++i) {
    const float t = 19 + 5 * at(random), h = 20 + 20 * at(random), light = 700 * at(random);
    const float co2 = 400 + 1200 * at(random);
    for (const float v : {t, h, light, co2, h / 6000 + t / 20000}) out.rows.values.push_back(v);
    const float score = (light - 300) / 200 + (co2 - 900) / 400 + std::sin(t * 3) + at(random) - 0.5f;
    out.labels.push_back(score > 0 ? 1 : 0);
  }
  return out;
}

struct model {
  std::string name;
  boosting how;
};

std::vector<model> models() {
  const auto trees = [](const char* depth, unsigned rounds) {
    return boosting{{{"booster", "gbtree"},
                     {"objective", "binary:logistic"},
                     {"max_depth", depth},
                     {"eta", "0.1"},
                     {"nthread", "1"},
                     {"seed", "1"}},
                    rounds};
  };
  auto forest = trees("8", 1);
  forest.parameters.insert(forest.parameters.end(), {{"num_parallel_tree", "100"}, {"subsample", "0.8"}});
  const boosting linear{{{"booster", "gblinear"},
                         {"objective", "binary:logistic"},
                         {"updater", "coord_descent"},
                         {"nthread", "1"},
                         {"seed", "1"}},
                        50};
  return {{"trees 100x6", trees("6", 100)},
          {"trees 50x4", trees("4", 50)},
          {"forest 100x8", forest},
          {"linear", linear}};
}

bundle around(const booster& b) {
  bundle out;
  out.name = "bench", out.version = "1", out.kind = "boosted_trees", out.label = "occupied";
  out.task = model_task::classification;
  out.classes = {"0", "1"};
  for (const auto* name : names) {
    feature f;
    f.name = name;
    f.seen = distribution::of_numbers({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
    out.features.push_back(f);
  }
  out.data_hash = "00";
  auto bytes = b.save();
  if (!bytes) give_up(bytes.error().text);
  out.model = *bytes;
  return out;
}

// Results of a window of a room.
std::vector<result_record> made_results(const matrix& from) {
  std::vector<result_record> all;
  for (std::size_t i = 0; i < from.rows(); ++i) {
    result_record r;
    r.order.sequence = i + 1;
    r.order.device = "room-1";
    r.json =
        R"({"pipeline":"rooms","device":"room-1","start":1423018800000,"end":1423019100000,"revision":0,"values":{)";
    for (std::size_t k = 0; k < from.columns; ++k) {
      char text[64];
      std::snprintf(text, sizeof text, "\"%s\":%.9g,", names[k],
                    static_cast<double>(from.values[i * from.columns + k]));
      r.json += text;
    }
    r.json += "\"count\":5}}";
    all.push_back(std::move(r));
  }
  return all;
}

struct taken {
  std::vector<double> wall_us, cpu_us; // per event, per pass

  void begin_pass() { wall_us.push_back(0), cpu_us.push_back(0); }
  // Adds what `batch` costs to the pass of so many events.
  template <class F> void measure(std::size_t events, F&& batch) {
    const auto cpu = process_cpu_us();
    const auto begin = clock_of_wall::now();
    batch();
    const std::chrono::duration<double, std::micro> wall = clock_of_wall::now() - begin;
    wall_us.back() += wall.count() / static_cast<double>(events);
    cpu_us.back() += (process_cpu_us() - cpu) / static_cast<double>(events);
  }
};

// The middle of the ratios of passes that were neighbours.
double ratio(const std::vector<double>& of, const std::vector<double>& to) {
  std::vector<double> all;
  for (std::size_t i = 0; i < of.size(); ++i) all.push_back(of[i] / to[i]);
  return median(all);
}

void run(const model& m, const labelled& training, const labelled& asked, std::size_t passes) {
  auto trained = booster::train(training, {}, m.how, [](unsigned) {});
  if (!trained) give_up(trained.error().text);
  const work_folder folder;
  const auto place = folder.path() + "/model";
  const auto saved = save_bundle(around(trained->model), place);
  if (!saved) give_up(saved.error().text);
  const auto kept = std::make_shared<kept_models>([place](std::uint64_t) { return place; });
  const auto id = model_id(*saved);

  scoring_desk::settings settings;
  settings.pipeline = "rooms", settings.kept = kept;
  const auto desk = std::make_shared<scoring_desk>(settings);
  auto loaded = kept->load(id);
  if (!loaded) give_up(loaded.error().text);
  desk->preload(id, std::move(*loaded));
  if (auto opened = desk->open(); !opened) give_up(opened.error().text);

  pipeline_plan plan;
  plan.name = "rooms";
  plan.window.emplace();
  plan.predict = predict_options{"predict-1", "", "occupied"};
  predictions step(plan, 0, 1, desk);
  predictions direct(plan, 0, 1, std::make_shared<direct_scoring>(kept, std::nullopt));
  for (auto* p : {&step, &direct})
    if (auto done = p->put_in_force(id); !done) give_up(done.error().text);

  const auto events = asked.rows.rows();
  const auto results = made_results(asked.rows);
  const auto in_batches = [&](predictions& p, taken& into) {
    into.begin_pass();
    for (std::size_t i = 0; i < events; i += rows) {
      const auto some = std::span(results).subspan(i, std::min(rows, events - i));
      std::vector<result_record> fresh(some.begin(), some.end());
      for (auto& r : fresh) r.json = own_record(r.json, plan.predict); // as a window has just written it
      into.measure(events, [&] { p.predict(fresh); });
    }
    if (p.take_counters().predicted != events) give_up("a result has no prediction");
  };
  taken library, stepped, directly;
  std::vector<float> out;
  for (std::size_t pass = 0; pass < passes; ++pass) {
    library.begin_pass();
    for (std::size_t i = 0; i < events; i += rows)
      library.measure(events, [&] {
        if (!trained->model.predict(asked.rows.values.data() + i * asked.rows.columns,
                                    std::min(rows, events - i), out))
          give_up("the library fails");
      });
    in_batches(step, stepped);
    in_batches(direct, directly);
  }
  std::vector<double> alone;
  for (std::size_t i = 0; i < 20'000; ++i) {
    auto one = results[i % results.size()];
    const auto begin = clock_of_wall::now();
    step.predict(std::span(&one, 1));
    alone.push_back(std::chrono::duration<double, std::micro>(clock_of_wall::now() - begin).count());
  }
  std::sort(alone.begin(), alone.end());
  std::printf(
      "{\"bench\":\"predict\",\"model\":\"%s\",\"events\":%zu,\"batch\":%zu,\"library_events_per_s\":%.0f,"
      "\"step_events_per_s\":%.0f,\"step_of_library\":%.3f,\"direct_of_library\":%.3f,"
      "\"library_cpu_us\":%.3f,\"step_cpu_us\":%.3f,\"library_of_step_cpu\":%.3f,"
      "\"single_p50_us\":%.1f,\"single_p99_us\":%.1f}\n",
      m.name.c_str(), events, rows, 1e6 / median(library.wall_us), 1e6 / median(stepped.wall_us),
      ratio(library.wall_us, stepped.wall_us), ratio(library.wall_us, directly.wall_us),
      median(library.cpu_us), median(stepped.cpu_us), ratio(library.cpu_us, stepped.cpu_us),
      alone[alone.size() / 2], alone[alone.size() * 99 / 100]);
}

} // namespace

int main(int count, char** arguments) try {
  const auto training = made_rows(8'000), asked = made_rows(100'000);
  for (const auto& m : models())
    if (count < 2 || m.name == arguments[1]) run(m, training, asked, 25);
} catch (const std::exception& e) {
  std::fprintf(stderr, "predict_bench: %s\n", e.what());
  return 1;
}
