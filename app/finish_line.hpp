// The end of a service whose sources are all finite: when they have ended, everything is applied and
// delivered, it drains by itself. Thread safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/store/journal.hpp"
#include "actors/store/store.hpp"
#include "app/configuration.hpp"

namespace sluice {

class finish_line {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit finish_line(const configuration& c);

  // True iff all sources are finite: only then there is an end to wait for.
  bool possible() const noexcept { return possible_; }
  // A source has appended END.
  void ended(const std::string& source);
  // True once all sources have ended and nothing is left to apply or to deliver, or nothing of it has moved
  // for service.drain_timeout: a sink that is away does not keep a finished service for ever.
  bool reached(const store& state, const journal& log, time_point now);

private:
  mutable std::mutex mutex_;
  std::set<std::string> running_;                          // sources that have not ended
  std::vector<std::pair<std::string, std::string>> loops_; // pipelines that others read, and what they read
  bool possible_;
  const std::chrono::milliseconds patience_;
  std::uint64_t last_record_ = 0; // of the journal when the last source ended
  std::uint64_t left_ = ~std::uint64_t{0};
  time_point moved_{};
};

} // namespace sluice
