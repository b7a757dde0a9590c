// Events arrive at a keyed pipeline: keys, sequence numbers, steps, what becomes of refused ones
// (semantics.md section 2, steps 4 to 8).
#include <algorithm>
#include <stdexcept>
#include <utility>

#include "actors/window/keyed_pipeline.hpp"
#include "actors/window/step_records.hpp"

namespace sluice {

namespace {

constexpr std::size_t group = 16; // rows whose keys are looked up together: the cache misses overlap

} // namespace

void keyed_pipeline::bind(std::shared_ptr<const field_names> names) {
  steps_.bind(*names);
  for (std::size_t i = 0; i < registers_.size(); ++i) slots_[i] = steps_.slot_of(registers_[i]);
  if (!plan_.window) columns_.bind(steps_, *names, plan_.key);
  names_ = std::move(names);
}

// Of the key of a row.
std::uint64_t keyed_pipeline::hash_of(const event_batch& batch, std::size_t place) const noexcept {
  return by_device_ ? batch.rows[place].hash : batch.key(place, plan_.key_index).hash;
}

std::string_view keyed_pipeline::id_of(const event_batch& batch, std::size_t place) const noexcept {
  return by_device_ ? batch.device(batch.rows[place]) : batch.text(batch.key(place, plan_.key_index));
}

void keyed_pipeline::apply(const event_batch& batch, std::span<const std::uint32_t> rows, bool throw_first,
                           bool check_duplicates) noexcept {
  if (names_ != batch.names) bind(batch.names);
  throw_next_ = throw_first;
  check_duplicates_ = check_duplicates;
  revision_base_ = revision_base(batch.takeover);
  keyed_state* found[group];
  for (std::size_t from = 0; from < rows.size(); from += group) {
    const auto n = std::min(group, rows.size() - from);
    for (std::size_t i = 0; i < n; ++i) {
      found[i] = keys_.guess(hash_of(batch, rows[from + i]));
      prefetch(found[i], 2);
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (found[i] == nullptr) continue;
      prefetch(found[i]->hot, 2);
      if (found[i]->members) prefetch(found[i]->members.get(), 3);
    }
    for (std::size_t i = 0; i < n; ++i)
      if (found[i] != nullptr && found[i]->members) found[i]->members->prefetch_last();
    if (shape_.panes > 1) prefetch_closing(batch, rows.subspan(from, n), found);
    for (std::size_t i = 0; i < n; ++i) apply_row(batch, rows[from + i], found[i]);
  }
  throw_next_ = false;
}

// A window of many panes that closes reads memory that was last touched when its first pane closed.
void keyed_pipeline::prefetch_closing(const event_batch& batch, std::span<const std::uint32_t> rows,
                                      keyed_state* const* found) const noexcept {
  keyed_state* closing[group];
  std::size_t n = 0;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (found[i] != nullptr && !found[i]->panes.empty() &&
        watermark_of(batch.rows[rows[i]].time_ms, delay_) >= found[i]->quiet_below)
      closing[n++] = found[i];
  for (std::size_t i = 0; i < n; ++i)
    closing[i]->panes.prefetch_ends(), prefetch(closing[i]->sums.get(), 2), prefetch(&closing[i]->dirty, 2);
  for (std::size_t i = 0; i < n; ++i) {
    prefetch(closing[i]->panes.front().what, 2);
    closing[i]->sums->prefetch_window(closing[i]->panes.front().index);
  }
}

keyed_state& keyed_pipeline::new_key(const event_batch& batch, std::size_t place) {
  const auto& row = batch.rows[place];
  auto& k = insert(hash_of(batch, place), id_of(batch, place));
  k.received = row.received_ms;
  ++counters_.devices;
  wheel_.schedule(k.place, k.due, add_ms(row.received_ms, forget_), row.received_ms);
  return k;
}

void keyed_pipeline::apply_row(const event_batch& batch, std::size_t place, keyed_state* k) noexcept {
  const auto& row = batch.rows[place];
  // The reader has dead-lettered a row without the key (key.missing).
  if (!by_device_ && batch.key(place, plan_.key_index).length == 0) return;
  try {
    if (k == nullptr || !k->id.is(id_of(batch, place))) // another of its hash; or not there a moment ago
      k = keys_.find(hash_of(batch, place), id_of(batch, place));
    if (k == nullptr) k = &new_key(batch, place);
    if (std::exchange(throw_next_, false)) throw std::runtime_error("fault injected by a test");
    incoming e{batch, row, place, *k};
    take_event(e);
  } catch (const std::exception& e) {
    failed(batch, row, k, e.what());
  } catch (...) {
    failed(batch, row, k, "unknown exception");
  }
}

void keyed_pipeline::take_event(incoming& e) {
  if (e.k.quarantined) [[unlikely]] {
    refuse(e.batch, e.row, reason::device_quarantined, {}, "five apply errors within a minute");
    ++counters_.dead_lettered;
    return accept(e);
  }
  // Sequence sets stay per device: for other keys the reader has judged.
  if (by_device_ && e.row.has_sequence && !e.batch.sequence_judged && !judge_sequence(e)) return accept(e);
  if (!plan_.window) return take_without_window(e);
  if (counted_) return take_counted(e);
  if (kind_ == window_kind::session) return take_session(e);
  take_in_time(e);
}

// Step 4. False: the event is a duplicate or too old, and that is counted.
bool keyed_pipeline::judge_sequence(incoming& e) {
  if (!e.k.extra) e.k.extra = std::make_unique<device_extra>();
  auto& set = e.k.extra->sequences;
  switch (set.judge(e.row.device_seq, e.row.time_ms, plan_.arrival || e.row.time_from_arrival)) {
  case sequence_verdict::duplicate:
    if (!check_duplicates_) break; // it is in the set already
    ++counters_.duplicate;
    return false;
  case sequence_verdict::too_old:
    refuse(e.batch, e.row, reason::sequence_too_old, {},
           "sequence " + std::to_string(e.row.device_seq) + " is below " +
               std::to_string(set.forgotten_below()) + ", where gaps are forgotten");
    ++counters_.dead_lettered;
    return false;
  case sequence_verdict::restarted:
    e.restarted = true;
    [[fallthrough]];
  case sequence_verdict::fresh:
    set.reserve();
    e.sequences = &set;
    break;
  }
  return true;
}

event_facts keyed_pipeline::facts(const incoming& e) const noexcept {
  return {e.batch.device(e.row), e.row.time_ms,    e.row.sequence,
          e.row.index,           e.row.device_seq, e.row.has_sequence};
}

// Step 7 without the window: runs the steps and checks the types of what the window reads. A refused event is
// among the dead letters already.
keyed_pipeline::fate keyed_pipeline::judge(const incoming& e) {
  const auto* slots = e.batch.row_slots(e.place);
  const auto* types = e.batch.row_types(e.place);
  if (steps_.empty() && plan_.window) {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      auto& v = values_[i];
      const auto s = slots_[i];
      v.type = s == no_slot ? value_type::missing : types[s];
      if (v.type != value_type::missing) v.value = slots[s];
      if (v.type == value_type::text) [[unlikely]]
        v.text = e.batch.text(v.value);
    }
  } else {
    if (steps_.remembers()) prepare_memory(e);
    ran_ = steps_.run(slots, types, &e.batch, &e.row, memory_);
    if (ran_.what == steps::verdict::filtered) return fate::filtered;
    if (ran_.what == steps::verdict::refused) [[unlikely]] {
      refuse(e.batch, e.row, ran_.why, ran_.reg == no_field ? std::string() : steps_.name(ran_.reg),
             steps_.detail(ran_));
      return fate::refused;
    }
    for (std::size_t i = 0; i < registers_.size(); ++i) {
      const auto r = registers_[i];
      values_[i].value = steps_.value(r);
      values_[i].type = steps_.type(r);
      if (values_[i].type == value_type::text) values_[i].text = steps_.text(r);
    }
  }
  const auto wrong = stats_.wrong_type(values_);
  if (wrong < 0) [[likely]]
    return fate::taken;
  const auto i = static_cast<std::size_t>(wrong);
  refuse(e.batch, e.row, reason::field_type, stats_.fields()[i],
         std::string("wrong type for an aggregate (got ") + to_string(values_[i].type) + ", want a number)");
  return fate::refused;
}

