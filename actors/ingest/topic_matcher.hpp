// Which template of a source a topic matches, and where its device and its other named levels are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ingest/field_table.hpp"
#include "config/topic_template.hpp"

namespace sluice {

class topic_matcher {
public:
  // A template. Its named levels other than {device} are text fields where a pipeline uses them.
  struct entry {
    struct field {
      std::size_t value; // among the template's names
      std::uint32_t slot;
    };
    config::topic_template shape;
    std::optional<std::size_t> device;     // likewise
    std::optional<std::size_t> value_name; // of {field}, likewise
    std::vector<field> fields;
  };

  // Adds the fields to `names`: those of `used`, or all with `all_fields`. No templates: every topic matches
  // and names nothing.
  topic_matcher(const std::vector<config::topic_template>& templates, const std::vector<std::string>& used,
                bool all_fields, field_table& names);

  // The first template that matches; nullptr if none does. Allocates nothing in a steady stream.
  const entry* match(std::string_view topic);
  // True iff the device of the topic that matched last is known to be a good one (device_id.hpp).
  bool device_checked() const noexcept { return checked_; }
  // Value number `i` of the names of the template that matched last; a view into its topic.
  std::string_view value(std::size_t i) const noexcept { return values_[i]; }

private:
  std::vector<entry> entries_;
  std::vector<std::string_view> values_;
  std::string before_, after_; // around {device}, the only name of the only template, as last matched
  bool checked_ = false;
  bool any_ = false; // there are no templates
};

} // namespace sluice
