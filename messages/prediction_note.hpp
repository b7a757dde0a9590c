// A mark `unavailable` (semantics.md section 2b): results of one pipeline that left without the prediction
// they should have. It is in the journal before they leave, so that a recovery and a replay decide alike.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/control.hpp"

namespace sluice {

// Every result of `pipeline` that a journal record from `first` to `last` caused, and whose key slot is one
// of shard `shard` of `shards`.
struct prediction_note {
  std::string pipeline;
  std::uint64_t first = 0, last = 0;
  std::uint32_t shard = 0, shards = 1;
  std::string reason;

  bool covers(unsigned slot, std::uint64_t sequence) const noexcept {
    return first <= sequence && sequence <= last && slot % shards == shard;
  }
  bool operator==(const prediction_note&) const = default;
};

// The control record of a note: value = first, name = "PIPELINE SHARD/SHARDS LAST REASON".
control to_control(const prediction_note& note);
// nullopt: the record is no such mark.
std::optional<prediction_note> note_of(const control& record);

// The notes of a part of the journal that is about to be applied. Filled before anything is applied; then
// any number of threads may ask.
class prediction_notes {
public:
  void clear() noexcept { notes_.clear(); }
  void add(prediction_note note) { notes_.push_back(std::move(note)); }
  // Those of a pipeline, to be asked about its results.
  std::vector<prediction_note> of(std::string_view pipeline) const;

private:
  std::vector<prediction_note> notes_;
};

} // namespace sluice
