// The quick way through a payload that has the same keys in the same places as the one before it: a flat
// object of numbers, booleans, nulls and plain strings. Anything else, and anything in doubt, is left to the
// full decoder: what the shape takes, the full decoder would have read the same way (test: "the quick way and
// the full way agree").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ingest/decode/found_value.hpp"

namespace sluice {

class json_shape {
public:
  static constexpr std::size_t most_keys = 64;
  static constexpr std::int32_t ignored = -1;

  // Learning, by the full decoder: begin, add each key of the top level in order, end.
  void begin() noexcept;
  // `key` as it stands in the payload, no escapes in it; `known` = a map of fields names it.
  void add(std::string_view key, std::int32_t target, bool known = true);
  void give_up() noexcept { learning_ = false; } // this payload is not one for the quick way
  void end() noexcept;

  // True iff `payload` was read: values() holds what stands at the first size() keys. It may end early, after
  // any key.
  bool read(std::string_view payload) noexcept;
  std::size_t size() const noexcept { return read_; }
  std::int32_t target(std::size_t i) const noexcept { return keys_[i].target; }
  const found_value& value(std::size_t i) const noexcept { return values_[i]; }
  // How many of the values read stand at keys that are not known.
  unsigned unknown() const noexcept;

private:
  struct key {
    std::uint32_t offset, length; // in bytes_, with both quotes and the colon
    std::int32_t target;
    bool known;
  };
  std::string bytes_;
  std::vector<key> keys_;
  std::vector<found_value> values_;
  std::size_t read_ = 0;
  bool learning_ = false, all_known_ = false;
};

} // namespace sluice
