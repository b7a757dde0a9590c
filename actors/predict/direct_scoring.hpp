// Scores in the caller's thread, for replays, trials and tests: there is no deadline.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "actors/predict/model_facts.hpp"
#include "actors/predict/scoring.hpp"

namespace sluice {

// Not thread safe.
class direct_scoring final : public scoring {
public:
  direct_scoring(std::shared_ptr<kept_models> kept, std::optional<missing_policy> missing)
      : kept_(std::move(kept)), missing_(missing) {}

  outcome<std::shared_ptr<const model_facts>> facts(std::uint64_t model) override {
    return kept_->facts(model);
  }
  // Errors: also those of loading the model.
  outcome<void> score(const std::shared_ptr<score_job>& job) override;

private:
  std::shared_ptr<kept_models> kept_;
  std::optional<missing_policy> missing_;
  std::map<std::uint64_t, predictor> loaded_; // the one asked last
};

} // namespace sluice
