// The state of one device in one pipeline: one cache line, its windows in a list, what few devices need kept
// apart.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "actors/transform/step.hpp"
#include "actors/window/apply_errors.hpp"
#include "actors/window/late_rule.hpp"
#include "actors/window/record_arena.hpp"
#include "actors/window/sequence_set.hpp"

namespace sluice {

// A device id of at most 255 bytes; 19 of them fit in.
class small_id {
public:
  std::string_view view() const noexcept { return {length_ <= inside ? text_ : outside(), length_}; }
  // Inline, since every event compares one: memcmp is a call.
  bool is(std::string_view id) const noexcept {
    const auto n = id.size();
    if (n != length_) return false;
    const char *a = length_ <= inside ? text_ : outside(), *b = id.data();
    if (n >= 8 && n <= 16) return word(a) == word(b) && word(a + n - 8) == word(b + n - 8);
    return std::memcmp(a, b, n) == 0;
  }
  // May throw for a long id. The id must be empty before.
  void set(std::string_view id) {
    char* to = text_;
    if (id.size() > inside) {
      to = static_cast<char*>(::operator new(id.size()));
      std::memcpy(text_, &to, sizeof to);
    }
    std::memcpy(to, id.data(), id.size());
    length_ = static_cast<std::uint8_t>(id.size());
  }
  void clear() noexcept {
    if (length_ > inside) ::operator delete(outside());
    length_ = 0;
  }

private:
  static constexpr std::size_t inside = 19;
  static std::uint64_t word(const char* p) noexcept {
    std::uint64_t w = 0;
    std::memcpy(&w, p, sizeof w);
    return w;
  }
  char* outside() const noexcept {
    char* p = nullptr;
    std::memcpy(&p, text_, sizeof p);
    return p;
  }
  char text_[inside];
  std::uint8_t length_;
};

// Lives in a record_arena; made by device_table. All members are trivial.
struct device_record {
  small_id id;
  // Which closed windows the store keeps: bit i = the i-th window before the one that holds `high`. Windows
  // further back than 31 are unknown.
  std::uint32_t kept;
  std::int64_t high;        // highest event time; no_time before the first event
  std::int64_t idle_closed; // highest end of a window closed by idleness or END
  std::int64_t received;    // journal time of the last event
  std::uint32_t first;      // newest window; the list descends by start, open ones stand before closed ones
  std::uint32_t extra;      // device_extra, no_record while none is needed
  std::uint32_t due;        // slot of the idle wheel in which it stands
  std::uint16_t open;       // open windows
  bool alive, quarantined;

  progress where(std::int64_t delay) const noexcept { return {watermark_of(high, delay), idle_closed}; }
};
static_assert(sizeof(device_record) == 64);

// What only some devices need.
struct device_extra {
  sequence_set sequences;
  std::unique_ptr<apply_errors> failed; // null = none
  std::unique_ptr<step_memory> memory;  // of the pipeline's steps, null until they saw an event
};

// One window of a device, followed in memory by the words of its aggregates.
struct window_record {
  std::int64_t start;
  std::uint32_t next;          // older window of the same device, no_record = none
  std::uint32_t revision : 27; // of the next emission; 0 = never emitted
  std::uint32_t open : 1;
  std::uint32_t marked : 1;      // for revision
  std::uint32_t dirty : 1;       // closed and changed since the last checkpoint part
  std::uint32_t stored : 1;      // some checkpoint part has put it into state_family::window
  std::uint32_t mark_stored : 1; // likewise its mark

  std::uint64_t* words() noexcept { return reinterpret_cast<std::uint64_t*>(this + 1); }
  const std::uint64_t* words() const noexcept { return reinterpret_cast<const std::uint64_t*>(this + 1); }
};
static_assert(sizeof(window_record) == 16);

} // namespace sluice
