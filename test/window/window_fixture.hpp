// A shard with hands: events and control records by name, a store in memory, restarts.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include "actors/window/device_table.hpp"
#include "actors/window/shard.hpp"

namespace sluice::testing {

using any_value = std::variant<std::monostate, double, std::int64_t, bool, std::string>;
using any_fields = std::vector<std::pair<std::string, any_value>>;

struct reading {
  std::string device = "d";
  std::int64_t time = 0;
  any_fields fields;
  std::optional<std::uint64_t> seq = std::nullopt;
  std::int64_t received = 0;
  std::uint64_t sequence = 0; // journal sequence
  std::uint32_t index = 0;
  std::string key = ""; // of a keyed pipeline, canonical JSON; "" = none
};

// One batch of these readings; all rows belong to every shard asked for.
inline event_batch make_batch(const std::vector<reading>& readings) {
  event_batch b;
  auto names = std::make_shared<field_names>();
  for (const auto& r : readings)
    for (const auto& [name, value] : r.fields)
      if (std::find(names->begin(), names->end(), name) == names->end()) names->push_back(name);
  b.names = names;
  b.stride = static_cast<std::uint32_t>(names->size());
  std::string raw;
  for (const auto& r : readings) {
    event_row row;
    row.hash = device_hash(r.device);
    row.sequence = r.sequence, row.time_ms = r.time, row.received_ms = r.received, row.index = r.index;
    row.has_sequence = r.seq.has_value(), row.device_seq = r.seq.value_or(0);
    row.device_offset = static_cast<std::uint32_t>(b.arena.size());
    row.device_length = static_cast<std::uint32_t>(r.device.size());
    b.arena += r.device;
    if (!r.key.empty()) {
      b.key_count = 1;
      b.keys.resize(readings.size());
      b.keys[b.rows.size()] = {device_hash(r.key), static_cast<std::uint32_t>(b.arena.size()),
                               static_cast<std::uint32_t>(r.key.size())};
      b.arena += r.key;
    }
    row.topic_offset = static_cast<std::uint32_t>(raw.size()), row.topic_length = 3;
    raw += "a/b";
    row.payload_offset = static_cast<std::uint32_t>(raw.size()), row.payload_length = 2;
    raw += "{}";
    b.rows.push_back(row);
    std::vector<slot> slots(b.stride);
    std::vector<value_type> types(b.stride, value_type::missing);
    for (const auto& [name, v] : r.fields) {
      const auto i = static_cast<std::size_t>(std::find(names->begin(), names->end(), name) - names->begin());
      types[i] = static_cast<value_type>(v.index());
      if (v.index() == 1) slots[i] = slot::of(std::get<double>(v));
      if (v.index() == 2) slots[i] = slot::of(std::get<std::int64_t>(v));
      if (v.index() == 3) slots[i] = slot::of(std::get<bool>(v));
      if (v.index() == 4) {
        const auto& text = std::get<std::string>(v);
        slots[i] =
            slot::text(static_cast<std::uint32_t>(b.arena.size()), static_cast<std::uint32_t>(text.size()));
        b.arena += text;
      }
    }
    b.slots.insert(b.slots.end(), slots.begin(), slots.end());
    b.types.insert(b.types.end(), types.begin(), types.end());
  }
  std::shared_ptr<char[]> bytes(new char[raw.size() + 1]);
  std::copy(raw.begin(), raw.end(), bytes.get());
  b.raw = bytes;
  return b;
}

class memory_store : public state_source {
public:
  std::optional<std::string> get(state_family family, std::string_view key) const override {
    ++reads;
    auto at = data[family].find(key);
    if (at == data[family].end()) return {};
    return at->second;
  }
  void scan(state_family family, std::string_view prefix,
            const std::function<bool(std::string_view, std::string_view)>& each) const override {
    auto& all = data[family];
    for (auto at = all.lower_bound(prefix); at != all.end() && at->first.substr(0, prefix.size()) == prefix;
         ++at)
      if (!each(at->first, at->second)) return;
  }
  void commit(const std::vector<state_write>& writes) {
    for (const auto& w : writes)
      if (w.value)
        data[w.family][w.key] = *w.value;
      else
        data[w.family].erase(w.key);
  }
  mutable std::map<state_family, std::map<std::string, std::string, std::less<>>> data;
  mutable std::size_t reads = 0;
};

inline pipeline_plan minute_plan() {
  pipeline_plan p;
  p.name = "climate";
  p.source_name = "field";
  window_options w;
  w.size = std::chrono::minutes(1);
  w.watermark_delay = std::chrono::seconds(10);
  w.allowed_lateness = std::chrono::minutes(8);
  w.aggregates = {{"t", aggregate_kind::mean, "t_mean"}, {"*", aggregate_kind::count, "count"}};
  p.window = w;
  return p;
}

// One shard over a memory_store. Journal time moves only as the test says.
class hands {
public:
  explicit hands(pipeline_plan p = minute_plan(), bool stored = true) : plan(std::move(p)), stored_(stored) {
    restart();
    up();
  }

