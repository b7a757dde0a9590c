// A bundle as its user has it now: copied to where nobody else writes, and judged there.
#pragma once

#include <cstdint>
#include <string>

#include "actors/predict/scoring.hpp"
#include "actors/store/model_files.hpp"
#include "messages/errors.hpp"

namespace sluice {

struct bundle_copy {
  std::string folder; // is to be kept or discarded
  model_facts facts;
};

// Copies the bundle at `path`, of at most `most` bytes, for pipeline `name`, and loads the copy to see that
// it is good. Errors (ec::invalid): the bundle cannot be read, is too large or bad, in words about `path`;
// ec::storage: it cannot be copied. Then nothing is left of the copy.
outcome<bundle_copy> copy_bundle(const model_files& files, const std::string& path, std::uint64_t most,
                                 const std::string& name);

} // namespace sluice
