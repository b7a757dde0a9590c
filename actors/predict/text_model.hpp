// Classification of texts by fastText (Joulin 2016): the mean of learned word vectors through a softmax.
// text_model.cpp is the only file that includes its headers.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "messages/errors.hpp"

namespace sluice {

struct text_training {
  unsigned epochs = 50;
  double learning_rate = 0.5;
  unsigned dimensions = 50;  // of a word vector
  unsigned word_runs = 2;    // runs of up to so many words are features, too
  unsigned subwords = 0;     // parts of words of 3 to so many letters are, too; 0 = none
  unsigned min_count = 1;    // rarer words are left out
  unsigned buckets = 20'000; // for runs and parts of words
  unsigned seed = 1;
  std::string vectors =
      {}; // a file of word vectors (.vec, as many dimensions) to begin with; "" = random ones
};

class text_model {
public:
  text_model(text_model&&) noexcept;
  text_model& operator=(text_model&&) noexcept;
  ~text_model();

  using watch = std::function<void(double share)>; // of the work done, 0 to 1; about ten times a second
  // Trains on lines of words (see tokens.hpp), one class of [0, classes) for each. The library reads and
  // writes files: they stand in memory, so that a process that is killed leaves nothing. Equal input gives
  // equal models. Errors (ec::invalid): the library's words; (ec::storage): no memory for the files.
  static outcome<text_model> train(const std::vector<std::string>& lines, const std::vector<unsigned>& labels,
                                   std::size_t classes, const text_training& how, const watch& tell);

  // A model as the library saves it, with labels __label__0 to __label__(classes - 1). Errors (ec::corrupt).
  static outcome<text_model> load(std::string_view bytes, std::size_t classes);
  // The library's own format (.bin).
  const std::string& save() const noexcept;
  // What the library was asked for, by its own names; null of a model that was loaded.
  const nlohmann::ordered_json& parameters() const noexcept;

  // Appends the probability of each class. A class that the model has never seen has 0. Thread safe.
  outcome<void> predict(const std::string& line, std::vector<float>& into) const;

private:
  struct impl;
  explicit text_model(std::unique_ptr<impl> p);
  std::unique_ptr<impl> impl_;
};

} // namespace sluice