void keyed_pipeline::prepare_memory(const incoming& e) {
  if (!e.k.extra) e.k.extra = std::make_unique<device_extra>();
  auto& memory = e.k.extra->memory;
  if (!memory) memory = steps_.make_memory();
  memory_ = memory.get();
  const auto due = steps_.due(*memory_, e.row.received_ms);
  if (due != never_due) wheel_.schedule(e.k.place, e.k.due, due, e.row.received_ms);
}

// Step 6: the watermark moves, with all that follows. The members have room.
void keyed_pipeline::advance(const incoming& e) noexcept {
  auto& k = e.k;
  auto high = e.row.time_ms;
  if (k.members) {
    k.members->event(e.member, high, e.row.received_ms);
    high = k.members->low();
    if (idle_ != no_time)
      wheel_.schedule(k.place, k.due, add_ms(e.row.received_ms, idle_), e.row.received_ms);
  }
  if (high <= k.high) return;
  if (watermark_of(high, delay_) >= k.quiet_below) return let_pass(k, high, {e.row.sequence, e.row.index});
  k.high = high;
}

void keyed_pipeline::add(const incoming& e, pane& p) noexcept {
  stats_.add(p.words(), values_, facts(e));
  ++p.events;
  if (revision_base_ != 0) [[unlikely]] {
    e.k.revision_base = std::max(e.k.revision_base, revision_base_);
    e.k.rebuilt_to = std::max(e.k.rebuilt_to, e.row.time_ms);
  }
}

