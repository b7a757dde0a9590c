// How far a file was read, and which file it is (semantics.md section 2, step 1): a path may name another
// file tomorrow.
//
// Every record of a file goes into the journal with two user properties, so that reader and restart know
// where it stood:
//   file    INODE-GENERATION-BYTES-HASH, hexadecimal: the file's inode, how often its path had named another
//   file
//           before, and XXH3-64 of its first BYTES bytes (1 KiB, or what it had when it was looked at)
//   offset  byte offset of the record in the file, decimal
// A third one, `header` = 1, marks the record that names the columns.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "actors/store/message.hpp"

namespace sluice {

struct file_identity {
  static constexpr std::size_t most_head = 1024;

  std::uint64_t inode = 0;
  std::uint64_t generation = 0;
  std::uint32_t head_bytes = 0;
  std::uint64_t head_hash = 0;

  // The same file of the same path; it may have grown since, so the head says nothing here.
  bool same_file(const file_identity& o) const noexcept {
    return inode == o.inode && generation == o.generation;
  }

  std::string text() const;
  static std::optional<file_identity> parse(std::string_view text) noexcept;
};

std::uint64_t hash_head(std::string_view bytes) noexcept;

struct file_position {
  file_identity identity;
  std::uint64_t offset = 0; // of the last record that was taken

  // For state_family::source, and back.
  std::string save() const { return identity.text() + " " + std::to_string(offset); }
  static std::optional<file_position> load(std::string_view text) noexcept;
};

// The positions of all files of a source.
struct file_positions {
  std::map<std::string, file_position> by_path;
  std::map<std::uint64_t, file_position> left; // by inode: of files whose paths name other files now

  // A record of `path` stands at `at`.
  void take(const std::string& path, const file_position& at);
};

// The position of a record in the journal; nullopt: it carries none.
std::optional<file_position> position_of(const message_out& m) noexcept;

// The key in state_family::source under which the position of a path is kept: this and the path.
std::string file_positions_prefix(std::string_view source);
// The same for the file of an inode that its path does not name any more: this and the inode, hexadecimal.
std::string left_positions_prefix(std::string_view source);
std::string left_position_key(const std::string& prefix, std::uint64_t inode);

} // namespace sluice
