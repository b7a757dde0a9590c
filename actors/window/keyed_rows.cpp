// Panes of a keyed pipeline between memory and store: those that closed windows may still need live in the
// store, come back for late events, and go for good when the lateness has passed.
#include <algorithm>
#include <stdexcept>

#include "actors/window/key_codec.hpp"
#include "actors/window/keyed_pipeline.hpp"
#include "actors/window/state_codec.hpp"

namespace sluice {

namespace {

constexpr std::int64_t few_rows = 8; // above it the store is scanned instead of asked one by one

} // namespace

std::string keyed_pipeline::row_key(const keyed_state& k) const {
  return key_row(plan_.name, k.hash, k.id.view());
}

// Frees the panes of closed windows that no open one needs, as far as the store has them; all of them when no
// lateness is allowed.
void keyed_pipeline::drop_closed(keyed_state& k) noexcept {
  if (kind_ == window_kind::running || k.panes.empty() || !k.marked.empty()) return;
  if (lateness_ > 0 && state_ == nullptr) return;
  const auto closed_to = k.where(delay_).closed_to();
  if (closed_to == no_time) return;
  const auto open = first_open(closed_to);
  if (k.panes.front().index >= open) return;
  const auto goes = [&](const pane_ref& p) {
    if (lateness_ > 0 && (p->dirty || p->in_flight > 0)) return false;
    free_pane(p.what);
    return true;
  };
  const auto end = first_from(k.panes, open);
  k.panes.erase(std::remove_if(k.panes.begin(), end, goes), end);
  if (lateness_ == 0) erase_rows(k, open);
}

// Frees the panes of which no window takes anything any more, and erases their rows.
void keyed_pipeline::drop_gone(keyed_state& k) noexcept {
  const auto watermark = watermark_of(k.high, delay_);
  if (kind_ == window_kind::running || lateness_ == 0 || watermark == no_time) return;
  auto below = first_open(subtract_ms(watermark, lateness_));
  if (!k.marked.empty()) below = std::min(below, k.marked.front()); // they are emitted first
  std::size_t n = 0;
  while (n < k.panes.size() && k.panes[n].index < below) free_pane(k.panes[n++].what);
  k.panes.erase(k.panes.begin(), k.panes.begin() + static_cast<std::ptrdiff_t>(n));
  erase_rows(k, below);
}

void keyed_pipeline::erase_rows(keyed_state& k, std::int64_t below) noexcept {
  const auto low = k.stored_low, high = std::min(k.stored_high, below - 1);
  if (state_ == nullptr || low > high) return;
  const auto key = row_key(k);
  if (high - low < few_rows) {
    for (auto i = low; i <= high; ++i)
      deletes_.push_back({state_family::window, pane_key(key, i), std::nullopt});
  } else {
    // Rows of parts that are not committed yet are in no scan: those are erased one by one.
    for (const auto& h : handed_)
      if (h.key == k.place && h.pane >= low && h.pane <= high)
        deletes_.push_back({state_family::window, pane_key(key, h.pane), std::nullopt});
    state_->scan(state_family::window, key, [&](std::string_view found, std::string_view) {
      const auto i = row_index(key, found);
      if (i && *i >= low && *i <= high)
        deletes_.push_back({state_family::window, std::string(found), std::nullopt});
      return !i || *i <= high;
    });
  }
  k.stored_low = high + 1;
  if (k.stored_low > k.stored_high) k.stored_low = 0, k.stored_high = -1;
  k.readable_low = std::max(k.readable_low, high + 1);
  if (k.readable_low > k.readable_high) k.readable_low = 0, k.readable_high = -1;
}

// Brings the panes [from, to) into memory as far as the store has them. Throws what is wrong with a row; then
// some of them are there, which does no harm.
void keyed_pipeline::read_back(keyed_state& k, std::int64_t from, std::int64_t to) {
  from = std::max(from, k.readable_low), to = std::min(to, k.readable_high + 1);
  if (state_ == nullptr || from >= to) return;
  const auto key = row_key(k);
  const auto take = [&](std::int64_t i, std::string_view value) {
    if (find_pane(k, i) != nullptr) return;
    auto* p = make_pane(i, shape_.grid.start(i), shape_.grid.start(i + 1));
    if (!decode_pane(*p, value, stats_)) {
      free_pane(p);
      throw std::runtime_error("a stored window of key " + std::string(k.id.view()) +
                               " is damaged (got other bytes than were written, want version 1)");
    }
    insert_pane(k, p);
  };
  if (to - from < few_rows) {
    for (auto i = from; i < to; ++i)
      if (find_pane(k, i) == nullptr)
        if (const auto value = state_->get(state_family::window, pane_key(key, i))) take(i, *value);
    return;
  }
  state_->scan(state_family::window, common_prefix(key, from, to - 1),
               [&](std::string_view found, std::string_view value) {
                 const auto i = row_index(key, found);
                 if (i && *i >= from && *i < to) take(*i, value);
                 return !i || *i < to;
               });
}

} // namespace sluice
