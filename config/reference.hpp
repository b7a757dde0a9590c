// The configuration reference in Markdown, made from the declarations.
#pragma once

#include <string>
#include <vector>

#include "config/option.hpp"

namespace sluice::config {

// A heading, a sentence, an example of the whole key in YAML, and one table row per option; options of a map
// inside are named with a dot ("tls.ca"). `infos` may be empty.
struct reference_section {
  std::string title;
  std::string sentence;
  std::string example;
  std::vector<option_info> infos;
};

std::string to_markdown(const std::vector<reference_section>& sections);

} // namespace sluice::config
