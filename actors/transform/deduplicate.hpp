// The step deduplicate: an event equal to one that was let through not long before or after it, in event
// time, is dropped. It remembers a fingerprint and a time of what it let through, per key: 24 bytes each,
// bounded.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/transform/field_value.hpp"

namespace sluice {

// XXH3-128 of an event's values in the order of the step's fields. Two different events share one with a
// probability of 2^-128 per pair.
struct fingerprint {
  std::uint64_t high = 0, low = 0;
  auto operator<=>(const fingerprint&) const = default;
};

// Builds fingerprints; keeps its room. Equal values are equal here too: 1 = 1.0, missing = missing.
class fingerprinter {
public:
  void begin() noexcept { bytes_.clear(); }
  void add(const field_value& v);
  void add(std::string_view name, const field_value& v); // where the fields are not the same in all events
  void add_time(std::int64_t ms);
  fingerprint end() const noexcept;

private:
  std::string bytes_;
};

class deduplicate_rule {
public:
  // What is remembered of one key.
  struct entry {
    fingerprint print;
    std::int64_t time_ms = 0;
    auto operator<=>(const entry&) const = default;
  };
  struct memory {
    std::vector<entry> passed;  // ascending
    std::int64_t newest_ms = 0; // highest event time in it, iff there is one
  };

  // `limit` entries per key at most, of the last 2 x `within` of event time.
  deduplicate_rule(std::chrono::milliseconds within, std::uint32_t limit) noexcept
      : within_(within.count()), limit_(limit) {}

  // True iff an equal event whose time is at most `within` away from `time_ms` was let through and is
  // remembered.
  bool is_duplicate(const memory& m, const fingerprint& print, std::int64_t time_ms) const noexcept;
  // How many entries remembering an event would forget because of the limit: the oldest, 0 or 1.
  unsigned forgets(const memory& m, std::int64_t time_ms) const noexcept;
  // Prepares room for one more entry of `m`. May throw.
  void reserve(const memory& m);
  // Remembers an event that is let through; after reserve() of the same memory.
  void remember(memory& m, const fingerprint& print, std::int64_t time_ms) noexcept;

  void save(const memory& m, std::string& out) const;
  // False when `in` is damaged.
  bool restore(memory& m, std::string_view in) const;

private:
  bool is_past(std::int64_t newest_ms, std::int64_t time_ms) const noexcept;

  std::int64_t within_;
  std::uint32_t limit_;
  std::vector<entry> larger_; // the memory once more with more room, while growing_
  bool growing_ = false;
};

} // namespace sluice
