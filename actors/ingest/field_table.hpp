// The field names of one source and their slots. Only grows; batches share the list as it was when they were
// begun.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "messages/batch.hpp"

namespace sluice {

// Look-up of std::string keys by std::string_view without a copy.
struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};
template <class T> using text_map = std::unordered_map<std::string, T, text_hash, std::equal_to<>>;

class field_table {
public:
  // At most so many names are taken from payloads (dead letter json.keys beyond); the configuration's own do
  // not count.
  static constexpr std::size_t most_discovered = 1000;

  field_table() : names_(std::make_shared<field_names>()) {}

  // The slot of `name`, a new one if need be. Names given by the configuration come before all discovered
  // ones.
  std::uint32_t add(std::string_view name);
  // Marks the names so far as the configuration's own.
  void end_of_fixed() noexcept { fixed_ = names_->size(); }
  bool room_for(std::size_t more) const noexcept { return names_->size() - fixed_ + more <= most_discovered; }

  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(names_->size()); }
  std::shared_ptr<const field_names> names() const noexcept { return names_; }

  // The discovered names as bytes for the store, and back: their slots and their number are the same after a
  // restart.
  std::string save() const;
  // Adds the names in `bytes`; false iff they are damaged. `each` is told every name and its slot.
  bool load(std::string_view bytes, const std::function<void(std::string_view, std::uint32_t)>& each);

private:
  std::shared_ptr<field_names> names_;
  text_map<std::uint32_t> slots_;
  std::size_t fixed_ = 0;
};

} // namespace sluice
