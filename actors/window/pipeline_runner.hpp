// What a shard asks of one pipeline's part inside it, whatever the pipeline's key and window are.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "actors/window/plan.hpp"
#include "actors/window/source_link.hpp"
#include "actors/window/state_source.hpp"
#include "messages/batch.hpp"
#include "messages/checkpoint.hpp"
#include "messages/control.hpp"
#include "messages/counters.hpp"
#include "messages/errors.hpp"

namespace sluice {

// What the pipelines of a shard put out until the next checkpoint part.
struct shard_output {
  std::vector<result_record> results;
  std::vector<dead_letter> dead_letters;
};

// The lowest revision of windows that a process made again: above all that the process before it emits, as
// long as that has not revised a window 4096 times, nor the partition changed hands 32767 times.
inline std::uint32_t revision_base(std::uint16_t takeover) noexcept {
  return std::uint32_t{std::min<std::uint16_t>(takeover, 0x7fff)} << 12;
}

// Not thread safe. Everything it knows of time comes in with rows and control records.
class pipeline_runner {
public:
  virtual ~pipeline_runner() = default;
  virtual const pipeline_plan& plan() const noexcept = 0;

  // Applies rows in their order (semantics.md section 2, steps 4 to 8). Of windows that take rows of a batch
  // with a takeover the revisions are at least revision_base() of it from then on. `throw_first`: a test's
  // fault, applying the first row throws. `check_duplicates` is off in a test's faulty binary only.
  virtual void apply(const event_batch& batch, std::span<const std::uint32_t> rows, bool throw_first,
                     bool check_duplicates) noexcept = 0;
  // Section 3: revisions, closing by idleness, forgetting.
  virtual void tick(const control& c, const source_link& source) noexcept = 0;
  // The quarantine of this device, or key as JSON, ends; nothing if it is not in one.
  virtual void release(std::string_view id) noexcept = 0;
  // What it knows of the keys whose last event came from this lane goes, open windows with it: another
  // process goes on with them. A pipeline whose keys are no devices forgets all, since a key may be of many
  // lanes.
  virtual void let_go(std::uint16_t lane) noexcept = 0;
  // How many windows, or keys with such windows, are marked for revision.
  virtual std::size_t marked() const noexcept = 0;
  // Emits those marked for revision, but for the first `from`.
  virtual void revise(std::uint64_t sequence, std::size_t from = 0) noexcept = 0;
  // All sources of the pipeline have ended.
  virtual void end(const control& c) noexcept = 0;

  // Loads the state of one key slot. Errors: ec::corrupt.
  virtual outcome<void> load(unsigned slot) = 0;
  // Adds what changed since the last call; what is handed over stays readable until committed(position).
  virtual void take(shard_part& part) = 0;
  virtual void committed(std::uint64_t position) noexcept = 0;
  virtual pipeline_counters take_counters() noexcept = 0;
  // Adds to what take_counters() returns next.
  virtual void count(const pipeline_counters& more) noexcept = 0;
  // True iff something of it waits for time: the journal then needs ticks.
  virtual bool waits_for_time() const noexcept = 0;
};

} // namespace sluice
