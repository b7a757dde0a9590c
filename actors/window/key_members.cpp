#include "actors/window/key_members.hpp"

#include <algorithm>

#include "actors/window/room_for.hpp"
#include "actors/window/state_bytes.hpp"

namespace sluice {

std::uint32_t key_members::find(std::uint64_t hash, std::string_view id) const noexcept {
  const auto at = index_.find(name{id}, static_cast<std::size_t>(hash));
  return at == index_.end() ? no_record : *at;
}

std::uint32_t key_members::insert(std::uint64_t hash, std::string_view id) {
  if (free_.empty()) {
    room_for(free_, all_.size() + 1);
    all_.emplace_back();
    free_.push_back(static_cast<std::uint32_t>(all_.size() - 1));
  }
  const auto i = free_.back();
  auto& m = all_[i];
  m = member{std::string(id), hash};
  index_.insert(i);
  m.alive = true;
  free_.pop_back();
  return i;
}

// A device that is reserved for and never used (its event was refused) stays without times, in no list.
std::uint32_t key_members::reserve(std::uint64_t hash, std::string_view id) {
  const bool same =
      last_ < all_.size() && all_[last_].alive && all_[last_].hash == hash && all_[last_].id == id;
  if (!same) last_ = find(hash, id);
  if (last_ == no_record) last_ = insert(hash, id);
  room_for(heap_);
  room_for(dirty_);
  return last_;
}

void key_members::event(std::uint32_t i, std::int64_t time, std::int64_t now) noexcept {
  auto& m = all_[i];
  if (m.received != no_time) remove(m.active ? active_ : idle_, i);
  append(active_, i);
  m.received = now;
  m.high = std::max(m.high, time);
  m.active = true;
  if (!m.in_heap) push(i);
  touch(i);
}

// The heap's lowest entry is brought up to date until it is: a device costs O(log devices) only when it is
// the one that holds all others back.
std::int64_t key_members::low() noexcept {
  while (!heap_.empty()) {
    auto& top = heap_.front();
    auto& m = all_[top.member];
    if (m.active && top.high == m.high) return top.high;
    if (m.active) {
      top.high = m.high;
    } else {
      m.in_heap = false;
      top = heap_.back();
      heap_.pop_back();
      if (heap_.empty()) break;
    }
    sink(0);
  }
  return no_time;
}

bool key_members::leave(std::int64_t until) noexcept {
  bool any = false;
  while (active_.first != no_record && all_[active_.first].received <= until) {
    const auto i = active_.first;
    remove(active_, i);
    append(idle_, i);
    all_[i].active = false;
    touch(i);
    any = true;
  }
  return any;
}

void key_members::erase(std::uint32_t i) noexcept {
  auto& m = all_[i];
  if (m.in_heap) { // rare: it left the minimum long ago
    const auto at = std::find_if(heap_.begin(), heap_.end(), [i](const entry& e) { return e.member == i; });
    *at = heap_.back();
    heap_.pop_back();
    std::make_heap(heap_.begin(), heap_.end(),
                   [](const entry& a, const entry& b) { return a.high > b.high; });
  }
  remove(m.active ? active_ : idle_, i);
  index_.erase(i);
  m = member{};
  free_.push_back(i);
}

void key_members::append(list& to, std::uint32_t i) noexcept {
  auto& m = all_[i];
  m.before = to.last, m.after = no_record;
  (to.last == no_record ? to.first : all_[to.last].after) = i;
  to.last = i;
}

void key_members::remove(list& from, std::uint32_t i) noexcept {
  auto& m = all_[i];
  (m.before == no_record ? from.first : all_[m.before].after) = m.after;
  (m.after == no_record ? from.last : all_[m.after].before) = m.before;
}

void key_members::sink(std::size_t at) noexcept {
  const auto moving = heap_[at];
  for (;;) {
    auto child = 2 * at + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1].high < heap_[child].high) ++child;
    if (heap_[child].high >= moving.high) break;
    heap_[at] = heap_[child];
    at = child;
  }
  heap_[at] = moving;
}

void key_members::push(std::uint32_t i) noexcept {
  all_[i].in_heap = true;
  heap_.push_back({all_[i].high, i});
  std::push_heap(heap_.begin(), heap_.end(), [](const entry& a, const entry& b) { return a.high > b.high; });
}

void key_members::touch(std::uint32_t i) noexcept {
  if (std::exchange(all_[i].dirty, true)) return;
  if (dirty_.size() == dirty_.capacity()) room_for(dirty_); // of leave(): out of memory ends the process
  dirty_.push_back(i);
}

std::string key_members::encode(const member& m) {
  std::string out;
  put<std::uint8_t>(out, 1);
  put<std::uint8_t>(out, m.active);
  put(out, m.high);
  put(out, m.received);
  return out;
}

bool key_members::restore(std::uint64_t hash, std::string_view id, std::string_view bytes) {
  state_input in{bytes};
  const auto version = in.get<std::uint8_t>(), active = in.get<std::uint8_t>();
  const auto high = in.get<std::int64_t>(), received = in.get<std::int64_t>();
  if (!in.ok || !in.left.empty() || version != 1 || active > 1 || find(hash, id) != no_record) return false;
  auto& m = all_[insert(hash, id)];
  m.high = high, m.received = received, m.active = active != 0;
  return true;
}

// The lists are in the order of the last events; among equals any order does.
void key_members::restored() {
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < all_.size(); ++i)
    if (all_[i].alive) order.push_back(i);
  std::sort(order.begin(), order.end(),
            [this](auto a, auto b) { return all_[a].received < all_[b].received; });
  heap_.reserve(order.size());
  for (const auto i : order) {
    append(all_[i].active ? active_ : idle_, i);
    if (all_[i].active) push(i);
  }
}

} // namespace sluice
