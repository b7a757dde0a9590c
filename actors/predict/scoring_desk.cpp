#include "actors/predict/scoring_desk.hpp"

#include <algorithm>

namespace sluice {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t most_hanging = 3; // threads on one model, before it is asked no more

} // namespace

scoring_desk::scoring_desk(settings how) : how_(std::move(how)) {}

scoring_desk::~scoring_desk() {
  close();
}

outcome<std::shared_ptr<const model_facts>> scoring_desk::facts(std::uint64_t model) {
  return how_.kept->facts(model);
}

void scoring_desk::offer(const std::shared_ptr<score_job>& job) {
  std::lock_guard lock(mutex_);
  if (thread_ && thread_->has_tried(job->model)) thread_->offer(job);
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
  if (by->ready() && !await(*by, job->model)) {
    by->stop();
    return refuse(
        by, job->model,
        {ec::timeout, "the model is not loaded within " + std::to_string(how_.load.count()) + " ms"});
  }
  const auto begin = steady_clock::now();
  const auto done = by->ask(job, how_.timeout);
  if (alive_) alive_();
  const auto took = steady_clock::now() - begin;
  if (!done) return refuse(by, job->model, done.error());
  std::lock_guard lock(mutex_);
  ++counted_.batches;
  counted_.rows += job->out.states.size();
  counted_.times.add(took);
  return {};
}

// A model that the journal names and that nobody has prepared: in a recovery, or a thread that was started
// meanwhile. How long it takes to load says nothing of how it scores.
bool scoring_desk::await(scoring_thread& by, std::uint64_t model) const {
  for (auto left = how_.load; left.count() > 0; left -= how_.slice) {
    if (by.await(model, std::min(how_.slice, left))) return true;
    if (alive_) alive_();
  }
  return false;
}

outcome<void> scoring_desk::refuse(const std::shared_ptr<scoring_thread>& by, std::uint64_t model,
                                   const error& why) {
  std::lock_guard lock(mutex_);
  ++counted_.refused;
  if (why.code == ec::throttled) return tl::unexpected(why); // it is being loaded
  if (why.code == ec::timeout) given_up_.emplace_back(model, by);
  if (thread_ == by) thread_.reset();
  last_ = why;
  return tl::unexpected(why);
}

void scoring_desk::preload(std::uint64_t model, predictor loaded) {
  std::lock_guard lock(mutex_);
  model_ = model;
  preloaded_.emplace(model, std::move(loaded));
}

outcome<void> scoring_desk::open() {
  std::lock_guard lock(mutex_);
  std::erase_if(given_up_, [](const auto& t) { return t.second.expired(); });
  const auto hang =
      std::count_if(given_up_.begin(), given_up_.end(), [&](const auto& t) { return t.first == model_; });
  if (static_cast<std::size_t>(hang) >= most_hanging) {
    last_ = {ec::timeout, std::to_string(hang) +
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
      std::count_if(given_up_.begin(), given_up_.end(), [](const auto& t) { return !t.second.expired(); }));
}

void scoring_desk::prepare(std::uint64_t model) {
  std::lock_guard lock(mutex_);
  if (thread_) thread_->prepare(model);
}

bool scoring_desk::prepared(std::uint64_t model) const {
  std::lock_guard lock(mutex_);
  return !thread_ || thread_->failure() || thread_->has_tried(model);
}

std::optional<error> scoring_desk::trouble_with(std::uint64_t model) const {
  std::lock_guard lock(mutex_);
  return thread_ ? thread_->trouble_with(model) : std::nullopt;
}

desk_status scoring_desk::status() const {
  std::lock_guard lock(mutex_);
  auto out = counted_;
  out.model = model_;
  if (thread_) out.drift = thread_->drift(model_);
  return out;
}

} // namespace sluice
