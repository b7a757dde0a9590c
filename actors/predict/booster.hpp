// Linear models, forests and boosted trees: XGBoost behind values of our own. booster.cpp is the only file
// that includes its header.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/errors.hpp"

namespace sluice {

// Rows of equal length, one after the other; NaN = missing.
struct matrix {
  std::vector<float> values;
  std::size_t columns = 0;

  std::size_t rows() const noexcept { return columns == 0 ? 0 : values.size() / columns; }
};

// What the library is asked to do. `parameters` are its own names and texts; seed and nthread = 1 among them.
struct boosting {
  std::vector<std::pair<std::string, std::string>> parameters;
  unsigned rounds = 1;
  unsigned stop_after = 0; // rounds without a better validation loss; 0 = never stop early
};

// Rows with what they should give: class codes, or numbers.
struct labelled {
  matrix rows;
  std::vector<float> labels;
};

class booster {
public:
  booster(booster&&) noexcept;
  booster& operator=(booster&&) noexcept;
  ~booster();

  struct trained;
  // Called after each round.
  using watch = std::function<void(unsigned round)>;
  // Trains on `rows`. With stop_after, the model has as many rounds as gave the least loss on `validation`;
  // it is trained anew with these, so that it is what that number of rounds gives. Equal input gives equal
  // models. Errors (ec::invalid): the library's words.
  static outcome<trained> train(const labelled& rows, const labelled& validation, const boosting& how,
                                const watch& tell);

  // A model as the library saves it, JSON or UBJSON, of any language. Errors (ec::corrupt).
  static outcome<booster> load(std::string_view bytes);
  // JSON.
  outcome<std::string> save() const;

  // Overwrites `into` with outputs() numbers for each of `count` rows of features() numbers. Thread safe, on
  // one thread each; linear models take turns.
  outcome<void> predict(const float* rows, std::size_t count, std::vector<float>& into) const;

  std::size_t features() const noexcept;
  std::size_t outputs() const noexcept;          // of a row: classes of a multi-class model, else 1
  const std::string& objective() const noexcept; // "binary:logistic"

private:
  struct impl;
  explicit booster(std::unique_ptr<impl> p);
  std::unique_ptr<impl> impl_;
};

struct booster::trained {
  booster model;
  unsigned rounds = 0;
};

} // namespace sluice
