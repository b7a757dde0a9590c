// Keys and values under which the store keeps the state of keyed pipelines: explicit little endian,
// versioned.
//
//   device   pipeline 0 slot key 0             the key: everything about it, panes that still fill included
//   device   pipeline 0 slot key 0 device      one of its devices, written when that one changed
//   window   pipeline 0 slot key 0 number      a pane that is full, by its number in the grid
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "actors/transform/steps.hpp"
#include "actors/window/keyed_state.hpp"
#include "actors/window/state_bytes.hpp"

namespace sluice {

// The row of a key; `id` is the device or canonical JSON, and holds no byte 0.
std::string key_row(std::string_view pipeline, std::uint64_t hash, std::string_view id);
// Splits a row of family device; nullopt when it is none of `pipeline`.
struct parsed_row {
  std::string_view id;
  std::string_view member; // "" = the key itself
};
std::optional<parsed_row> parse_row(std::string_view pipeline, std::string_view key);

// Rows of panes sort by their number.
std::string pane_key(std::string_view row, std::int64_t index);
std::optional<std::int64_t> row_index(std::string_view row, std::string_view key);
// What the keys of all panes between `low` and `high` begin with.
std::string common_prefix(std::string_view row, std::int64_t low, std::int64_t high);

void encode_pane(std::string& out, const pane& p, const aggregates& stats);
std::string encode_pane(const pane& p, const aggregates& stats);
// Fills a pane whose index and times are set; false when the bytes are damaged.
bool decode_pane(pane& p, state_input& in, const aggregates& stats);
bool decode_pane(pane& p, std::string_view value, const aggregates& stats);

// A key with what the steps remember of it and these of its panes.
std::string encode_key(const keyed_state& k, const aggregates& stats, const steps& steps,
                       std::span<const pane_ref> inside);
// Fills a key just inserted; panes are made by `make`. False when the bytes are damaged.
bool decode_key(keyed_state& k, std::string_view value, const aggregates& stats, const steps& steps,
                const std::function<pane*(std::int64_t index, std::int64_t start, std::int64_t end)>& make);

} // namespace sluice
