// What a shard asks of the models: rows in, scores out, or a reason why there are none.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/predict/feature.hpp"
#include "actors/predict/scores.hpp"
#include "messages/errors.hpp"

namespace sluice {

// What is to be known of a model before it is asked.
struct model_facts {
  std::string name, version;
  std::string hash;     // of bundle.json
  std::uint64_t id = 0; // the first 64 bits of the hash: the model's name in the journal
  bool classifies = false;
  std::vector<std::string> features; // in the order of the columns
  std::vector<std::string> classes;
  std::vector<distribution> seen; // in training, by feature
};

// Rows and what was said of them. Owns its texts, so that a model that hangs on it harms nobody.
struct score_job {
  std::uint64_t model = 0;
  std::vector<feature_value> rows; // one row after the other; texts are in `texts`
  std::string texts;
  scores out;
};

class scoring {
public:
  virtual ~scoring() = default;
  // Errors: the journal names a model that was not kept.
  virtual outcome<std::shared_ptr<const model_facts>> facts(std::uint64_t model) = 0;
  // Work on the job may begin; its score() follows. It must not change from now on unless there was an
  // answer.
  virtual void offer(const std::shared_ptr<score_job>&) {}
  // Waits for the answer, for a bounded time. The job must not change afterwards unless there was an answer.
  // Errors: there is none; the text says why.
  virtual outcome<void> score(const std::shared_ptr<score_job>& job) = 0;
};

} // namespace sluice
