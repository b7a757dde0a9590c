// Which template of a source a topic matches (of files: which pattern a path), and where its device and its
// other names are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "actors/ingest/field_table.hpp"
#include "actors/ingest/source_options.hpp"

namespace sluice {

class topic_matcher {
public:
  // A template. Its names other than {device} are text fields where a pipeline uses them.
  struct entry {
    struct field {
      std::size_t value; // among the template's names
      std::uint32_t slot;
    };
    std::variant<config::topic_template, path_pattern> shape;
    std::optional<std::size_t> device;     // likewise
    std::optional<std::size_t> value_name; // of {field}, likewise
    std::vector<field> fields;
    std::string text() const; // as configured
  };

  // Adds the fields to `names`: those of `used`, or all with `all_fields`. A source without templates: every
  // topic matches and names nothing.
  topic_matcher(const source_options& source, const std::vector<std::string>& used, bool all_fields,
                field_table& names);

  // The first template that matches; nullptr if none does. Allocates nothing in a steady stream.
  const entry* match(std::string_view topic);
  // True iff the device of the topic that matched last is known to be a good one (device_id.hpp).
  bool device_checked() const noexcept { return checked_; }
  // Value number `i` of the names of the template that matched last; a view that stays until the next match.
  std::string_view value(std::size_t i) const noexcept { return values_[i]; }

private:
  template <class Shape>
  void add(const Shape& shape, const std::vector<std::string>& used, bool all_fields, field_table& names);

  const entry* match_path(std::string_view path);

  std::vector<entry> entries_;
  std::vector<std::string_view> values_;
  std::string before_, after_; // around {device}, the only name of the only template, as last matched
  bool checked_ = false;
  bool any_ = false;   // there are no templates
  bool paths_ = false; // topics are paths: most equal the one before
  std::string path_;   // the last one that matched; values_ points into it
  const entry* of_path_ = nullptr;
};

} // namespace sluice
