// Whether the source of a pipeline is up, and since when: silence counts only while it is (semantics.md
// section 3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/window/watermark.hpp"

namespace sluice {

struct source_link {
  bool up = false;
  std::int64_t since = no_time; // journal time of the last SOURCE_UP
  bool changed = false;         // since the last checkpoint part
};

// Where it is kept in state_family::source. Begins with a byte no other key of that family begins with.
inline std::string source_link_key(std::string_view source) {
  return "\x01up|" + std::string(source);
}

inline std::string encode_source_link(const source_link& link) {
  std::string out(1, link.up ? '\x01' : '\x00');
  for (int shift = 0; shift < 64; shift += 8)
    out += static_cast<char>(static_cast<std::uint64_t>(link.since) >> shift);
  return out;
}

inline std::optional<source_link> decode_source_link(std::string_view bytes) {
  if (bytes.size() != 9 || static_cast<unsigned char>(bytes[0]) > 1) return {};
  std::uint64_t since = 0;
  for (std::size_t i = 0; i < 8; ++i)
    since |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i + 1])) << (8 * i);
  return source_link{bytes[0] == '\x01', static_cast<std::int64_t>(since), false};
}

} // namespace sluice
