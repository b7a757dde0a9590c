// Decoded rows for benchmarks of what comes behind the decoder, and a store that keeps nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <xxhash.h>

#include "actors/window/device_table.hpp"
#include "actors/window/state_source.hpp"
#include "messages/batch.hpp"

inline constexpr std::size_t batch_rows = 512;

// Readings (temperature, humidity) of each device in turn.
struct feed {
  std::size_t devices = 1;
  std::int64_t interval_ms = 5000;  // between two readings of a device
  std::int64_t pause_ms = 0;        // more behind every 12th
  std::size_t devices_per_site = 0; // not 0: each row has a key {"site":..}
};

// Makes one batch after the other, in the same memory.
class row_source {
public:
  explicit row_source(const feed& f) : feed_(f), all_rows_(batch_rows) {
    std::iota(all_rows_.begin(), all_rows_.end(), 0u);
    for (std::size_t i = 0; i < f.devices; ++i) {
      devices_.push_back(named("room-" + std::to_string(i)));
      if (f.devices_per_site > 0)
        sites_.push_back(named("{\"site\":\"site-" + std::to_string(i / f.devices_per_site) + "\"}"));
    }
    batch_.stride = 2;
    batch_.names = std::make_shared<sluice::field_names>(sluice::field_names{"temperature", "humidity"});
    batch_.key_count = f.devices_per_site > 0;
  }

  const sluice::event_batch& next() {
    using namespace sluice;
    auto& b = batch_;
    b.clear();
    for (const auto stop = at_ + batch_rows; at_ < stop; ++at_) {
      const auto round = static_cast<std::int64_t>(at_ / feed_.devices);
      const auto& device = devices_[at_ % feed_.devices];
      event_row r;
      r.hash = device.hash;
      r.sequence = at_ + 1;
      r.time_ms = 1700000000000 + round * feed_.interval_ms + round / 12 * feed_.pause_ms;
      r.received_ms = r.time_ms;
      r.device_offset = static_cast<std::uint32_t>(b.arena.size());
      r.device_length = static_cast<std::uint32_t>(device.id.size());
      b.arena += device.id;
      b.rows.push_back(r);
      b.slots.push_back(slot::of(20.0 + static_cast<double>(at_ % 777) * 0.01));
      b.slots.push_back(slot::of(50.0 + static_cast<double>(at_ % 100) * 0.1));
      b.types.insert(b.types.end(), 2, value_type::number);
      if (sites_.empty()) continue;
      const auto& site = sites_[at_ % feed_.devices];
      b.keys.push_back({site.hash, static_cast<std::uint32_t>(b.arena.size()),
                        static_cast<std::uint32_t>(site.id.size())});
      b.arena += site.id;
    }
    return b;
  }
  const std::vector<std::uint32_t>& all_rows() const { return all_rows_; }

private:
  struct name {
    std::string id;
    std::uint64_t hash;
  };
  static name named(std::string id) {
    const auto hash = sluice::device_hash(id);
    return {std::move(id), hash};
  }

  feed feed_;
  std::vector<name> devices_, sites_; // sites_ in step with devices_
  std::size_t at_ = 0;
  sluice::event_batch batch_;
  std::vector<std::uint32_t> all_rows_;
};

// Keeps nothing: what a shard hands over is dropped, as if stored.
class no_store : public sluice::state_source {
public:
  std::optional<std::string> get(sluice::state_family, std::string_view) const override { return {}; }
  void scan(sluice::state_family, std::string_view,
            const std::function<bool(std::string_view, std::string_view)>&) const override {}
};

// mean, min, max and stddev_pop of both fields.
inline std::vector<sluice::aggregate_spec> four_statistics() {
  using sluice::aggregate_kind;
  std::vector<sluice::aggregate_spec> made;
  for (const std::string field : {"temperature", "humidity"})
    for (auto [kind, name] :
         {std::pair{aggregate_kind::mean, "_mean"}, std::pair{aggregate_kind::min, "_min"},
          std::pair{aggregate_kind::max, "_max"}, std::pair{aggregate_kind::stddev_pop, "_stddev_pop"}})
      made.push_back({field, kind, field + name});
  return made;
}
