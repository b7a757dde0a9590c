#include "app/finish_line.hpp"

#include <algorithm>

#include "actors/ingest/result_loop.hpp"
#include "app/chains.hpp"

namespace sluice {

namespace {

bool is_finite(const source_options& source) {
  return source.file() != nullptr && !source.file()->follow;
}

} // namespace

finish_line::finish_line(const configuration& c)
    : possible_(std::all_of(c.sources.begin(), c.sources.end(), is_finite)),
      patience_(c.service.drain_timeout) {
  for (const auto& s : c.sources) running_.insert(s.name);
  for (const auto* p : read_by_others(c)) loops_.emplace_back(p->name, p->from);
}

void finish_line::ended(const std::string& source) {
  std::lock_guard lock(mutex_);
  running_.erase(source);
}

bool finish_line::reached(const store& state, const journal& log, time_point now) {
  std::lock_guard lock(mutex_);
  if (!possible_ || !running_.empty()) return false;
  if (last_record_ == 0) last_record_ = log.visible();
  const auto snapshot = state.snapshot();
  auto left = last_record_ - std::min(last_record_, snapshot.applied);
  for (const auto& [sink, pending] : snapshot.sink_pending) left += pending;
  // END passes through every loop, behind all its results.
  for (const auto& [own, from] : loops_) left += ended_at(state, own) <= ended_at(state, from);
  if (left != left_) left_ = left, moved_ = now;
  return left == 0 || now - moved_ >= patience_;
}

} // namespace sluice
