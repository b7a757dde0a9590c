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
  // What a bundle may consist of; one of the models is there.
  static constexpr const char* parts[] = {"bundle.json", "samples.jsonl", "model.json", "model.ubj",
                                          "model.bin"};

  explicit model_files(const std::string& data_dir) : dir_(data_dir + "/models") {}

  // The size of the files of a bundle, together; what is not there, or no part of one, does not count.
  static std::uint64_t bytes_of(const std::string& bundle);
  // Copies the files of a bundle, of at most `most` bytes together, into a folder of ours that is overwritten
  // by the next copy for `name`; returns its path. Errors (ec::invalid): the bundle cannot be read, or is too
  // large; ec::storage: it cannot be copied. Then nothing is left of the copy.
  outcome<std::string> copy(const std::string& bundle, std::uint64_t most, const std::string& name) const;
  // Gives a copy, which is known to be good, its place, synced, whatever is there; a place that has the same
  // bytes already stays untouched. Errors: ec::storage.
  outcome<void> keep(const std::string& copied, std::uint64_t id) const;
  // Removes a copy that will not be kept.
  void discard(const std::string& copied) const;
  std::string path(std::uint64_t id) const;
  // As tidy_kept.
  outcome<void> tidy(const std::set<std::uint64_t>& in_force, std::int64_t first_ms,
                     std::int64_t now_ms) const;

private:
  std::string dir_;
};

} // namespace sluice
