// The `service:` block: name, data directory, durability, journal limits.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace sluice::config {

template <class T> class options; // config/option.hpp

// When an append or a checkpoint counts as kept: after fdatasync, within `bound` of one, or after write(2).
struct durability {
  enum class kind { power, bounded, process };
  kind level = kind::power;
  std::chrono::milliseconds bound{0}; // only for kind::bounded
};

struct journal_options {
  std::uint64_t quota_bytes = 8ull << 30;  // journal + outbox + dead letters
  std::chrono::milliseconds retain{0};     // how long applied records are kept for `journal replay`
  std::uint64_t segment_bytes = 64u << 20; // size at which a new segment file begins
};

struct service_options {
  std::string name = "sluice";
  std::string data_dir = "./data";
  durability keep;
  journal_options journal;
  unsigned shards = 0; // shard actors; 0 = one per core
  std::chrono::milliseconds drain_timeout{
      10000}; // how long a SIGTERM may take until results stay pending (75)
};

// The declarations of `service:`.
const options<service_options>& service_table();

} // namespace sluice::config
