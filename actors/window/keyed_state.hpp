// The state of one key in one pipeline, and the table of all keys in a shard.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <tsl/robin_set.h>

#include "actors/window/aggregate.hpp"
#include "actors/window/device.hpp"
#include "actors/window/device_table.hpp"
#include "actors/window/key_members.hpp"
#include "actors/window/pane.hpp"
#include "actors/window/pane_sums.hpp"
#include "actors/window/room_for.hpp"

namespace sluice {

// What each event reads and writes lies in the first cache line, most of what a closing window does in the
// second.
struct alignas(64) keyed_state {
  small_id id; // the device, or canonical JSON
  bool alive = false, touched = false, quarantined = false;
  bool behind = false;             // a running total took events since its last emission
  std::int64_t high = no_time;     // the watermark is so far, less the delay
  std::int64_t received = no_time; // journal time of the last event
  // No watermark below it closes a window or lets one go.
  std::int64_t quiet_below = no_time;
  pane* hot = nullptr;                  // the newest pane, while its windows are open
  std::unique_ptr<key_members> members; // null: the key is a device
  std::uint32_t place = 0;
  std::uint32_t due = no_record;      // slot of the idle wheel in which it stands
  std::int64_t idle_closed = no_time; // highest end closed by idleness or END
  pane_list panes;                    // in memory, ascending
  std::unique_ptr<pane_sums> sums;    // of windows of many panes
  std::unique_ptr<device_extra> extra;
  std::vector<std::int64_t> dirty;  // of panes: those that changed since the last part, gone ones among them
  pane* total = nullptr;            // of a running window: everything closed so far
  std::vector<std::int64_t> marked; // windows to be revised, by their first pane, ascending
  std::int64_t stored_low = 0,
               stored_high = -1; // panes that may have a row in the store, or will with the next commit
  std::int64_t readable_low = 0, readable_high = -1; // of these, what a committed part holds
  std::int64_t closed_end = no_time;                 // highest end of a session that was emitted
  std::uint64_t number = 0;                          // of the last count window or running result
  std::uint64_t hash = 0;
  std::uint16_t lane = 0; // of its events (event_row::lane), or several_lanes
  // Of windows that begin at or before the event time `rebuilt_to` revisions count from here.
  std::uint32_t revision_base = 0;
  std::int64_t rebuilt_to = no_time;

  progress where(std::int64_t delay) const noexcept { return {watermark_of(high, delay), idle_closed}; }
};

// Not thread safe. Keys stay where they are until erase, and their memory until recycle. They lie beside each
// other, not between what belongs to them: else each would be in a page of its own.
class keyed_states {
public:
  keyed_states() { index_.max_load_factor(0.7f); }
  keyed_states(const keyed_states&) = delete;
  keyed_states& operator=(const keyed_states&) = delete;
  ~keyed_states() {
    for_each([](keyed_state& k) { k.id.clear(); });
  }

  keyed_state* find(std::uint64_t hash, std::string_view id) const noexcept {
    const auto at = index_.find(name{id}, static_cast<std::size_t>(hash));
    return at == index_.end() ? nullptr : *at;
  }
  // Most likely the key with this hash, null when there is none: only hashes were compared, and the key not
  // even looked at.
  keyed_state* guess(std::uint64_t hash) const noexcept {
    const auto at = index_.find(any_name(), static_cast<std::size_t>(hash));
    return at == index_.end() ? nullptr : *at;
  }
  keyed_state& insert(std::uint64_t hash, std::string_view id) {
    room_for(retired_, limit_ + 1u);
    room_for(free_, limit_ + 1u);
    if (free_.empty()) {
      if (limit_ == chunks_.size() * chunk_keys)
        chunks_.push_back(std::make_unique<keyed_state[]>(chunk_keys));
      free_.push_back(limit_++);
    }
    auto& k = *at(free_.back());
    k.hash = hash;
    k.place = free_.back();
    k.id.clear(); // left by an insert that failed
    k.id.set(id);
    index_.insert(&k);
    free_.pop_back();
    k.alive = true;
    return k;
  }
  // Its panes are gone already.
  void erase(keyed_state& k) noexcept {
    index_.erase(&k);
    k.id.clear();
    k.alive = false;
    retired_.push_back(k.place);
  }
  // Nobody holds erased keys any more.
  void recycle() noexcept {
    for (const auto place : retired_) *at(place) = keyed_state(), free_.push_back(place);
    retired_.clear();
  }
  keyed_state* at(std::uint32_t place) const noexcept {
    return &chunks_[place / chunk_keys][place % chunk_keys];
  }
  template <class F> void for_each(F&& each) const {
    for (std::uint32_t i = 0; i < limit_; ++i)
      if (auto* k = at(i); k->alive) each(*k);
  }
  std::size_t size() const noexcept { return index_.size(); }

private:
  struct name {
    std::string_view id;
  };
  struct any_name {};
  struct hasher {
    std::size_t operator()(const keyed_state* k) const noexcept { return static_cast<std::size_t>(k->hash); }
  };
  struct same {
    using is_transparent = void;
    bool operator()(const keyed_state* a, const keyed_state* b) const noexcept { return a == b; }
    bool operator()(const keyed_state* a, const name& b) const noexcept { return a->id.is(b.id); }
    bool operator()(const name& a, const keyed_state* b) const noexcept { return b->id.is(a.id); }
    bool operator()(const keyed_state*, any_name) const noexcept { return true; }
    bool operator()(any_name, const keyed_state*) const noexcept { return true; }
  };

  static constexpr std::uint32_t chunk_keys = 64;
  std::vector<std::unique_ptr<keyed_state[]>> chunks_;
  std::uint32_t limit_ = 0; // places that were used
  std::vector<std::uint32_t> free_, retired_;
  tsl::robin_set<keyed_state*, hasher, same, std::allocator<keyed_state*>, true> index_;
};

} // namespace sluice
