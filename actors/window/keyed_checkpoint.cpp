// A keyed pipeline's part of a checkpoint, and its way back. Also its making.
#include <algorithm>
#include <limits>
#include <utility>

#include "actors/window/key_codec.hpp"
#include "actors/window/keyed_pipeline.hpp"
#include "actors/window/state_codec.hpp"

namespace sluice {

keyed_pipeline::keyed_pipeline(pipeline_plan plan, window_shape shape, const state_source* state,
                               shard_output& out)
    : plan_(std::move(plan)), state_(state), out_(out),
      stats_(plan_.window ? plan_.window->aggregates : std::vector<aggregate_spec>()),
      shape_(std::move(shape)), frame_(plan_.name, plan_.arrival, plan_.key.has_value()),
      panes_(sizeof(pane) + 8 * stats_.words()), revision_sums_(stats_, shape_.panes), sum_(stats_.words()) {
  by_device_ = !plan_.key;
  forget_ = plan_.device_forget.count();
  values_.resize(stats_.fields().size());
  if (!plan_.window) {
    kind_ = window_kind::count;
    counted_ = true;
    return;
  }
  const auto& w = *plan_.window;
  kind_ = w.kind;
  counted_ = counts_events(w);
  delay_ = w.watermark_delay.count(), lateness_ = w.allowed_lateness.count(), gap_ = w.gap.count();
  if (w.idle) idle_ = w.idle->count();
  count_ = w.count;
}

keyed_pipeline::~keyed_pipeline() {
  keys_.for_each([this](keyed_state& k) {
    for (const auto& p : k.panes) free_pane(p.what);
    if (k.total != nullptr) free_pane(k.total);
  });
  stats_.release(sum_.data());
}

outcome<std::unique_ptr<keyed_pipeline>> keyed_pipeline::make(pipeline_plan plan, const state_source* state,
                                                              shard_output& out, const step_world& world) {
  window_shape shape;
  if (plan.window && plan.window->kind != window_kind::session && !counts_events(*plan.window)) {
    auto made = shape_of(*plan.window);
    if (!made) return fail(ec::invalid, "pipeline " + plan.name + ": " + made.error().text);
    shape = std::move(*made);
  }
  std::unique_ptr<keyed_pipeline> made(new keyed_pipeline(std::move(plan), std::move(shape), state, out));
  const auto reads = made->stats_.fields();
  auto compiled = steps::compile(made->plan_.steps, {}, reads, world);
  if (!compiled) return fail(ec::invalid, "pipeline " + made->plan_.name + ": " + compiled.error().text);
  made->steps_ = std::move(*compiled);
  for (const auto& name : reads) made->registers_.push_back(made->steps_.reg(name));
  made->slots_.assign(reads.size(), no_slot);
  return made;
}

keyed_state& keyed_pipeline::insert(std::uint64_t hash, std::string_view id) {
  auto& k = keys_.insert(hash, id);
  if (!by_device_ && !counted_) k.members = std::make_unique<key_members>();
  if (shape_.panes > 1) k.sums = std::make_unique<pane_sums>(stats_, shape_.panes);
  // Growing piece by piece would leave holes between the keys, in which everything else then lies scattered.
  if (plan_.window) k.panes.reserve(static_cast<std::size_t>(shape_.panes) + 2), k.dirty.reserve(4);
  if (counted_) k.quiet_below = std::numeric_limits<std::int64_t>::max();
  return k;
}

outcome<void> keyed_pipeline::load(unsigned slot) {
  outcome<void> done;
  keyed_state* k = nullptr; // its devices follow it
  std::vector<keyed_state*> loaded;
  const auto bad = [&](std::string_view what) {
    done = fail(ec::corrupt, "pipeline " + plan_.name + ": stored state of " + std::string(what) +
                                 " is damaged (got other bytes than were written, want version 1)");
    return false;
  };
  state_->scan(state_family::device, slot_prefix(plan_.name, slot),
               [&](std::string_view key, std::string_view value) {
                 const auto row = parse_row(plan_.name, key);
                 if (!row) return bad("a key");
                 if (row->member.empty()) {
                   k = &insert(device_hash(row->id), row->id);
                   loaded.push_back(k);
                   const auto make = [this](std::int64_t i, std::int64_t start, std::int64_t end) {
                     return make_pane(i, start, end);
                   };
                   return decode_key(*k, value, stats_, steps_, make) || bad("key " + std::string(row->id));
                 }
                 if (k == nullptr || k->id.view() != row->id || !k->members ||
                     !k->members->restore(device_hash(row->member), row->member, value))
                   return bad("device " + std::string(row->member) + " of key " + std::string(row->id));
                 return true;
               });
  if (!done) return done;
  try {
    for (auto* one : loaded) finish_load(*one);
  } catch (const std::exception& e) {
    return fail(ec::corrupt, "pipeline " + plan_.name + ": " + e.what());
  }
  return done;
}

// Panes that open windows and waiting revisions need come from their own rows.
void keyed_pipeline::finish_load(keyed_state& k) {
  if (k.members) k.members->restored();
  const bool rows = kind_ == window_kind::tumbling || kind_ == window_kind::hopping;
  const auto closed_to = k.where(delay_).closed_to();
  if (rows && shape_.panes > 1 && closed_to != no_time)
    read_back(k, first_open(closed_to), shape_.grid.index(closed_to) + 1);
  if (rows && !k.marked.empty()) {
    read_back(k, k.marked.front(), k.marked.back() + shape_.panes);
    marked_keys_.push_back(&k);
  }
  if (kind_ == window_kind::session)
    k.quiet_below = k.panes.empty() ? std::numeric_limits<std::int64_t>::max() : k.panes.front()->end;
  else if (!counted_)
    set_quiet(k);
  if (!counted_ && kind_ != window_kind::session && !k.panes.empty() && k.panes.back()->end > closed_to)
    k.hot = k.panes.back().what;
  schedule(k, no_time, k.received);
}

void keyed_pipeline::touch(keyed_state& k) noexcept {
  if (std::exchange(k.touched, true)) return;
  touched_.push_back(&k);
}

void keyed_pipeline::take(shard_part& part) {
  auto& out = part.state;
  if (state_ != nullptr) out.reserve(out.size() + deletes_.size() + 2 * touched_.size());
  // Deletes first: a key that was forgotten may be here again.
  std::move(deletes_.begin(), deletes_.end(), std::back_inserter(out));
  deletes_.clear();
  for (std::size_t i = 0; i < touched_.size(); ++i) {
    if (i + 8 < touched_.size()) prefetch(touched_[i + 8], 4);
    if (i + 5 < touched_.size())
      touched_[i + 5]->panes.prefetch_ends(), prefetch(touched_[i + 5]->dirty.data(), 1);
    if (i + 2 < touched_.size()) prefetch_changed(*touched_[i + 2]);
    auto& k = *touched_[i];
    k.touched = false;
    if (k.alive && state_ != nullptr) take_key(k, part);
  }
  touched_.clear();
  if (handed_.empty()) keys_.recycle();
}

// Begins to load the panes that take_key will read.
void keyed_pipeline::prefetch_changed(const keyed_state& k) const noexcept {
  if (!k.panes.empty()) prefetch(k.panes.back().what, 2);
  for (const auto index : k.dirty) prefetch(find_pane(k, index), 2);
}

void keyed_pipeline::take_key(keyed_state& k, shard_part& part) {
  const bool rows = kind_ == window_kind::tumbling || kind_ == window_kind::hopping;
  const auto closed_to = k.where(delay_).closed_to();
  auto row = row_key(k);
  // Of its panes those from here on still fill; the others have rows.
  const auto filling = rows && closed_to != no_time ? shape_.grid.index(closed_to) : no_time;
  std::erase_if(k.dirty, [&](std::int64_t index) {
    if (!rows || index >= filling) return !rows;
    auto* p = find_pane(k, index);
    if (p == nullptr || !std::exchange(p->dirty, false)) return true;
    ++p->in_flight;
    part.state.push_back({state_family::window, pane_key(row, index), encode_pane(*p, stats_)});
    handed_.push_back({part.position, k.place, index});
    if (k.stored_low > k.stored_high) k.stored_low = k.stored_high = index;
    k.stored_low = std::min(k.stored_low, index), k.stored_high = std::max(k.stored_high, index);
    return true;
  });
  if (k.members)
    k.members->take_dirty([&](const key_members::member& m) {
      part.state.push_back({state_family::device, row + m.id, key_members::encode(m)});
    });
  const std::span inside(first_from(k.panes, filling), k.panes.end());
  auto value = encode_key(k, stats_, steps_, inside);
  part.state.push_back({state_family::device, std::move(row), std::move(value)});
}

// Panes that the store holds now leave the memory when no open window needs them.
void keyed_pipeline::committed(std::uint64_t position) noexcept {
  for (; !handed_.empty() && handed_.front().position <= position; handed_.pop_front()) {
    if (handed_.size() > 8) prefetch(keys_.at(handed_[8].key), 4);
    if (handed_.size() > 4) keys_.at(handed_[4].key)->panes.prefetch_ends();
    const auto& h = handed_.front();
    auto& k = *keys_.at(h.key);
    auto* p = k.alive ? find_pane(k, h.pane) : nullptr;
    if (p == nullptr) continue; // gone, or its key is
    if (p->in_flight > 0) --p->in_flight;
    if (k.readable_low > k.readable_high) k.readable_low = k.readable_high = h.pane;
    k.readable_low = std::min(k.readable_low, h.pane), k.readable_high = std::max(k.readable_high, h.pane);
    if (handed_.size() == 1 || handed_[1].key != h.key) drop_closed(k); // its last one
  }
  if (handed_.empty() && touched_.empty()) keys_.recycle();
}

} // namespace sluice
