#include "actors/predict/direct_scoring.hpp"

namespace sluice {

outcome<void> direct_scoring::score(const std::shared_ptr<score_job>& job) {
  auto at = loaded_.find(job->model);
  if (at == loaded_.end()) {
    auto made = kept_->load(job->model);
    if (!made) return tl::unexpected(made.error());
    if (missing_) made->treat_missing(*missing_);
    loaded_.clear();
    at = loaded_.emplace(job->model, std::move(*made)).first;
  }
  return guarded([&] { return at->second.score(job->rows, job->out); });
}

} // namespace sluice
