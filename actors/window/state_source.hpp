// What a shard reads back from the store: states at start, closed windows for late events. The application
// adapts the store.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "messages/checkpoint.hpp"

namespace sluice {

// Sees every checkpoint up to the last one the shard was told of by committed().
class state_source {
public:
  virtual ~state_source() = default;
  virtual std::optional<std::string> get(state_family family, std::string_view key) const = 0;
  // Calls `each` in key order for keys with `prefix` until it returns false.
  virtual void scan(state_family family, std::string_view prefix,
                    const std::function<bool(std::string_view key, std::string_view value)>& each) const = 0;
};

} // namespace sluice
