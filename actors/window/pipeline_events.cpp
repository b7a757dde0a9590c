// Events arrive: look-up, sequence numbers, and the short way of the usual event (semantics.md section 2,
// steps 4 to 8).
#include "actors/window/pipeline_shard.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace sluice {

namespace {

constexpr std::size_t group = 16; // rows whose devices are looked up together: the cache misses overlap

} // namespace

void pipeline_shard::bind(std::shared_ptr<const field_names> names) {
  steps_.bind(*names);
  for (std::size_t i = 0; i < registers_.size(); ++i) slots_[i] = steps_.slot_of(registers_[i]);
  if (!stats_) columns_.bind(steps_, *names, {});
  names_ = std::move(names);
}

void pipeline_shard::apply(const event_batch& batch, std::span<const std::uint32_t> rows, bool throw_first,
                           bool check_duplicates) noexcept {
  if (names_ != batch.names) bind(batch.names);
  throw_next_ = throw_first;
  check_duplicates_ = check_duplicates;
  revision_base_ = revision_base(batch.takeover);
  std::uint32_t found[group];
  for (std::size_t from = 0; from < rows.size(); from += group) {
    const auto n = std::min(group, rows.size() - from);
    // The reader wrote the rows on another core: the next group's are fetched while this one is worked on.
    for (std::size_t i = from + group; i < std::min(from + 2 * group, rows.size()); ++i) {
      __builtin_prefetch(&batch.rows[rows[i]]);
      __builtin_prefetch(reinterpret_cast<const char*>(&batch.rows[rows[i]]) + 64);
      __builtin_prefetch(batch.row_slots(rows[i]));
    }
    for (std::size_t i = 0; i < n; ++i) {
      const auto& row = batch.rows[rows[from + i]];
      found[i] = table_.find(row.hash, batch.device(row));
    }
    if (stats_)
      for (std::size_t i = 0; i < n; ++i)
        if (found[i] != no_record && table_.at(found[i]).first != no_record)
          table_.prefetch_window(table_.at(found[i]).first);
    for (std::size_t i = 0; i < n; ++i) apply_row(batch, rows[from + i], found[i]);
  }
  throw_next_ = false;
}

void pipeline_shard::apply_row(const event_batch& batch, std::size_t place, std::uint32_t device) noexcept {
  const auto& row = batch.rows[place];
  try {
    if (device == no_record) { // not there when its group was looked up
      device = table_.find(row.hash, batch.device(row));
      if (device == no_record) {
        device = table_.insert(batch.device(row));
        auto& d = table_.at(device);
        d.received = row.received_ms;
        ++counters_.devices;
        wheel_.schedule(device, d.due, add_ms(row.received_ms, forget_), row.received_ms);
      }
    }
    if (std::exchange(throw_next_, false)) throw std::runtime_error("fault injected by a test");
    incoming e{batch, row, place, device, table_.at(device)};
    take_event(e);
  } catch (const std::exception& e) {
    failed(batch, row, device, e.what());
  } catch (...) {
    failed(batch, row, device, "unknown exception");
  }
}

// Step 4, then the short way for the usual event: into the newest window, which is open, closing nothing.
void pipeline_shard::take_event(incoming& e) {
  auto& d = e.d;
  if (d.quarantined) [[unlikely]] {
    refuse(e.batch, e.row, reason::device_quarantined, {}, "five apply errors within a minute");
    ++counters_.dead_lettered;
    accept(e);
    return;
  }
  if (e.row.has_sequence && !e.batch.sequence_judged) {
    auto& set = table_.extra(d).sequences;
    switch (set.judge(e.row.device_seq, e.row.time_ms, plan_.arrival || e.row.time_from_arrival)) {
    case sequence_verdict::duplicate:
      if (!check_duplicates_) break; // it is in the set already
      ++counters_.duplicate;
      accept(e);
      return;
    case sequence_verdict::too_old:
      refuse(e.batch, e.row, reason::sequence_too_old, {},
             "sequence " + std::to_string(e.row.device_seq) + " is below " +
                 std::to_string(set.forgotten_below()) + ", where gaps are forgotten");
      ++counters_.dead_lettered;
      accept(e);
      return;
    case sequence_verdict::restarted:
      e.restarted = true;
      [[fallthrough]];
    case sequence_verdict::fresh:
      set.reserve();
      e.sequences = &set;
      break;
    }
  }
  if (!stats_) return take_without_window(e);
  const auto t = e.row.time_ms;
  if (d.first != no_record) [[likely]] {
    auto& w = table_.window(d.first);
    const auto into = static_cast<std::uint64_t>(t) - static_cast<std::uint64_t>(w.start);
    if (w.open && into < static_cast<std::uint64_t>(size_) && (d.open == 1 || !closes_any(d, t)))
      return take_fast(e, w);
  }
  take_slowly(e);
}

