// The files that a pattern means at this moment.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/ingest/file/path_pattern.hpp"
#include "messages/errors.hpp"

namespace sluice {

struct file_facts {
  std::string path; // as the pattern spells it: relative stays relative
  std::uint64_t inode = 0, size = 0;
  std::int64_t modified_ns = 0;
};

// Regular files (symbolic links are followed), each once, sorted by path. Names that begin with a dot are
// left out unless the pattern spells the dot. `problems` gets a line for every folder or file that is there
// and cannot be looked at, and for a plain path that is not there.
std::vector<file_facts> list_files(const std::vector<path_pattern>& patterns,
                                   std::vector<std::string>& problems);

} // namespace sluice
