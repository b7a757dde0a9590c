// A model that scores rows: loaded from a bundle, or just trained.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "actors/predict/bundle.hpp"
#include "actors/predict/scores.hpp"

namespace sluice {

// How often each bin of each feature was seen. Sums of two are those of both.
struct drift_counts {
  std::vector<std::vector<std::uint64_t>> features;
};

// Appends the words of all texts of a row to `line`. Returns how many.
std::size_t add_words(std::span<const feature_value> row, const std::vector<std::string>& stop_words,
                      std::string& line);

// Thread safe: any number of threads may score at once.
class predictor {
public:
  // Loads the bundle of a folder and scores its samples. Errors: as load_bundle; ec::corrupt also when model
  // and description do not fit, or a sample comes out otherwise than it was stored.
  static outcome<predictor> load(const std::string& path);
  // For a bundle in memory, whose samples are not checked. `where` names it in errors.
  static outcome<predictor> make(bundle what, const std::string& where);

  predictor(predictor&&) noexcept;
  predictor& operator=(predictor&&) noexcept;
  ~predictor();

  const bundle& about() const noexcept;
  const std::string& hash() const noexcept; // of bundle.json; "" of one in memory

  // From now on a missing feature is treated so, whatever the bundle says.
  void treat_missing(missing_policy policy) noexcept;

  // Scores rows of about().features.size() values each, one row after the other. `into` is overwritten.
  // Errors (ec::bug): the library fails.
  outcome<void> score(std::span<const feature_value> rows, scores& into) const;

  // Adds rows to the counts, which begin empty. stability_indexes() compares them with the training data.
  void observe(std::span<const feature_value> rows, drift_counts& into) const;

private:
  struct impl;
  explicit predictor(std::unique_ptr<impl> p);
  std::unique_ptr<impl> impl_;
};

} // namespace sluice
