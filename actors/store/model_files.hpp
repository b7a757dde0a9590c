// The bundles of models that were ever in force, under DATA_DIR/models, each in a folder named by the first
// 64 bits of its hash: a replay of the journal finds what its MODEL records name.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "messages/errors.hpp"

namespace sluice {

// Thread safe, save that one thread at a time may copy for one `name`.
class model_files {
public:
  explicit model_files(const std::string& data_dir) : dir_(data_dir + "/models") {}

  // Copies the files of a bundle, of at most `most` bytes together, into a folder of ours that is overwritten
  // by the next copy for `name`; returns its path. Errors (ec::invalid): the bundle cannot be read, or is too
  // large; ec::storage: it cannot be copied.
  outcome<std::string> copy(const std::string& bundle, std::uint64_t most, const std::string& name) const;
  // Gives a copy its place, synced; nothing if the model is kept already. Errors: ec::storage.
  outcome<void> keep(const std::string& copied, std::uint64_t id) const;
  std::string path(std::uint64_t id) const;
  // As tidy_kept.
  outcome<void> tidy(const std::set<std::uint64_t>& in_force, std::int64_t first_ms,
                     std::int64_t now_ms) const;

private:
  std::string dir_;
};

} // namespace sluice
