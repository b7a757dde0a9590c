// The configuration reference in Markdown, made from the declarations.
#pragma once

#include <string>
#include <vector>

#include "config/option.hpp"

namespace sluice::config {

// A heading, a sentence, an example of the whole key in YAML, and one table row per option; options of a map
// inside are named with a dot ("tls.ca"). `infos` may be empty. `promise`: what delivery means there.
struct reference_section {
  std::string title;
  std::string sentence;
  std::string example;
  std::vector<option_info> infos;
  std::string promise = {};
  std::string text = {}; // Markdown behind the table
};

// The page of one section: a whole document.
std::string to_markdown(const reference_section& section);
// Its file name without ending, made from the title: "sources.NAME.mqtt" is "sources-mqtt".
std::string page_name(const reference_section& section);

} // namespace sluice::config