bool pipeline_shard::closes_any(const device_record& d, std::int64_t time) noexcept {
  if (time <= d.high) return false;
  const auto watermark = watermark_of(time, delay_);
  for (auto w = table_.window(d.first).next; w != no_record && table_.window(w).open;
       w = table_.window(w).next)
    if (end_of(table_.window(w)) <= watermark) return true;
  return false;
}

void pipeline_shard::take_fast(const incoming& e, window_record& w) {
  const auto f = judge(e);
  if (f == fate::taken) {
    const auto facts = e.facts();
    if (stats_->uses_heap()) stats_->prepare(w.words(), values_, facts);
    put_step_results(e, f);
    stats_->add(w.words(), values_, facts);
    if (revision_base_ > w.revision) [[unlikely]]
      w.revision = revision_base_;
  } else {
    put_step_results(e, f);
  }
  e.d.high = std::max(e.d.high, e.row.time_ms);
  count(f);
  accept(e);
}

// Step 7 without the window: runs the steps and checks the types of what the window reads. A refused event is
// among the dead letters already.
pipeline_shard::fate pipeline_shard::judge(const incoming& e) {
  const auto* slots = e.batch.row_slots(e.place);
  const auto* types = e.batch.row_types(e.place);
  if (steps_.empty() && stats_) {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      auto& v = values_[i];
      const auto s = slots_[i];
      v.type = s == no_slot ? value_type::missing : types[s];
      if (v.type != value_type::missing) v.value = slots[s];
      if (v.type == value_type::text) [[unlikely]]
        v.text = e.batch.text(v.value);
    }
    return check_types(e);
  }
  if (steps_.remembers()) prepare_memory(e);
  const auto& ran = steps_.run(slots, types, &e.batch, &e.row, memory_);
  if (ran.what == steps::verdict::filtered) return fate::filtered;
  if (ran.what == steps::verdict::refused) [[unlikely]] {
    refuse(e.batch, e.row, ran.why, ran.reg == no_field ? std::string() : steps_.name(ran.reg),
           steps_.detail(ran));
    return fate::refused;
  }
  for (std::size_t i = 0; i < registers_.size(); ++i) {
    const auto r = registers_[i];
    values_[i].value = steps_.value(r);
    values_[i].type = steps_.type(r);
    if (values_[i].type == value_type::text) values_[i].text = steps_.text(r);
  }
  return check_types(e);
}

pipeline_shard::fate pipeline_shard::check_types(const incoming& e) {
  const auto wrong = stats_ ? stats_->wrong_type(values_) : -1;
  if (wrong < 0) [[likely]]
    return fate::taken;
  const auto i = static_cast<std::size_t>(wrong);
  refuse(e.batch, e.row, reason::field_type, stats_->fields()[i],
         std::string("wrong type for an aggregate (got ") + to_string(values_[i].type) + ", want a number)");
  return fate::refused;
}

void pipeline_shard::count(fate f) noexcept {
  if (f == fate::taken && steps_.empty()) [[likely]] {
    ++counters_.applied;
    return;
  }
  counters_.derive_missing += steps_.last().derive_missing;
  if (f != fate::refused) steps_.commit(memory_, counters_);
  switch (f) {
  case fate::taken:
    ++counters_.applied;
    break;
  case fate::refused:
    ++counters_.dead_lettered;
    break;
  case fate::filtered:
    ++counters_.filtered;
    counters_.missing_field += steps_.last().missing_field;
    break;
  }
}

// What every judged event leaves: its number in the set, a sign of life, a state to save.
void pipeline_shard::accept(const incoming& e) noexcept {
  if (e.sequences != nullptr) e.sequences->insert(e.row.device_seq, e.row.time_ms, e.restarted);
  e.d.received = e.row.received_ms;
  if (e.row.lane != 0) table_.add_lane(e.device, e.row.lane);
  table_.touch(e.device);
}

} // namespace sluice
