// Text with placeholders anywhere: "sluice.{pipeline}", "{site}/{device}".
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/errors.hpp"

namespace sluice {

class name_template {
public:
  // Errors (ec::invalid): empty, a brace that is not closed, an empty name.
  static outcome<name_template> parse(std::string_view text);

  const std::string& text() const noexcept { return text_; }
  const std::vector<std::string>& names() const noexcept { return names_; } // in their order
  // `values` in step with names().
  std::string expand(const std::vector<std::string>& values) const;

private:
  std::string text_;
  std::vector<std::string> names_, between_; // between_[i] stands before names_[i], the last behind all
};

} // namespace sluice
