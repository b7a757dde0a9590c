// The reference of the configuration as documents: one page per component, and an index of them.
#pragma once

#include <string>
#include <vector>

namespace sluice {

struct reference_page {
  std::string path; // from the root of the repository
  std::string text;
};

// Every page under docs/reference/, in the order of the index.
std::vector<reference_page> reference_pages();
// The lines of config/README.md between its markers.
std::string reference_index();

} // namespace sluice
