// A thread that scores, and ends with the first job that comes to nothing. It owns itself: who asked may give
// it up when it does not answer, and it then keeps what it works on until it comes back, if ever.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/predict/drift_window.hpp"
#include "actors/predict/model_facts.hpp"
#include "actors/predict/scoring.hpp"

namespace sluice {

// Thread safe; one asks at a time.
class scoring_thread : public std::enable_shared_from_this<scoring_thread> {
public:
  struct settings {
    std::string pipeline;
    std::optional<missing_policy> missing; // nullopt: the bundle's
    std::shared_ptr<kept_models> kept;
  };
  explicit scoring_thread(settings how) : how_(std::move(how)) {}

  // Either a model at hand, or one to be loaded first (0 = none). Errors: no thread can be started.
  outcome<void> start(std::uint64_t model, std::optional<predictor> loaded);
  // It ends after the jobs in hand.
  void stop();

  // Work on the job begins after that on those before it, unless it is still loading; ask() follows.
  void offer(const std::shared_ptr<score_job>& job);
  // Waits for the answer to the job, whether it was offered or not. Errors: ec::throttled, it is still
  // loading; ec::timeout, and it is given up; else what the model came to with this job or one before it, and
  // it has ended.
  outcome<void> ask(const std::shared_ptr<score_job>& job, std::chrono::milliseconds timeout);

  // Loads a model in a thread of its own, unless it is in memory or about to be; also once more after a
  // failure.
  void prepare(std::uint64_t model);
  // Waits until has_tried(model), which is prepared if it was not. False: not within `most`.
  bool await(std::uint64_t model, std::chrono::milliseconds most);
  bool has_tried(std::uint64_t model) const;                    // it is loaded, or cannot be
  std::optional<error> trouble_with(std::uint64_t model) const; // why it cannot be

  bool ready() const;
  std::optional<error> failure() const; // why it has ended: a model could not be loaded, or a job failed
  // What was seen of a model lately.
  drift_window drift(std::uint64_t model) const;

private:
  using loaded_model = std::pair<std::uint64_t, std::shared_ptr<predictor>>;
  void run(std::uint64_t first);
  outcome<void> take(score_job& job);
  outcome<std::shared_ptr<predictor>> get(std::uint64_t model);
  outcome<std::shared_ptr<predictor>> load(std::uint64_t model) const;
  bool has(std::uint64_t model) const;                     // with the mutex
  bool take_answer(const std::shared_ptr<score_job>& job); // likewise; false = there is none yet
  void observe(const score_job& job, const predictor& model);

  const settings how_;
  mutable std::mutex mutex_; // of everything below
  std::condition_variable work_, answer_, tried_;
  bool ready_ = false, stop_ = false, given_up_ = false;
  std::deque<std::shared_ptr<score_job>> jobs_;      // without an answer; the first one is being worked on
  std::vector<std::shared_ptr<score_job>> answered_; // and not asked for yet
  std::optional<error> failed_;
  std::vector<loaded_model> models_;   // the one used last at the end
  std::vector<std::uint64_t> loading_; // by prepare()
  std::map<std::uint64_t, error> unloadable_;
  drift_window drift_;
  std::uint64_t drift_model_ = 0;
};

} // namespace sluice
