// All devices of one pipeline in one shard: a robin_set of indexes keyed by the batch's hash, dense records,
// windows in an arena.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <tsl/robin_set.h>

#include "actors/window/aggregate.hpp"
#include "actors/window/device.hpp"
#include "actors/window/record_arena.hpp"

namespace sluice {

// XXH3-64 of a device id: what event_row::hash holds.
std::uint64_t device_hash(std::string_view id) noexcept;

// Of what has taken events from more than one lane (event_row::lane).
inline constexpr std::uint16_t several_lanes = 0xffff;

// Not thread safe. Indexes stay valid until erase; references too.
class device_table {
public:
  // `stats` frees what a window's words point to; null for a pipeline without windows. Must outlive the
  // table.
  explicit device_table(aggregates* stats);
  ~device_table();
  device_table(const device_table&) = delete;
  device_table& operator=(const device_table&) = delete;

  // Returns the index of a device, no_record when there is none. `hash` = device_hash(id).
  std::uint32_t find(std::uint64_t hash, std::string_view id) const noexcept {
    const auto at = index_.find(key{id}, static_cast<std::size_t>(hash));
    return at == index_.end() ? no_record : *at;
  }
  // Adds a device that is not there yet, without events. May throw; then nothing has changed.
  std::uint32_t insert(std::string_view id);
  // Forgets a device with its windows. Its index is not used again before recycle().
  void erase(std::uint32_t device) noexcept;
  void recycle() noexcept;

  device_record& at(std::uint32_t device) noexcept {
    return *static_cast<device_record*>(records_.at(device));
  }
  const device_record& at(std::uint32_t device) const noexcept {
    return *static_cast<const device_record*>(records_.at(device));
  }
  window_record& window(std::uint32_t w) noexcept { return *static_cast<window_record*>(windows_.at(w)); }
  void prefetch_window(std::uint32_t w) const noexcept {
    const auto* at = static_cast<const char*>(windows_.at(w));
    __builtin_prefetch(at);
    __builtin_prefetch(at + 64);
  }
  // The device's extra part, made when it has none. May throw.
  device_extra& extra(device_record& d);
  const device_extra* extra_of(const device_record& d) const noexcept {
    return d.extra == no_record ? nullptr : static_cast<const device_extra*>(extras_.at(d.extra));
  }

  // A new window that is in no list yet. May throw.
  std::uint32_t make_window(std::int64_t start);
  void free_window(std::uint32_t w) noexcept; // that is in no list
  void link(device_record& d, std::uint32_t w) noexcept;
  void unlink_and_free(device_record& d, std::uint32_t w) noexcept;
  // Returns the device's window with this start, no_record when it is not in memory.
  std::uint32_t find_window(const device_record& d, std::int64_t start) noexcept;

  // Devices changed since take_dirty, one bit each.
  void touch(std::uint32_t device) noexcept { dirty_[device / 64] |= 1ull << (device % 64); }
  // Calls each(index) for every device touched since the last call that still lives.
  template <class F> void take_dirty(F&& each) {
    for (std::size_t word = 0; word < dirty_.size(); ++word)
      while (dirty_[word] != 0) {
        const auto i =
            static_cast<std::uint32_t>(word * 64 + static_cast<unsigned>(__builtin_ctzll(dirty_[word])));
        dirty_[word] &= dirty_[word] - 1;
        if (at(i).alive) each(i);
      }
  }
  // Calls each(index) for every device.
  template <class F> void for_each(F&& each) {
    for (std::uint32_t i = 0; i < records_.limit(); ++i)
      if (at(i).alive) each(i);
  }
  std::size_t size() const noexcept { return index_.size(); }

  // The lane of the device's events (event_row::lane), 0 = none, several_lanes.
  std::uint16_t lane(std::uint32_t device) const noexcept {
    return device < lanes_.size() ? lanes_[device] : std::uint16_t{0};
  }
  // The first that is given makes room for all.
  void add_lane(std::uint32_t device, std::uint16_t lane) {
    if (lanes_.empty()) lanes_.resize(records_.limit());
    auto& known = lanes_[device];
    known = known == 0 || known == lane ? lane : several_lanes;
  }

private:
  struct key {
    std::string_view id;
  };
  struct hasher { // asked by insert and erase only; look-ups bring their hash
    const device_table* table;
    std::size_t operator()(std::uint32_t i) const noexcept {
      return static_cast<std::size_t>(device_hash(table->at(i).id.view()));
    }
  };
  struct same {
    using is_transparent = void;
    const device_table* table;
    bool operator()(std::uint32_t a, std::uint32_t b) const noexcept { return a == b; }
    bool operator()(std::uint32_t a, const key& b) const noexcept { return table->at(a).id.is(b.id); }
    bool operator()(const key& a, std::uint32_t b) const noexcept { return table->at(b).id.is(a.id); }
  };
  using index = tsl::robin_set<std::uint32_t, hasher, same, std::allocator<std::uint32_t>, true>;

  aggregates* stats_;
  record_arena records_, windows_, extras_;
  index index_;
  std::vector<std::uint64_t> dirty_;
  std::vector<std::uint16_t> lanes_;  // by device; empty while no source has lanes
  std::uint32_t retired_ = no_record; // erased, not recycled yet: a list through device_record::first
};

} // namespace sluice