void keyed_pipeline::take_late(const incoming& e, std::int64_t start, std::int64_t end) {
  if (plan_.window->late == late_policy::dead_letter)
    refuse(e.batch, e.row, reason::late, {},
           "window " + std::to_string(start) + ".." + std::to_string(end) +
               " takes nothing any more (closed to " + std::to_string(e.k.where(delay_).closed_to()) +
               ", allowed lateness " + std::to_string(lateness_) + " ms)");
  ++counters_.late;
  accept(e);
}

// What becomes of the event is settled.
void keyed_pipeline::settle(const incoming& e, fate f) noexcept {
  counters_.derive_missing += ran_.derive_missing;
  if (f != fate::refused) {
    if (!steps_.results().empty()) [[unlikely]]
      put_step_results(e.k, {e.row.sequence, e.row.index});
    steps_.commit(memory_, counters_);
  }
  switch (f) {
  case fate::taken:
    ++counters_.applied;
    break;
  case fate::refused:
    ++counters_.dead_lettered;
    break;
  case fate::filtered:
    ++counters_.filtered;
    counters_.missing_field += ran_.missing_field;
    break;
  }
  accept(e);
}

void keyed_pipeline::put_step_results(keyed_state& k, cause by) noexcept {
  counters_.results +=
      append_step_results(steps_, plan_, frame_, {k.id.view(), by.sequence, by.index}, json_, out_.results);
}

// What every judged event leaves: its number in the set, a sign of life, a state to save.
void keyed_pipeline::accept(const incoming& e) noexcept {
  if (e.sequences != nullptr) e.sequences->insert(e.row.device_seq, e.row.time_ms, e.restarted);
  e.k.received = e.row.received_ms;
  if (e.row.lane != 0) e.k.lane = e.k.lane == 0 || e.k.lane == e.row.lane ? e.row.lane : several_lanes;
  touch(e.k);
}

void keyed_pipeline::emit(keyed_state& k, const std::uint64_t* words, std::int64_t start, std::int64_t end,
                          std::uint32_t revision, std::uint64_t number, cause by) noexcept {
  const auto id = k.id.view();
  json_.clear();
  frame_.begin_window(json_, id, start, end, revision, number);
  counters_.value_non_finite += stats_.append_values(json_, words, end);
  frame_.end(json_);
  result_record r;
  r.order.sequence = by.sequence;
  r.order.pipeline = plan_.index;
  r.order.device = id;
  r.order.start = start;
  r.order.end = end;
  r.order.number = number;
  r.order.index = by.index;
  r.identity = result_identity(plan_.name, id, start, end, number);
  r.revision = revision;
  r.json = own_record(json_.view(), plan_.predict);
  put(std::move(r));
}

void keyed_pipeline::put(result_record r) noexcept {
  out_.results.push_back(std::move(r));
  ++counters_.results;
}

} // namespace sluice
