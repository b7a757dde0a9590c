#include "actors/predict/scoring_desk.hpp"

#include <algorithm>

namespace sluice {

namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr std::size_t most_hanging = 3;    // threads, each with a model, before no more are started
constexpr std::uint64_t remembered = 1024; // batches, for the times

} // namespace

scoring_desk::scoring_desk(settings how) : how_(std::move(how)) {}

scoring_desk::~scoring_desk() {
  close();
}

outcome<std::shared_ptr<const model_facts>> scoring_desk::facts(std::uint64_t model) {
  return how_.kept->facts(model);
}

outcome<void> scoring_desk::score(const std::shared_ptr<score_job>& job) {
  std::shared_ptr<scoring_thread> by;
  {
    std::lock_guard lock(mutex_);
    model_ = job->model;
    by = thread_;
    if (!by) {
      ++counted_.refused;
      return fail(ec::refused, last_.text.empty() ? "no predictor runs" : last_.text);
    }
  }
  const auto begin = steady_clock::now();
  const auto done = by->ask(job, how_.timeout);
  if (alive_) alive_();
  const auto took = std::chrono::duration_cast<microseconds>(steady_clock::now() - begin);
  std::lock_guard lock(mutex_);
  auto& c = counted_;
  if (!done) {
    ++c.refused;
    if (done.error().code == ec::throttled) return done; // it is being loaded
    if (done.error().code == ec::timeout) given_up_.push_back(by);
    if (thread_ == by) thread_.reset();
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
  std::erase_if(given_up_, [](const auto& t) { return t.expired(); });
  if (given_up_.size() >= most_hanging) {
    last_ = {ec::timeout, std::to_string(given_up_.size()) +
                              " calls of the model hang; it is asked no more until one of them returns"};
    return tl::unexpected(last_);
  }
  std::optional<predictor> loaded;
  if (preloaded_ && preloaded_->first == model_) loaded = std::move(preloaded_->second);
  preloaded_.reset();
  auto next =
      std::make_shared<scoring_thread>(scoring_thread::settings{how_.pipeline, how_.missing, how_.kept});
  if (auto started = next->start(model_, std::move(loaded)); !started) {
    last_ = started.error();
    return started;
  }
  thread_ = std::move(next);
  return {};
}

void scoring_desk::close() {
  std::shared_ptr<scoring_thread> t;
  {
    std::lock_guard lock(mutex_);
    t = std::exchange(thread_, nullptr);
  }
  if (t) t->stop();
}

scoring_desk::state scoring_desk::now() const {
  std::lock_guard lock(mutex_);
  if (!thread_ || thread_->failure()) return state::closed;
  return thread_->ready() ? state::open : state::loading;
}

std::string scoring_desk::why_closed() const {
  std::lock_guard lock(mutex_);
  if (!thread_) return last_.text;
  const auto failure = thread_->failure();
  return failure ? failure->text : "";
}

ec scoring_desk::failure() const {
  std::lock_guard lock(mutex_);
  return last_.code == ec::timeout ? ec::timeout : ec::refused;
}

std::size_t scoring_desk::hanging() const {
  std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(given_up_.begin(), given_up_.end(), [](const auto& t) { return !t.expired(); }));
}

void scoring_desk::prepare(std::uint64_t model) {
  std::lock_guard lock(mutex_);
  if (thread_) thread_->prepare(model);
}

bool scoring_desk::prepared(std::uint64_t model) const {
  std::lock_guard lock(mutex_);
  return !thread_ || thread_->failure() || thread_->has_tried(model);
}

desk_status scoring_desk::status() const {
  std::lock_guard lock(mutex_);
  auto out = counted_;
  out.model = model_;
  if (thread_) out.drift = thread_->drift(model_);
  return out;
}

} // namespace sluice
