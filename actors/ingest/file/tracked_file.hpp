// What a file source knows of one path.
#pragma once

#include <cstdint>
#include <string>

#include "actors/ingest/file/file_position.hpp"
#include "actors/store/file.hpp"

namespace sluice {

struct tracked_file {
  std::string path;

  // Which file it names; `seen`: it ever named one, and identity says which.
  file_identity identity;
  std::string identity_text;
  bool seen = false;
  bool present = false;   // it names that file, as of the last look
  std::uint64_t size = 0; // as of then
  std::int64_t modified_ns = 0;

  file handle;
  bool is_open = false;

  std::uint64_t next = 0;       // where the next record begins
  std::uint64_t last_taken = 0; // where the last one began
  bool taken = false;           // there was one
  bool done = false;            // of a finite source: read to its end
  bool failed = false;          // it could not be read since the last look

  bool skip_record = false;  // the record at `next` was taken before a restart
  bool skip_line = false;    // the rest of a record that was too long comes first
  bool header_due = false;   // the next record names the columns
  bool header_again = false; // the path is new for them: they are to be said again
  unsigned skip_left = 0;    // lines to leave out yet

  // The generation of the next file that the path will name.
  std::uint64_t next_generation() const noexcept { return seen ? identity.generation + 1 : 0; }
};

} // namespace sluice
