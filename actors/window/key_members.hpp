// The devices of a key that has many: the lowest of their highest event times is what the key's watermark
// follows, over those that are not idle (semantics.md section 1). An event costs O(log devices) at most.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tsl/robin_set.h>

#include "actors/window/prefetch.hpp"
#include "actors/window/record_arena.hpp"
#include "actors/window/watermark.hpp"

namespace sluice {

// Not thread safe. Journal times never go back.
class key_members {
public:
  struct member {
    std::string id;
    std::uint64_t hash = 0;
    std::int64_t high = no_time;                         // highest event time
    std::int64_t received = no_time;                     // journal time of the last event that counted
    std::uint32_t before = no_record, after = no_record; // in its list, oldest `received` first
    bool active = false;                                 // takes part in the minimum
    bool in_heap = false;
    bool dirty = false; // changed since take_dirty
    bool alive = false;
  };

  key_members() : index_(0, hasher{this}, same{this}) {}
  key_members(const key_members&) = delete;
  key_members& operator=(const key_members&) = delete;

  // Makes room for the next event() of this device, which then cannot throw, and returns its place. May
  // throw.
  std::uint32_t reserve(std::uint64_t hash, std::string_view id);
  // Begins to load what reserve() will read, if it is for the same device again.
  void prefetch_last() const noexcept {
    if (last_ < all_.size()) prefetch(&all_[last_], 2);
  }
  // An event at `time`, received at journal time `now`, of the device reserved for last.
  void event(std::uint32_t place, std::int64_t time, std::int64_t now) noexcept;

  // The lowest highest event time over the devices that are not idle; no_time when there is none.
  std::int64_t low() noexcept;
  // Takes those that have been silent since `until` or longer out of the minimum. Returns true iff there were
  // any.
  bool leave(std::int64_t until) noexcept;
  // Journal time of the last event of the device that is silent longest and not idle; no_time when all are.
  std::int64_t oldest() const noexcept {
    return active_.first == no_record ? no_time : all_[active_.first].received;
  }
  // Calls each(id) for, and drops, idle devices silent since `until` or longer.
  template <class F> void forget(std::int64_t until, F&& each) {
    while (idle_.first != no_record && all_[idle_.first].received <= until) {
      each(std::string_view(all_[idle_.first].id));
      erase(idle_.first);
    }
  }

  std::size_t size() const noexcept { return index_.size(); }
  template <class F> void for_each(F&& each) const {
    for (const auto& m : all_)
      if (m.alive) each(m);
  }
  // Calls each(member) for those that changed since the last call.
  template <class F> void take_dirty(F&& each) {
    for (const auto i : dirty_) {
      if (!all_[i].alive || !all_[i].dirty) continue;
      all_[i].dirty = false;
      each(all_[i]);
    }
    dirty_.clear();
  }

  // A stored member, as bytes and back. restored() comes after the last of them.
  static std::string encode(const member& m);
  bool restore(std::uint64_t hash, std::string_view id, std::string_view bytes);
  void restored();

private:
  struct list {
    std::uint32_t first = no_record, last = no_record;
  };
  struct name {
    std::string_view id;
  };
  struct hasher {
    const key_members* of;
    std::size_t operator()(std::uint32_t i) const noexcept {
      return static_cast<std::size_t>(of->all_[i].hash);
    }
  };
  struct same {
    using is_transparent = void;
    const key_members* of;
    bool operator()(std::uint32_t a, std::uint32_t b) const noexcept { return a == b; }
    bool operator()(std::uint32_t a, const name& b) const noexcept { return of->all_[a].id == b.id; }
    bool operator()(const name& a, std::uint32_t b) const noexcept { return of->all_[b].id == a.id; }
  };
  struct entry { // of the heap: `high` may be behind the device's, never ahead
    std::int64_t high;
    std::uint32_t member;
  };

  std::uint32_t find(std::uint64_t hash, std::string_view id) const noexcept;
  std::uint32_t insert(std::uint64_t hash, std::string_view id);
  void erase(std::uint32_t i) noexcept;
  void append(list& to, std::uint32_t i) noexcept;
  void remove(list& from, std::uint32_t i) noexcept;
  void sink(std::size_t at) noexcept;
  void push(std::uint32_t i) noexcept;
  void touch(std::uint32_t i) noexcept;

  std::vector<member> all_;
  std::vector<std::uint32_t> free_, dirty_;
  std::vector<entry> heap_; // lowest first
  list active_, idle_;
  std::uint32_t last_ = no_record; // reserved for last: of a key of few devices mostly the next one too
  tsl::robin_set<std::uint32_t, hasher, same, std::allocator<std::uint32_t>, true> index_;
};

} // namespace sluice
