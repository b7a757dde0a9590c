#include "actors/predict/scoring_thread.hpp"

#include <algorithm>
#include <exception>
#include <limits>
#include <new>
#include <stdexcept>
#include <thread>

#include "messages/faults.hpp"

namespace sluice {

namespace {

constexpr std::size_t most_models = 2;    // in memory: the one in force and the one before or after it
constexpr std::size_t observed_rows = 32; // of a batch, evenly, for the drift figures

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

outcome<void> scoring_thread::start(std::uint64_t model, std::optional<predictor> loaded) {
  if (loaded) {
    if (how_.missing) loaded->treat_missing(*how_.missing);
    models_.emplace_back(model, std::make_shared<predictor>(std::move(*loaded)));
    model = 0;
  }
  ready_ = model == 0;
  try {
    std::thread([self = shared_from_this(), model] { self->run(model); }).detach();
  } catch (const std::exception& e) {
    return fail(ec::timeout, std::string("no thread can be started: ") + e.what());
  }
  return {};
}

void scoring_thread::stop() {
  std::lock_guard lock(mutex_);
  stop_ = true;
  work_.notify_one();
}

void scoring_thread::run(std::uint64_t first) {
  if (first != 0)
    if (const auto made = get(first); !made) {
      std::lock_guard lock(mutex_);
      failed_ = made.error();
      return;
    }
  std::unique_lock lock(mutex_);
  ready_ = true;
  for (;;) {
    work_.wait(lock, [&] { return stop_ || given_up_ || !jobs_.empty(); });
    if (given_up_ || jobs_.empty()) return;
    const auto job = jobs_.front();
    lock.unlock();
    const auto done = guarded([&] { return take(*job); });
    lock.lock();
    if (given_up_) return;
    jobs_.pop_front();
    if (done)
      answered_.push_back(job);
    else
      failed_ = done.error();
    lock.unlock(); // who waits does not wake to a locked mutex
    answer_.notify_all();
    if (!done) return;
    lock.lock();
  }
}

outcome<void> scoring_thread::take(score_job& job) {
  const auto model = get(job.model);
  if (!model) return tl::unexpected(model.error());
  bool nan = false;
  misbehave(how_.pipeline, nan);
  if (auto done = (*model)->score(job.rows, job.out); !done) return done;
  if (nan) make_nan(job.out);
  observe(job, **model);
  return {};
}

bool scoring_thread::take_answer(const std::shared_ptr<score_job>& job) {
  return std::erase(answered_, job) != 0;
}

void scoring_thread::offer(const std::shared_ptr<score_job>& job) {
  {
    std::lock_guard lock(mutex_);
    if (failed_ || !ready_) return;
    jobs_.push_back(job);
  }
  work_.notify_one(); // it does not wake to a locked mutex
}

outcome<void> scoring_thread::ask(const std::shared_ptr<score_job>& job, std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  if (take_answer(job)) return {};
  if (failed_) return tl::unexpected(*failed_);
  if (!ready_) return fail(ec::throttled, "the model is being loaded");
  if (std::find(jobs_.begin(), jobs_.end(), job) == jobs_.end()) {
    jobs_.push_back(job);
    work_.notify_one();
  }
  bool good = false;
  answer_.wait_for(lock, timeout, [&] { return (good = take_answer(job)) || failed_; });
  if (good) return {};
  if (failed_) return tl::unexpected(*failed_);
  given_up_ = true;
  return fail(ec::timeout, "the model gives no answer within " + std::to_string(timeout.count()) + " ms");
}

outcome<std::shared_ptr<predictor>> scoring_thread::load(std::uint64_t model) const {
  auto made = how_.kept->load(model);
  if (!made) return tl::unexpected(made.error());
  if (how_.missing) made->treat_missing(*how_.missing);
  return std::make_shared<predictor>(std::move(*made));
}

outcome<std::shared_ptr<predictor>> scoring_thread::get(std::uint64_t model) {
  const auto find = [&]() -> std::shared_ptr<predictor> {
    const auto at = std::find_if(models_.begin(), models_.end(), [&](auto& m) { return m.first == model; });
    if (at == models_.end()) return nullptr;
    std::rotate(at, at + 1, models_.end());
    return models_.back().second;
  };
  {
    std::lock_guard lock(mutex_);
    if (auto found = find()) return found;
  }
  auto made = load(model);
  if (!made) return made;
  std::lock_guard lock(mutex_);
  if (auto found = find()) return found; // it was prepared meanwhile
  if (models_.size() == most_models) models_.erase(models_.begin());
  models_.emplace_back(model, *made);
  return made;
}

void scoring_thread::prepare(std::uint64_t model) {
  const auto done = [model](scoring_thread& self, const std::optional<error>& trouble) {
    std::lock_guard lock(self.mutex_);
    std::erase(self.loading_, model);
    if (trouble) self.unloadable_.emplace(model, *trouble);
    self.tried_.notify_all();
  };
  {
    std::lock_guard lock(mutex_);
    if (has(model) || std::find(loading_.begin(), loading_.end(), model) != loading_.end()) return;
    unloadable_.erase(model);
    loading_.push_back(model);
  }
  try {
    std::thread([self = shared_from_this(), model, done] {
      const auto made = self->get(model);
      done(*self, made ? std::nullopt : std::optional(made.error()));
    }).detach();
  } catch (const std::exception& e) {
    done(*this, error{ec::refused, std::string("no thread can be started: ") + e.what()});
  }
}

bool scoring_thread::await(std::uint64_t model, std::chrono::milliseconds most) {
  if (has_tried(model)) return true;
  prepare(model);
  std::unique_lock lock(mutex_);
  return tried_.wait_for(lock, most, [&] { return has(model) || unloadable_.contains(model); });
}

bool scoring_thread::has(std::uint64_t model) const {
  return std::any_of(models_.begin(), models_.end(), [&](const auto& m) { return m.first == model; });
}

bool scoring_thread::has_tried(std::uint64_t model) const {
  std::lock_guard lock(mutex_);
  return has(model) || unloadable_.contains(model);
}

std::optional<error> scoring_thread::trouble_with(std::uint64_t model) const {
  std::lock_guard lock(mutex_);
  const auto at = unloadable_.find(model);
  return at == unloadable_.end() ? std::nullopt : std::optional(at->second);
}

bool scoring_thread::ready() const {
  std::lock_guard lock(mutex_);
  return ready_;
}

std::optional<error> scoring_thread::failure() const {
  std::lock_guard lock(mutex_);
  return failed_;
}

void scoring_thread::observe(const score_job& job, const predictor& model) {
  const auto width = model.about().features.size();
  const auto rows = job.rows.size() / width;
  const auto stride = (rows + observed_rows - 1) / observed_rows;
  std::lock_guard lock(mutex_);
  if (drift_model_ != job.model) drift_ = {}, drift_model_ = job.model;
  for (std::size_t i = 0; i < rows; i += stride)
    drift_.add(std::span(job.rows).subspan(i * width, width), model);
}

drift_window scoring_thread::drift(std::uint64_t model) const {
  std::lock_guard lock(mutex_);
  return model == drift_model_ ? drift_ : drift_window();
}

} // namespace sluice