  // Journal time and the next record's number.
  std::int64_t now = 1000000000;
  std::uint64_t sequence = 0;

  void event(reading r) {
    if (r.sequence == 0) r.sequence = ++sequence;
    if (r.received == 0) r.received = now;
    const auto b = make_batch({r});
    const std::uint32_t rows[] = {0};
    logic->apply(b, rows, plan.key_index);
  }
  void at(std::int64_t time, double t, std::string device = "d") {
    event({std::move(device), time, {{"t", t}}});
  }
  void numbered(std::int64_t time, std::uint64_t seq) { event({"d", time, {{"t", 1.0}}, seq}); }
  void record(control_kind kind, std::uint64_t value = 1, std::string name = "field") {
    logic->apply(control{kind, ++sequence, now, value, std::move(name)});
  }
  void up() { record(control_kind::source_up); }
  void tick(std::int64_t later = 0, bool clock_ok = true) {
    now += later;
    record(control_kind::tick, clock_ok);
  }
  // Everything put out since the last call.
  std::vector<result_record> results() {
    checkpoint();
    return std::exchange(results_, {});
  }
  std::vector<std::string> jsons() {
    std::vector<std::string> out;
    for (auto& r : results()) out.push_back(r.json);
    return out;
  }
  std::vector<dead_letter> dead_letters() {
    checkpoint();
    return std::exchange(dead_, {});
  }
  const pipeline_counters& counters() {
    checkpoint();
    return counters_;
  }
  void checkpoint() {
    auto part = logic->take_part(sequence);
    store.commit(part.state);
    logic->committed(sequence);
    std::move(part.results.begin(), part.results.end(), std::back_inserter(results_));
    std::move(part.unavailable.begin(), part.unavailable.end(), std::back_inserter(notes));
    std::move(part.dead_letters.begin(), part.dead_letters.end(), std::back_inserter(dead_));
    if (!part.pipelines.empty()) counters_ += part.pipelines[0];
  }
  // A new shard from what the store has.
  void restart() {
    auto made = shard::make(0, 1, {plan}, stored_ ? &store : nullptr, tables, models);
    REQUIRE_MESSAGE(made, (made ? "" : made.error().text));
    logic = std::move(*made);
    auto loaded = logic->load();
    REQUIRE_MESSAGE(loaded, (loaded ? "" : loaded.error().text));
  }

  pipeline_plan plan;
  memory_store store;
  std::shared_ptr<table_cache> tables; // from the next restart on
  shard_models models;                 // likewise
  std::vector<prediction_note> notes;  // all that were put out
  std::unique_ptr<shard> logic;

private:
  bool stored_;
  std::vector<result_record> results_;
  std::vector<dead_letter> dead_;
  pipeline_counters counters_;
};

} // namespace sluice::testing
