// Keys and values of a shard's state in the store: explicit little endian, versioned; keys sort by pipeline,
// key slot, device, window start.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/transform/steps.hpp"
#include "actors/window/device_table.hpp"
#include "actors/window/state_bytes.hpp"
#include "messages/errors.hpp"

namespace sluice {

// pipeline | 0: every key of a pipeline begins with it, and no key of another one does.
std::string pipeline_prefix(std::string_view pipeline);
// prefix | key slot byte: one slot's devices.
std::string slot_prefix(std::string_view pipeline, unsigned slot);
// prefix | slot | device | 0 (a device id holds no byte 0).
std::string device_key(std::string_view pipeline, std::string_view device);
// device key | start, big endian, sign bit flipped: ascending by start. Of state_family::window and ::mark.
std::string window_key(std::string_view device_key, std::int64_t start);

struct parsed_key {
  std::string_view device;
  std::optional<std::int64_t> start;
};
// Splits a key of `pipeline`; nullopt when it is none.
std::optional<parsed_key> parse_key(std::string_view pipeline, std::string_view key);

// A device with its open windows and what the steps remember of it. `stats` may be null: a pipeline without
// windows.
std::string encode_device(device_table& table, std::uint32_t device, const aggregates* stats,
                          const steps& steps);
// Fills a device just inserted. Errors: ec::corrupt.
outcome<void> decode_device(device_table& table, std::uint32_t device, std::string_view value,
                            const aggregates* stats, const steps& steps);

// What only some devices need, and back; false when the bytes are damaged.
void encode_extra(std::string& out, const device_extra& x);
bool decode_extra(state_input& in, device_extra& x);
// What the steps remember of a key. A pipeline whose steps remember nothing any more gets null.
void encode_memory(std::string& out, const step_memory& memory, const steps& steps);
bool decode_memory(state_input& in, std::unique_ptr<step_memory>& memory, const steps& steps);

// A closed window.
std::string encode_window(const window_record& w, const aggregates& stats);
// Returns a window in no list, closed, stored. Errors: ec::corrupt.
outcome<std::uint32_t> decode_window(device_table& table, std::int64_t start, std::string_view value,
                                     const aggregates& stats);

} // namespace sluice
