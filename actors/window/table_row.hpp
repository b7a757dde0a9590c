// Which content of a look-up file, and which model of a pipeline, is in force at a shard's position, as the
// store keeps it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "messages/checkpoint.hpp"
#include "messages/errors.hpp"

namespace sluice {

// Where it is kept in state_family::source. Begins with a byte no other key of that family begins with.
inline constexpr std::string_view table_key_prefix = "\x02table|";
inline std::string table_key(std::string_view path) {
  return std::string(table_key_prefix).append(path);
}

inline std::string model_key(std::string_view pipeline) {
  return std::string("\x02model|").append(pipeline);
}

inline std::string encode_table_hash(std::uint64_t hash) {
  std::string out;
  for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(hash >> shift);
  return out;
}

inline std::optional<std::uint64_t> decode_table_hash(std::string_view bytes) {
  if (bytes.size() != 8) return {};
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < 8; ++i)
    hash |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return hash;
}

// The model of a pipeline that is in force at the position of `state`, a store or a state_source; nullopt:
// none. Errors: ec::corrupt.
template <class State>
outcome<std::optional<std::uint64_t>> stored_model(const State& state, const std::string& pipeline) {
  const auto row = state.get(state_family::source, model_key(pipeline));
  if (!row) return std::nullopt;
  const auto id = decode_table_hash(*row);
  if (!id)
    return fail(ec::corrupt, "the stored model of pipeline " + pipeline + " is damaged (got " +
                                 std::to_string(row->size()) + " bytes, want 8)");
  return id;
}

} // namespace sluice
