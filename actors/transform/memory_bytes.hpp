// The bytes of what steps remember, as they stand in a device's state: little endian, no padding.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "actors/transform/field_value.hpp"

namespace sluice {

class memory_writer {
public:
  explicit memory_writer(std::string& out) noexcept : out_(out) {}
  template <class T> memory_writer& put(T v) {
    for (std::size_t i = 0; i < sizeof v; ++i)
      out_ += static_cast<char>(static_cast<std::make_unsigned_t<T>>(v) >> (8 * i));
    return *this;
  }
  memory_writer& put(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    out_ += text;
    return *this;
  }
  memory_writer& put(const kept_value& v) {
    put(static_cast<std::uint8_t>(v.type));
    if (v.type == value_type::text) return put(std::string_view(v.text));
    return v.type == value_type::missing ? *this : put(v.value.bits);
  }

private:
  std::string& out_;
};

// Reads from the front; beyond the end everything is zero and ok() is false for good.
class memory_reader {
public:
  explicit memory_reader(std::string_view in) noexcept : in_(in) {}
  template <class T> T get() noexcept {
    if (in_.size() < sizeof(T)) return ok_ = false, T{};
    std::make_unsigned_t<T> v = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      v = static_cast<std::make_unsigned_t<T>>(
          v | static_cast<std::make_unsigned_t<T>>(
                  static_cast<std::make_unsigned_t<T>>(static_cast<unsigned char>(in_[i])) << (8 * i)));
    in_.remove_prefix(sizeof(T));
    return static_cast<T>(v);
  }
  std::string_view text() noexcept {
    const auto n = get<std::uint32_t>();
    if (in_.size() < n) return ok_ = false, std::string_view{};
    const auto s = in_.substr(0, n);
    in_.remove_prefix(n);
    return s;
  }
  kept_value value() {
    kept_value v;
    const auto type = get<std::uint8_t>();
    if (type > static_cast<std::uint8_t>(value_type::text)) return ok_ = false, v;
    v.type = static_cast<value_type>(type);
    if (v.type == value_type::text)
      v.text = text();
    else if (v.type != value_type::missing)
      v.value.bits = get<std::uint64_t>();
    return v;
  }
  bool ok() const noexcept { return ok_; }
  std::string_view rest() const noexcept { return in_; }

private:
  std::string_view in_;
  bool ok_ = true;
};

} // namespace sluice
