// Segment files of the journal: DIR/<first sequence, 20 digits>.seg. Creating, listing and scanning them;
// used by the journal (open), verify and the read-only cursor.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/store/file.hpp"
#include "actors/store/record.hpp"

namespace sluice {

struct segment {
  segment_header header;
  std::string path;
  std::uint64_t bytes = 0;            // written and complete; of the newest one it grows
  std::shared_ptr<const file> opened; // only where the file must stay readable after its removal
  std::uint64_t first() const noexcept { return header.first; }
};

// Creates the file with header and `sources` batch and makes it durable: it appears under its name complete
// or not at all.
outcome<segment> create_segment(const std::string& dir, segment_header header, const source_numbers& sources);

// All segments of `dir`, oldest first, with their headers read and checked; leftovers of create_segment are
// skipped. `keep_open` fills segment::opened and skips files removed meanwhile. A damaged header is
// ec::corrupt.
outcome<std::vector<segment>> list_segments(const std::string& dir, bool keep_open);
void remove_leftovers(const std::string& dir);

// Where a scan stopped: at the end of the file, or at bytes that are no batch.
struct scan_end {
  std::uint64_t good_bytes = 0; // offset after the last good batch
  std::uint64_t file_bytes = 0;
  bool bad = false; // something not readable follows good_bytes
  std::string why;  // what is wrong there
};

// Reads all batches from the start of the file; `each` gets them in order (views are valid during the call
// only). Sequences are checked: the first batch must begin at the header's first sequence, each next one
// after the one before.
outcome<scan_end> scan_segment(const file& from, const segment& which,
                               const std::function<void(const batch_header&, std::uint64_t offset)>& each);

// Searches for a good batch behind the place where a scan has stopped, whose first sequence is at least
// `at_least`; returns its offset and last sequence. Looks no further than the scan: what a running service
// has written since must not make its half-written tail look like damage.
struct found_batch {
  std::uint64_t offset = 0, last = 0;
};
outcome<std::optional<found_batch>> find_good_batch(const file& from, const segment& which,
                                                    const scan_end& scanned, std::uint64_t at_least);

} // namespace sluice
