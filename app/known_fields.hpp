// What is known of an event's fields in front of a step: their names and types, as far as the configuration
// says.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ingest/source_options.hpp"
#include "actors/transform/expression.hpp"

namespace sluice {

class known_fields {
public:
  // Any field may come, and nothing is known of it.
  known_fields() = default;
  // The fields that events of `source` have when they come out of its decoder.
  explicit known_fields(const source_options& source);

  // Usable as field_types.
  field_knowledge operator()(std::string_view name) const;
  void add(const std::string& name, value_type type) { types_[name] = type; }
  // No other field than those known so far can come.
  void close() { closed_ = true; }
  std::vector<std::string> names() const;

private:
  std::map<std::string, value_type> types_;
  bool closed_ = false; // no other field than these can come
};

} // namespace sluice
