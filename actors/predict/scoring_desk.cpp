#include "actors/predict/scoring_desk.hpp"

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <thread>

#include "messages/faults.hpp"

namespace sluice {

namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr std::size_t most_hanging = 3;    // threads, each with a model, before no more are started
constexpr std::size_t most_models = 2;     // in one thread: the one in force and the one before or after it
constexpr std::size_t observed_rows = 64;  // of a batch, evenly, for the drift figures
constexpr std::uint64_t remembered = 1024; // batches, for the times

// What a test's binary makes of the model (messages/faults.hpp).
void misbehave(const std::string& pipeline, bool& nan) {
  switch (faults::how_to_score(pipeline)) {
  case faults::scoring::well:
    return;
  case faults::scoring::throws:
    throw std::runtime_error("a fault of the test");
  case faults::scoring::hangs:
    for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
  case faults::scoring::nan:
    nan = true;
    return;
  case faults::scoring::memory:
    throw std::bad_alloc(); // as an allocation does that fails; a sanitizer's would end the process
  }
}

void make_nan(scores& out) {
  for (auto& s : out.states) s = scores::state::not_finite;
  std::fill(out.values.begin(), out.values.end(), std::numeric_limits<double>::quiet_NaN());
}

} // namespace

// What a thread shares with its desk, and with the shard that waits. Everything under the mutex save for
// `models`, which is the thread's own.
struct scoring_desk::worker {
  std::mutex mutex;
  std::condition_variable work, answer;
  bool ready = false, stop = false, given_up = false, answered = false;
  std::shared_ptr<score_job> job;
  outcome<void> result;
  std::optional<error> failed;
  std::vector<std::uint64_t> wanted, loaded, unloadable;
  drift_window drift;
  std::uint64_t drift_model = 0;

  std::vector<std::pair<std::uint64_t, std::shared_ptr<predictor>>> models; // the one used last at the end

  // The model, loaded if need be.
  outcome<std::shared_ptr<predictor>> get(std::uint64_t model, const settings& how) {
    const auto at = std::find_if(models.begin(), models.end(), [&](auto& m) { return m.first == model; });
    if (at != models.end()) {
      std::rotate(at, at + 1, models.end());
      return models.back().second;
    }
    auto made = how.kept->load(model);
    if (!made) return tl::unexpected(made.error());
    put(model, std::move(*made), how);
    return models.back().second;
  }

  void put(std::uint64_t model, predictor made, const settings& how) {
    if (how.missing) made.treat_missing(*how.missing);
    if (models.size() == most_models) models.erase(models.begin());
    models.emplace_back(model, std::make_shared<predictor>(std::move(made)));
    std::lock_guard lock(mutex);
    loaded.clear();
    for (const auto& m : models) loaded.push_back(m.first);
  }

  void observe(const score_job& job, const predictor& model) {
    const auto width = model.about().features.size();
    const auto rows = job.rows.size() / width;
    const auto stride = (rows + observed_rows - 1) / observed_rows;
    std::lock_guard lock(mutex);
    if (drift_model != job.model) drift = {}, drift_model = job.model;
    for (std::size_t i = 0; i < rows; i += stride)
      drift.add(std::span(job.rows).subspan(i * width, width), model);
  }

  outcome<void> take(score_job& job, const settings& how) {
    return guarded([&]() -> outcome<void> {
      bool nan = false;
      misbehave(how.pipeline, nan);
      const auto model = get(job.model, how);
      if (!model) return tl::unexpected(model.error());
      if (auto done = (*model)->score(job.rows, job.out); !done) return done;
      if (nan) make_nan(job.out);
      observe(job, **model);
      return {};
    });
  }

  // For the shard. Errors: ec::timeout (the thread is given up), ec::throttled (it is not ready yet), else
  // what the model came to.
  outcome<void> ask(const std::shared_ptr<score_job>& what, std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex);
    if (failed) return tl::unexpected(*failed);
    if (!ready) return fail(ec::throttled, "the model is being loaded");
    job = what, answered = false;
    work.notify_one();
    const bool in_time = answer.wait_for(lock, timeout, [&] { return answered; });
    job.reset();
    if (in_time) return result;
    given_up = true;
    return fail(ec::timeout, "the model gives no answer within " + std::to_string(timeout.count()) + " ms");
  }

  bool knows(std::uint64_t model) const {
    const auto has = [model](const auto& list) {
      return std::find(list.begin(), list.end(), model) != list.end();
    };
    return has(loaded) || has(unloadable);
  }
};

scoring_desk::scoring_desk(settings how) : how_(std::move(how)) {}

scoring_desk::~scoring_desk() {
  close();
}

outcome<std::shared_ptr<const model_facts>> scoring_desk::facts(std::uint64_t model) {
  return how_.kept->facts(model);
}

