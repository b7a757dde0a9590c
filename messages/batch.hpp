// A batch of decoded events: one arena, rows of fixed size, typed slots. Built by the reader, then immutable
// and shared by all shards, each with its own index list. Nothing is allocated per event.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "messages/text_buffer.hpp"
#include "messages/value.hpp"

namespace sluice {

// The field names of one source, in slot order. Only grows; a name keeps its slot for the life of the
// process.
using field_names = std::vector<std::string>;

struct event_row {
  std::uint64_t hash = 0;       // XXH3-64 of the device id; the top six bits are its key slot (of 64)
  std::uint64_t sequence = 0;   // journal sequence of the message
  std::int64_t time_ms = 0;     // event time, ms since 1970 UTC
  std::int64_t received_ms = 0; // journal time of the message
  std::uint64_t device_seq = 0; // sequence number given by the device, iff has_sequence
  std::uint32_t device_offset = 0, device_length = 0;   // in the arena
  std::uint32_t topic_offset = 0, topic_length = 0;     // in `raw`
  std::uint32_t payload_offset = 0, payload_length = 0; // in `raw`
  std::uint32_t index = 0;                              // element within its message
  std::uint16_t lane = 0; // number of the partition it came from; 0 = its source has none
  bool has_sequence = false;
  bool time_from_arrival = false;
};

// What one `key:` other than the device makes of a row: canonical JSON in the arena, e.g. {"site":"a"}.
struct row_key {
  std::uint64_t hash = 0;               // XXH3-64 of the text; the top six bits are its key slot
  std::uint32_t offset = 0, length = 0; // in the arena; length 0 = the row has no such key
};

class event_batch {
public:
  std::uint16_t source = 0;                 // index of the source in the configuration
  std::uint32_t stride = 0;                 // slots per row
  std::shared_ptr<const field_names> names; // size() == stride
  std::vector<event_row> rows;
  std::vector<slot> slots;       // rows.size() * stride
  std::vector<value_type> types; // rows.size() * stride
  std::uint16_t key_count = 0;   // different keys beside the device
  std::vector<row_key> keys;     // rows.size() * key_count
  text_buffer arena;             // device ids, keys and texts
  static constexpr std::uint16_t everyone = 0xffff;
  std::uint16_t only = everyone; // index of the one pipeline whose replayed dead letter this is
  bool sequence_judged = false;  // then: its sequence number was judged before and is not judged again
  // Not 0: another process has applied its rows, they make state again and nothing leaves; how often their
  // partition has changed hands.
  std::uint16_t takeover = 0;
  std::shared_ptr<const char[]>
      raw; // the journal bytes the rows' topic and payload offsets point into (kept alive)

  std::string_view device(const event_row& r) const noexcept {
    return {arena.data() + r.device_offset, r.device_length};
  }
  std::string_view topic(const event_row& r) const noexcept {
    return {raw.get() + r.topic_offset, r.topic_length};
  }
  std::string_view payload(const event_row& r) const noexcept {
    return {raw.get() + r.payload_offset, r.payload_length};
  }
  // User properties of the row's message, encoded: they stand between topic and payload.
  std::string_view properties(const event_row& r) const noexcept {
    const auto from = r.topic_offset + r.topic_length;
    return {raw.get() + from, r.payload_offset < from ? 0 : r.payload_offset - from};
  }
  // The key number `key` (from 1; 0 is the device) of a row.
  const row_key& key(std::size_t row, std::uint16_t key) const noexcept {
    return keys[row * key_count + key - 1u];
  }
  std::string_view text(const row_key& k) const noexcept { return {arena.data() + k.offset, k.length}; }
  std::string_view text(slot s) const noexcept { return {arena.data() + s.text_offset(), s.text_length()}; }
  const slot* row_slots(std::size_t row) const noexcept { return slots.data() + row * stride; }
  const value_type* row_types(std::size_t row) const noexcept { return types.data() + row * stride; }
  // Keeps capacity, so that batches can be recycled.
  void clear() noexcept {
    rows.clear(), slots.clear(), types.clear(), keys.clear(), arena.clear(), raw.reset();
    only = everyone, sequence_judged = false, takeover = 0;
  }
};

// Key slots on disk; shard = key_slot(hash) % shards.
inline constexpr unsigned key_slots = 64;
inline unsigned key_slot(std::uint64_t hash) noexcept {
  return static_cast<unsigned>(hash >> 58);
}

} // namespace sluice
