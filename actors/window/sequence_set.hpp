// The sequence numbers a device has sent, as at most 32 ranges (semantics.md section 2, step 4).
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "actors/window/watermark.hpp"

namespace sluice {

enum class sequence_verdict : std::uint8_t {
  fresh,     // not seen yet
  restarted, // the device counts anew: a new set begins with this number
  duplicate, // inside a range
  too_old,   // below the forgotten gaps: nobody knows
};

class sequence_set {
public:
  static constexpr unsigned most_ranges = 32;
  struct range {
    std::uint64_t first = 0, last = 0;
  };

  // Judges in the binding order: restarted, duplicate, too_old. `arrival`: the time is not the device's own,
  // so that a restart cannot be told.
  sequence_verdict judge(std::uint64_t number, std::int64_t time, bool arrival) const noexcept;

  // Makes room for one insert. May throw; changes nothing that can be seen.
  void reserve();
  // Adds a number judged fresh or restarted. When a 33rd range is needed the lowest one is forgotten: numbers
  // up to its end are too_old from then on, never duplicates. reserve() comes first.
  void insert(std::uint64_t number, std::int64_t time, bool restarted) noexcept;

  std::span<const range> ranges() const noexcept { return {many_ ? many_.get() : &one_, count_}; }
  std::uint64_t forgotten_below() const noexcept { return forgotten_below_; }
  std::int64_t highest_time() const noexcept { return highest_time_; }
  // For the state codec. False when `ranges` are not ascending with gaps, or more than most_ranges.
  bool restore(std::span<const range> ranges, std::uint64_t forgotten_below, std::int64_t highest_time);

private:
  range* data() noexcept { return many_ ? many_.get() : &one_; }

  range one_; // most devices have one range only
  std::unique_ptr<range[]> many_;
  std::uint16_t count_ = 0, capacity_ = 1;
  std::uint64_t forgotten_below_ = 0;
  std::int64_t highest_time_ = no_time;
};

} // namespace sluice
