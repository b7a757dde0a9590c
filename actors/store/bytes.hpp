// Little endian numbers in byte strings: what the journal and the values in the database are made of.
// Keys that must sort by number are big endian.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sluice {

static_assert(std::endian::native == std::endian::little, "the formats on disk are little endian");

template <class T> T load(const char* from) noexcept {
  T v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

template <class T> void put(char* to, T v) noexcept {
  std::memcpy(to, &v, sizeof v);
}

// Appends to a string.
class byte_writer {
public:
  explicit byte_writer(std::string& out) noexcept : out_(out) {}
  template <class T> byte_writer& number(T v) {
    out_.append(reinterpret_cast<const char*>(&v), sizeof v);
    return *this;
  }
  byte_writer& text(std::string_view s) { // u32 length, bytes
    number(static_cast<std::uint32_t>(s.size()));
    out_.append(s);
    return *this;
  }

private:
  std::string& out_;
};

// Reads what byte_writer wrote. Beyond the end everything is zero or empty and ok() is false for good.
class byte_reader {
public:
  explicit byte_reader(std::string_view in) noexcept : in_(in) {}
  template <class T> T number() noexcept {
    if (in_.size() < sizeof(T)) return ok_ = false, T{};
    T v = load<T>(in_.data());
    in_.remove_prefix(sizeof(T));
    return v;
  }
  std::string_view text() noexcept {
    const auto n = number<std::uint32_t>();
    if (in_.size() < n) return ok_ = false, std::string_view{};
    const auto s = in_.substr(0, n);
    in_.remove_prefix(n);
    return s;
  }
  bool ok() const noexcept { return ok_; }
  bool at_end() const noexcept { return in_.empty(); }

private:
  std::string_view in_;
  bool ok_ = true;
};

inline std::string big_endian(std::uint64_t v) {
  const auto swapped = __builtin_bswap64(v);
  return {reinterpret_cast<const char*>(&swapped), sizeof swapped};
}
inline std::uint64_t from_big_endian(std::string_view key) noexcept {
  return key.size() < 8 ? 0 : __builtin_bswap64(load<std::uint64_t>(key.data()));
}

} // namespace sluice
