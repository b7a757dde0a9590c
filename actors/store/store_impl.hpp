// Inside of the store, shared by store.cpp, store_open.cpp, checkpoint.cpp and sink_progress.cpp.
//
// Meta keys: "format", "epoch", "head" {applied, keep_from, outbox head, journal ms}, "dead_id",
// "route/SINK", "cursor/SINK", "text/KEY". Counter keys: "source/NAME", "pipeline/NAME", "sink/NAME".
#pragma once

#include <atomic>
#include <map>
#include <mutex>

#include "actors/store/outbox.hpp"
#include "actors/store/rocks.hpp"
#include "actors/store/store.hpp"

namespace sluice {

// The one row that says where the store stands.
struct store_head {
  std::uint64_t applied = 0, keep_from = 0, outbox = 0;
  std::int64_t journal_ms = 0;
};
std::string encode(const store_head& head);
std::optional<store_head> decode_head(std::string_view bytes);

std::string encode_route(const std::vector<std::string>& pipelines);
std::optional<std::vector<std::string>> decode_route(std::string_view bytes);

struct store::impl {
  struct sink_state {
    std::vector<std::string> pipelines; // what it gets, with those of an older configuration that still wait
    sink_cursor cursor;
    sink_counters counters;
    bool configured = true;
  };

  std::unique_ptr<rocks> db;
  std::unique_ptr<outbox_counts> counts;
  config::service_options options;
  std::vector<std::string> pipelines;
  bool read_only = false;

  // One writer at a time; guards everything down to `trimmed`.
  mutable std::mutex write_mutex;
  std::map<std::string, source_counters, std::less<>> source_sums;
  std::map<std::string, pipeline_counters, std::less<>> pipeline_sums;
  std::map<std::string, sink_state, std::less<>> sinks;
  std::uint64_t engine = 0, dead_id = 0, keep_from = 0;
  std::int64_t journal_ms = 0;
  std::uint64_t trimmed = 0, since_compaction = 0;
  std::uint64_t dead_generation = 0; // grows when dead letters are removed: they are counted anew

  std::atomic<std::uint64_t> epoch{1}, applied{0}, durable{0}, kept{0}, outbox_head{0};

  mutable std::mutex count_mutex; // dead letters counted so far
  mutable std::uint64_t dead_counted_to = 0, dead_count = 0, dead_counted_generation = 0;

  mutable std::mutex failure_mutex;
  mutable std::optional<error> failed;
  mutable std::atomic<bool> has_failed{false};

  outcome<void> load(); // store_open.cpp
  outcome<void> load_counters();
  outcome<void> load_sinks();
  outcome<void> adopt_routes(const std::vector<sink_route>& routes);

  void note(const error& why) const; // keeps the first one
  outcome<void> writable() const;
  outcome<void> write(rocks::batch& batch, bool synced);
  void put_dead_letters(rocks::batch& batch, std::vector<dead_letter>& letters, std::uint64_t& id) const;
  template <class T> T read(outcome<T> got) const { // a failed read is noted
    if (got) return std::move(*got);
    note(got.error());
    return T{};
  }
};

} // namespace sluice
