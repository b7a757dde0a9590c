// Numbers in stored states: little endian, read back with one check at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace sluice {

// One after the other, without room between them.
template <class... T> void put(std::string& out, T... v) {
  char bytes[(sizeof v + ...)];
  char* to = bytes;
  const auto put_one = [&to](auto one) {
#pragma GCC unroll 8 // one store
    for (std::size_t i = 0; i < sizeof one; ++i)
      *to++ = static_cast<char>(static_cast<std::make_unsigned_t<decltype(one)>>(one) >> (8 * i));
  };
  (put_one(v), ...);
  out.append(bytes, sizeof bytes);
}

// Reads from the front; beyond the end everything is zero and `ok` is false for good.
struct state_input {
  std::string_view left;
  bool ok = true;

  template <class T> T get() noexcept {
    if (left.size() < sizeof(T)) return ok = false, T{};
    std::make_unsigned_t<T> v = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      v |= static_cast<std::make_unsigned_t<T>>(static_cast<unsigned char>(left[i])) << (8 * i);
    left.remove_prefix(sizeof(T));
    return static_cast<T>(v);
  }
  std::string_view bytes(std::size_t n) noexcept {
    if (left.size() < n) return ok = false, std::string_view();
    const auto out = left.substr(0, n);
    left.remove_prefix(n);
    return out;
  }
};

} // namespace sluice
