// From bundles to what a shard knows of them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "actors/predict/bundle.hpp"
#include "actors/predict/predictor.hpp"
#include "actors/predict/scoring.hpp"

namespace sluice {

// The first 64 bits of a SHA-256 in hex.
std::uint64_t model_id(std::string_view hash) noexcept;
model_facts facts_of(const bundle& about, const std::string& hash);

// The kept models of a data directory. Thread safe: a model never changes under its id.
class kept_models {
public:
  // Returns the folder in which a model is kept.
  using folder_of = std::function<std::string(std::uint64_t id)>;
  explicit kept_models(folder_of folder) : folder_(std::move(folder)) {}

  // Read once. Errors: those of load_bundle; ec::corrupt: another model is in its place.
  outcome<std::shared_ptr<const model_facts>> facts(std::uint64_t id);
  // A predictor of the caller's own. Errors: likewise; an exception of the library is an error.
  outcome<predictor> load(std::uint64_t id) const;

private:
  folder_of folder_;
  std::mutex mutex_;
  std::map<std::uint64_t, std::shared_ptr<const model_facts>> known_;
};

// Calls what may throw anything; an exception becomes an error (ec::refused), want of memory one that says
// so.
outcome<void> guarded(const std::function<outcome<void>()>& what);
// predictor::load, guarded.
outcome<predictor> load_guarded(const std::string& folder);

} // namespace sluice
