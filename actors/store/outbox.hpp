// The outbox: results under ONE global sequence, read by each sink from its own cursor. Here: the bytes of
// records and cursors, and the scan that counts what a sink has still to do.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/store/rocks.hpp"
#include "messages/checkpoint.hpp"
#include "messages/outbox_record.hpp"

namespace sluice {

struct sink_cursor;

// Key: big endian sequence. Value: u8 version, u32 revision, pipeline, identity, in version 2 the sinks that
// do not get it, then the JSON up to the end. Version 1 is written where every sink gets it.
std::string encode_outbox(std::string_view pipeline, const result_record& result);
std::optional<outbox_record> decode_outbox(std::uint64_t sequence, std::string_view value);
// Where a record goes: its pipeline, and the sinks of it that do not get it (result_record::not_to).
struct outbox_route {
  std::string_view pipeline; // "" when the value is none of ours
  std::string_view not_to;

  bool leads_to(std::string_view sink, const std::vector<std::string>& pipelines) const noexcept;
};
outbox_route route_of(std::string_view value) noexcept;

// u8 version, u64 acked, ranges of what is done above it (u32 count, u64 first, u64 last..), mark.
std::string encode_cursor(const sink_cursor& cursor);
std::optional<sink_cursor> decode_cursor(std::string_view bytes);

// Counts records by scanning; sums of full blocks are kept, so that each record is scanned once. Thread safe.
class outbox_counts {
public:
  static constexpr std::uint64_t block_size = 1024;
  explicit outbox_counts(const rocks& db) : db_(db) {}

  // Records of `pipelines` for `sink` above the cursor and up to `head`, not in cursor.above.
  outcome<std::uint64_t> pending(std::string_view sink, const std::vector<std::string>& pipelines,
                                 const sink_cursor& cursor, std::uint64_t head, const rocks::snapshot* at);
  // True only when a kept sum says that the block of `sequence` holds nothing of `pipelines` for `sink`.
  bool known_empty(std::uint64_t sequence, std::string_view sink, const std::vector<std::string>& pipelines);
  void forget_below(std::uint64_t sequence);

  static std::uint64_t block_of(std::uint64_t sequence) noexcept { return sequence / block_size; }

private:
  using sums = std::vector<std::uint32_t>; // by index in routes_
  outcome<sums*> block(std::uint64_t number, const rocks::snapshot* at);
  std::size_t index(const outbox_route& route);
  std::uint64_t sum_for(std::string_view sink, const std::vector<std::string>& pipelines,
                        const sums& block) const noexcept;

  const rocks& db_;
  std::mutex mutex_;
  std::vector<std::pair<std::string, std::string>> routes_; // pipeline, not_to: few, since sinks are few
  std::map<std::uint64_t, sums> full_;
};

} // namespace sluice