// The thread. `first`: the model to load before anything is asked; 0 = none.
void scoring_desk::run(std::shared_ptr<worker> w, settings how, std::uint64_t first) {
  if (first != 0) {
    const auto done = guarded([&]() -> outcome<void> {
      auto made = w->get(first, how);
      if (!made) return tl::unexpected(made.error());
      return {};
    });
    if (!done) {
      std::lock_guard lock(w->mutex);
      w->failed = done.error();
      return;
    }
  }
  std::unique_lock lock(w->mutex);
  w->ready = true;
  for (;;) {
    w->work.wait(lock, [&] { return w->stop || (w->job && !w->answered) || !w->wanted.empty(); });
    if (w->job && !w->answered) {
      const auto job = w->job;
      lock.unlock();
      auto result = w->take(*job, how);
      lock.lock();
      if (w->given_up) return;
      w->result = std::move(result);
      w->answered = true;
      w->answer.notify_all();
      if (!w->result) return;
    } else if (w->stop) {
      return;
    } else {
      const auto model = w->wanted.back();
      w->wanted.pop_back();
      lock.unlock();
      const auto done = guarded([&]() -> outcome<void> {
        auto made = w->get(model, how);
        if (!made) return tl::unexpected(made.error());
        return {};
      });
      lock.lock();
      if (!done) w->unloadable.push_back(model);
    }
  }
}

outcome<void> scoring_desk::score(const std::shared_ptr<score_job>& job) {
  std::shared_ptr<worker> w;
  {
    std::lock_guard lock(mutex_);
    model_ = job->model;
    w = worker_;
    if (!w) {
      ++counted_.refused;
      return fail(ec::refused, last_.text.empty() ? "no predictor runs" : last_.text);
    }
  }
  const auto begin = steady_clock::now();
  const auto done = w->ask(job, how_.timeout);
  if (alive_) alive_();
  const auto took = std::chrono::duration_cast<microseconds>(steady_clock::now() - begin);
  std::lock_guard lock(mutex_);
  auto& c = counted_;
  if (!done) {
    ++c.refused;
    if (done.error().code == ec::throttled) return done; // it is being loaded
    if (done.error().code == ec::timeout) given_up_.push_back(w);
    if (worker_ == w) worker_.reset();
    last_ = done.error();
    return done;
  }
  c.rows += job->out.states.size();
  const auto weight = static_cast<std::int64_t>(std::min(++c.batches, remembered));
  c.mean += (took - c.mean) / weight;
  if (c.batches % remembered == 0) c.slowest = microseconds(0);
  c.slowest = std::max(c.slowest, took);
  return {};
}

void scoring_desk::preload(std::uint64_t model, predictor loaded) {
  std::lock_guard lock(mutex_);
  model_ = model;
  preloaded_.emplace(model, std::move(loaded));
}

outcome<void> scoring_desk::open() {
  std::lock_guard lock(mutex_);
  std::erase_if(given_up_, [](const auto& w) { return w.expired(); });
  if (given_up_.size() >= most_hanging) {
    last_ = {ec::timeout, std::to_string(given_up_.size()) +
                              " calls of the model hang; it is asked no more until one of them returns"};
    return tl::unexpected(last_);
  }
  auto w = std::make_shared<worker>();
  auto first = model_;
  if (preloaded_ && preloaded_->first == model_) {
    w->put(model_, std::move(preloaded_->second), how_);
    w->ready = true;
    first = 0;
  }
  preloaded_.reset();
  try {
    std::thread(run, w, how_, first).detach();
  } catch (const std::exception& e) {
    return fail(ec::timeout, std::string("no thread can be started: ") + e.what());
  }
  worker_ = std::move(w);
  return {};
}

void scoring_desk::close() {
  std::shared_ptr<worker> w;
  {
    std::lock_guard lock(mutex_);
    w = std::exchange(worker_, nullptr);
  }
  if (!w) return;
  std::lock_guard lock(w->mutex);
  w->stop = true;
  w->work.notify_one();
}

scoring_desk::state scoring_desk::now() const {
  std::lock_guard lock(mutex_);
  if (!worker_) return state::closed;
  std::lock_guard theirs(worker_->mutex);
  return worker_->failed ? state::closed : worker_->ready ? state::open : state::loading;
}

std::string scoring_desk::why_closed() const {
  std::lock_guard lock(mutex_);
  if (!worker_) return last_.text;
  std::lock_guard theirs(worker_->mutex);
  return worker_->failed ? worker_->failed->text : "";
}

ec scoring_desk::failure() const {
  std::lock_guard lock(mutex_);
  return last_.code == ec::timeout ? ec::timeout : ec::refused;
}

std::size_t scoring_desk::hanging() const {
  std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(given_up_.begin(), given_up_.end(), [](const auto& w) { return !w.expired(); }));
}

void scoring_desk::prepare(std::uint64_t model) {
  std::lock_guard lock(mutex_);
  if (!worker_) return;
  std::lock_guard theirs(worker_->mutex);
  if (worker_->knows(model)) return;
  worker_->wanted.push_back(model);
  worker_->work.notify_one();
}

bool scoring_desk::prepared(std::uint64_t model) const {
  std::lock_guard lock(mutex_);
  if (!worker_) return true;
  std::lock_guard theirs(worker_->mutex);
  return worker_->failed || worker_->knows(model);
}

desk_status scoring_desk::status() const {
  std::lock_guard lock(mutex_);
  auto out = counted_;
  out.model = model_;
  if (worker_) {
    std::lock_guard theirs(worker_->mutex);
    if (worker_->drift_model == model_) out.drift = worker_->drift;
  }
  return out;
}

} // namespace sluice
