// Where one shard asks the model of one pipeline, and waits no longer than it was told to. The model is no
// trusted code: it runs in a thread of its own that is given up when it does not answer.
//
// Life cycle: open() starts a thread with the model in force; it ends with the first job that has no answer
// (an exception, an error, the deadline). From then on every job is refused at once, until open() is called
// again: by the supervised predictor actor, after its back-off.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/predict/batch_times.hpp"
#include "actors/predict/scoring_thread.hpp"

namespace sluice {

// What a desk says of itself.
struct desk_status {
  std::uint64_t model = 0;                          // asked for last
  std::uint64_t batches = 0, rows = 0, refused = 0; // jobs answered and their rows; jobs without an answer
  batch_times times;                                // of the answered jobs
  drift_window drift;
};

// Thread safe, but one asker at a time.
class scoring_desk final : public scoring {
public:
  struct settings {
    std::string pipeline;
    std::chrono::milliseconds timeout{2000};
    std::chrono::milliseconds load{30'000}; // a job waits so long more when its model is not in memory
    std::chrono::milliseconds slice{1000};  // of that time, after which it says that it is alive
    std::optional<missing_policy> missing;  // nullopt: the bundle's
    std::shared_ptr<kept_models> kept;
  };
  explicit scoring_desk(settings how);
  // Called by score() with every answer, and while it waits for a model: who asks for many batches does not
  // hang. Before the first one.
  void tell_alive(std::function<void()> alive) { alive_ = std::move(alive); }
  ~scoring_desk() override; // its thread ends after the job in hand

  outcome<std::shared_ptr<const model_facts>> facts(std::uint64_t model) override;
  void offer(const std::shared_ptr<score_job>& job) override;
  outcome<void> score(const std::shared_ptr<score_job>& job) override;

  // The first open() takes it instead of loading the model.
  void preload(std::uint64_t model, predictor loaded);
  // Starts a thread and returns at once. Errors (ec::timeout): too many threads hang on this model.
  outcome<void> open();
  void close();
  enum class state : std::uint8_t { closed, loading, open };
  state now() const;
  std::string why_closed() const; // the last failure; "" = there was none
  ec failure() const;
  std::size_t hanging() const; // threads that were given up and have not come back

  // Has the model loaded beside the work, so that a job that needs it does not wait.
  void prepare(std::uint64_t model);
  // True iff it is loaded, or cannot be, or nothing loads it now.
  bool prepared(std::uint64_t model) const;
  std::optional<error> trouble_with(std::uint64_t model) const; // why it cannot be loaded

  desk_status status() const;

private:
  bool await(scoring_thread& by, std::uint64_t model) const;
  outcome<void> refuse(const std::shared_ptr<scoring_thread>& by, std::uint64_t model, const error& why);

  const settings how_;
  std::function<void()> alive_;
  mutable std::mutex mutex_;
  std::shared_ptr<scoring_thread> thread_;                                        // null = closed
  std::vector<std::pair<std::uint64_t, std::weak_ptr<scoring_thread>>> given_up_; // with what they hang on
  error last_{ec::none, ""};
  std::uint64_t model_ = 0;
  std::optional<std::pair<std::uint64_t, predictor>> preloaded_;
  desk_status counted_; // without drift
};

} // namespace sluice
