// DIR/journal/acked: a lower bound of what was acknowledged and is on disk. A head below it at start means
// that records were lost (semantics.md section 5). Two slots written in turn, so that a torn write leaves the
// other one. Also the lock that keeps a second process out.
#pragma once

#include <cstdint>
#include <string>

#include "actors/store/file.hpp"

namespace sluice {

class acked_file {
public:
  // Opens or creates it and takes the lock; ec::storage when another process has it, ec::corrupt when both
  // slots are bad.
  static outcome<acked_file> open(const std::string& dir);
  // Reads the bound without the lock; 0 when there is no file.
  static outcome<std::uint64_t> read(const std::string& dir);

  std::uint64_t sequence() const noexcept { return sequence_; }
  bool created() const noexcept { return created_; }
  // Writes and syncs. Never goes back.
  outcome<void> write(std::uint64_t sequence);

private:
  file file_;
  std::uint64_t sequence_ = 0, turn_ = 0;
  bool created_ = false;
};

} // namespace sluice
