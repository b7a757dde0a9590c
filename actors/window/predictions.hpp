// The step predict of one pipeline in one shard: reads the features out of results as they stand, has the
// model in force score them in batches, and writes what it said into them: while it works on one batch, the
// next one is read. What has no answer is flagged, and noted for the journal (messages/prediction_note.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/predict/predict_options.hpp"
#include "actors/predict/scoring.hpp"
#include "actors/window/plan.hpp"
#include "messages/checkpoint.hpp"
#include "messages/counters.hpp"
#include "messages/errors.hpp"
#include "messages/prediction_note.hpp"
#include "messages/text_buffer.hpp"

namespace sluice {

// Not thread safe.
class predictions {
public:
  static constexpr std::size_t batch = 512; // rows asked at once

  predictions(const pipeline_plan& plan, std::uint32_t shard, std::uint32_t shards,
              std::shared_ptr<scoring> by);

  // What the journal says of results that are still to come, in any order: these are not asked for.
  void expect(std::vector<prediction_note> known);

  // From now on this model scores. Errors: those of scoring::facts; then nothing has changed.
  outcome<void> put_in_force(std::uint64_t model);
  std::optional<std::uint64_t> in_force() const noexcept;

  // Predicts the results of the pipeline among `results`: all that one piece of work caused, so that those of
  // one journal record come together. Transitions of alarms stay as they are.
  void predict(std::span<result_record> results);

  // Since the last call.
  std::vector<prediction_note> take_notes() noexcept { return std::exchange(notes_, {}); }
  pipeline_counters take_counters() noexcept { return std::exchange(counters_, {}); }

private:
  enum class fate : std::uint8_t { predicted, incomplete, unavailable };
  struct pick {
    result_record* result;
    fate what = fate::unavailable;
    std::size_t size = 0; // of its JSON before it got a prediction
  };
  bool noted(const result_record& r) const noexcept;
  using job = std::shared_ptr<score_job>;
  void fill(job& with, std::span<const pick> picks);
  void read(std::string_view json, std::size_t first, score_job& into);
  std::size_t place_of(std::string_view name);
  void take_answer(job& by, std::span<pick> picks);
  void note(const pick& p, const std::string& reason);
  void write(pick& p, const score_job& by, std::size_t row);
  void unwrite(const pick& p);
  void flag(result_record& r, fate what);
  void cut_own_fields(std::string& json) const;

  predict_options options_;
  std::string pipeline_;
  std::uint16_t index_;
  bool replaces_; // results may have fields of the names that it writes
  std::uint32_t shard_, shards_;
  std::shared_ptr<scoring> by_;
  std::vector<prediction_note> known_; // ascending by first

  std::shared_ptr<const model_facts> model_; // in force; null = none yet
  std::vector<std::string> own_;             // names of the fields that it writes
  std::vector<std::string> feature_heads_;   // what stands before the value of each feature
  std::vector<std::string> heads_;           // what stands before the number: of a class, its name too
  std::vector<std::string> class_heads_;     // before the probability of each class, where they are wanted

  std::array<job, 2> jobs_; // in turn; another one when this one was given up
  std::vector<pick> picks_;
  struct placed {
    std::size_t row, offset, length;
  };
  std::vector<placed> texts_; // of the batch that is read
  text_buffer members_;       // what a result gets
  std::string plain_;         // a name without escapes
  std::vector<prediction_note> notes_;
  bool unbroken_ = false; // nothing but results of the last note came since
  pipeline_counters counters_;
};

} // namespace sluice
