// set_hash (interface.md): the sum modulo 2^128 of the first 16 bytes, big endian, of SHA-256(device, byte 0,
// sequence number in decimal). Proves that exactly this set of readings is inside, each once, whatever their
// order.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sluice {

class set_hasher {
public:
  set_hasher();
  ~set_hasher();
  set_hasher(set_hasher&&) noexcept;

  // Adds one reading to the sum high:low. Never throws; not thread safe.
  void add(std::uint64_t& high, std::uint64_t& low, std::string_view device, std::uint64_t sequence) noexcept;

private:
  struct context; // OpenSSL's
  std::unique_ptr<context> context_;
};

// The sum as 32 hex digits.
std::string set_hash_text(std::uint64_t high, std::uint64_t low);

} // namespace sluice
