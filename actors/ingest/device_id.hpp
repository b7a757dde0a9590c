// What may name a device: it becomes part of state keys, topics and file names, so its bytes are few.
#pragma once

#include <array>
#include <string_view>

namespace sluice {

inline constexpr std::size_t device_id_most = 128;

namespace detail {
inline constexpr auto device_bytes = [] {
  std::array<bool, 256> good{};
  for (int c = 'a'; c <= 'z'; ++c) good[c] = true;
  for (int c = 'A'; c <= 'Z'; ++c) good[c] = true;
  for (int c = '0'; c <= '9'; ++c) good[c] = true;
  good['.'] = good['_'] = good[':'] = good['-'] = true;
  return good;
}();
} // namespace detail

// True iff `id` is [A-Za-z0-9._:-]{1,128}.
inline bool good_device_id(std::string_view id) noexcept {
  if (id.empty() || id.size() > device_id_most) return false;
  bool good = true;
  for (char c : id) good &= detail::device_bytes[static_cast<unsigned char>(c)];
  return good;
}

} // namespace sluice
