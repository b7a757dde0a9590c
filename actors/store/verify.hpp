// Reads a whole journal and says what is there and what is damaged; for `sluice journal verify`. Changes
// nothing, and may run beside the service: bytes being written at that moment are a torn tail, no damage.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/errors.hpp"

namespace sluice {

struct verified_segment {
  std::string path;
  std::uint64_t first = 0, last = 0; // last < first: no records
  std::uint64_t messages = 0, controls = 0, bytes = 0;
};

struct journal_report {
  std::vector<verified_segment> segments;
  std::uint64_t first = 0, last = 0, messages = 0, controls = 0, bytes = 0; // first 0: no records
  std::uint64_t acknowledged = 0;                                           // from the side file
  std::uint64_t torn_bytes = 0;     // at the end of the newest segment
  std::vector<std::string> notices; // numbers left out on purpose, a torn tail
  std::vector<std::string> damage;  // "FILE: damaged at offset N: WHAT"; empty: the journal is good
};

// `dir` is the data directory. ec::invalid: there is no journal in it.
outcome<journal_report> verify_journal(const std::string& dir);

} // namespace sluice
