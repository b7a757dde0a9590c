#include "actors/window/device_table.hpp"

#include <new>
#include <utility>

#include <xxhash.h>

namespace sluice {

std::uint64_t device_hash(std::string_view id) noexcept {
  return XXH3_64bits(id.data(), id.size());
}

device_table::device_table(aggregates* stats)
    : stats_(stats), records_(sizeof(device_record)),
      windows_(sizeof(window_record) + 8 * (stats != nullptr ? stats->words() : 0)),
      extras_(sizeof(device_extra)), index_(0, hasher{this}, same{this}) {
  index_.max_load_factor(0.7f);
}

device_table::~device_table() {
  for_each([this](std::uint32_t i) { erase(i); });
}

std::uint32_t device_table::insert(std::string_view id) {
  const auto i = records_.acquire();
  try {
    if (i / 64 >= dirty_.size()) dirty_.resize(i / 64 + 1);
    if (!lanes_.empty() && i >= lanes_.size()) lanes_.resize(i + 1u);
    at(i).id.set(id);
    index_.insert(i);
  } catch (...) {
    at(i).id.clear();
    records_.release(i);
    throw;
  }
  auto& d = at(i);
  d.high = d.idle_closed = d.received = no_time;
  d.first = d.extra = no_record;
  d.due = no_record;
  d.alive = true;
  if (!lanes_.empty()) lanes_[i] = 0;
  return i;
}

void device_table::erase(std::uint32_t device) noexcept {
  auto& d = at(device);
  index_.erase(device);
  while (d.first != no_record) unlink_and_free(d, d.first);
  if (d.extra != no_record) {
    static_cast<device_extra*>(extras_.at(d.extra))->~device_extra();
    extras_.release(d.extra);
  }
  d.id.clear();
  d.alive = false;
  dirty_[device / 64] &= ~(1ull << (device % 64));
  d.first = retired_;
  retired_ = device;
}

void device_table::recycle() noexcept {
  while (retired_ != no_record) {
    const auto i = std::exchange(retired_, at(retired_).first);
    records_.release(i);
  }
}

device_extra& device_table::extra(device_record& d) {
  if (d.extra == no_record) {
    const auto i = extras_.acquire();
    new (extras_.at(i)) device_extra();
    d.extra = i;
  }
  return *static_cast<device_extra*>(extras_.at(d.extra));
}

std::uint32_t device_table::make_window(std::int64_t start) {
  const auto i = windows_.acquire();
  auto& w = window(i);
  w.start = start;
  w.next = no_record;
  return i;
}

void device_table::free_window(std::uint32_t w) noexcept {
  if (stats_->uses_heap()) stats_->release(window(w).words());
  windows_.release(w);
}

void device_table::link(device_record& d, std::uint32_t w) noexcept {
  auto* place = &d.first;
  while (*place != no_record && window(*place).start > window(w).start) place = &window(*place).next;
  window(w).next = *place;
  *place = w;
}

void device_table::unlink_and_free(device_record& d, std::uint32_t w) noexcept {
  auto* place = &d.first;
  while (*place != w) place = &window(*place).next;
  *place = window(w).next;
  free_window(w);
}

std::uint32_t device_table::find_window(const device_record& d, std::int64_t start) noexcept {
  for (auto w = d.first; w != no_record; w = window(w).next)
    if (window(w).start <= start) return window(w).start == start ? w : no_record;
  return no_record;
}

} // namespace sluice
