#include "app/reference_pages.hpp"

#include "app/builtins.hpp"
#include "config/reference.hpp"

namespace sluice {

std::vector<reference_page> reference_pages() {
  std::vector<reference_page> pages;
  for (const auto& section : reference_sections())
    pages.push_back({"docs/reference/" + config::page_name(section) + ".md", config::to_markdown(section)});
  return pages;
}

std::string reference_index() {
  std::string out;
  for (const auto& section : reference_sections())
    out += "- [`" + section.title + "`](../docs/reference/" + config::page_name(section) +
           ".md): " + section.sentence + "\n";
  return out;
}

} // namespace sluice
