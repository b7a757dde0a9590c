// Lets a shard read back what the store keeps for it.
#pragma once

#include "actors/store/store.hpp"
#include "actors/window/state_source.hpp"

namespace sluice {

class store_state_source : public state_source {
public:
  explicit store_state_source(const store& from) : from_(from) {}
  std::optional<std::string> get(state_family family, std::string_view key) const override {
    return from_.get(family, key);
  }
  void scan(state_family family, std::string_view prefix,
            const std::function<bool(std::string_view, std::string_view)>& each) const override {
    from_.scan(family, prefix, each);
  }

private:
  const store& from_;
};

} // namespace sluice
