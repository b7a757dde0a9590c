// The steps predict of all pipelines of one shard: which model is in force, what the journal says of results
// that are applied again, and what goes into a checkpoint part.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "actors/window/predictions.hpp"
#include "actors/window/shard.hpp"

namespace sluice {

// Not thread safe.
class shard_predictions {
public:
  shard_predictions(std::uint32_t shard, std::uint32_t shards, shard_models from)
      : shard_(shard), shards_(shards), from_(std::move(from)) {}

  void add(const pipeline_plan& plan);
  // Takes the marks of the journal, and from `state`, which may be null, the models in force. Errors: a model
  // that was not kept; ec::corrupt.
  outcome<void> load(const state_source* state);

  // Puts the model of a MODEL record in force. Errors: it was not kept.
  outcome<void> put_in_force(const control& record);
  // Predicts for those of `results` that were not here before; they are numbered until take().
  void predict(std::span<result_record> results);
  // Adds counters, marks and, with `state`, the models that came into force; the results are gone.
  void take(shard_part& part, bool state);

private:
  struct of_pipeline {
    std::string name;
    std::uint16_t index;
    predictions step;
    bool changed = false; // another model since the last part
  };
  of_pipeline* find(std::string_view pipeline) noexcept;

  std::uint32_t shard_, shards_;
  shard_models from_;
  std::vector<std::unique_ptr<of_pipeline>> all_;
  std::size_t seen_ = 0; // results
};

} // namespace sluice
