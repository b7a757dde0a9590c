// Where in the configuration's text something stands, for errors.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>

#include "config/yaml_node.hpp"

namespace sluice {

// The value at the end of `keys`, or the last one on the way that exists: where a missing key is reported.
inline const config::yaml_node& value_at(const config::yaml_node& root,
                                         std::initializer_list<std::string_view> keys) {
  const auto* node = &root;
  for (const auto key : keys) {
    const auto* next = node->value(key);
    if (next == nullptr) break;
    node = next;
  }
  return *node;
}

// Item `i` of a list, or the value itself where one stands for the list.
inline const config::yaml_node& item_of(const config::yaml_node& list, std::size_t i) {
  return list.is_sequence() && i < list.items.size() ? list.items[i] : list;
}

} // namespace sluice
