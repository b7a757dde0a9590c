// The contents of look-up tables that were ever in force, under DATA_DIR/tables, each under the hash of its
// bytes: a replay of the journal finds what its TABLE records name.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "messages/errors.hpp"

namespace sluice {

// XXH3-64: what names a content, in file names and TABLE records.
std::uint64_t table_hash(std::string_view content) noexcept;

// The bytes of a file; of a larger one than `most`, most + 1 of them. Errors (ec::invalid): it cannot be
// read.
outcome<std::string> read_up_to(const std::string& path, std::size_t most);

// Thread safe: a content never changes under its name.
class table_files {
public:
  explicit table_files(const std::string& data_dir) : dir_(data_dir + "/tables") {}

  // Keeps a content, synced; returns its hash. Errors: ec::storage.
  outcome<std::uint64_t> keep(std::string_view content) const;
  // Errors: ec::storage when it is not there; ec::corrupt when its bytes have another hash.
  outcome<std::string> read(std::uint64_t hash) const;
  // To be called with all contents in force: notes what is not in force any more, and removes what went out
  // of force before journal time `first_ms`, that of the oldest record in the journal. `now_ms`: journal
  // time.
  outcome<void> tidy(const std::set<std::uint64_t>& in_force, std::int64_t first_ms,
                     std::int64_t now_ms) const;

private:
  std::string path(std::uint64_t hash) const;
  std::string dir_;
};

} // namespace sluice
