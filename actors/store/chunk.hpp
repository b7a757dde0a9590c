// The journal's memory: 1 MiB buffers, written to disk from where they lie and kept as the tail that readers
// read.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace sluice {

inline constexpr std::size_t chunk_bytes = 1u << 20;
inline constexpr std::size_t chunk_slack = 64; // readable bytes beyond the end: simdjson's padding

// Hands out buffers and takes them back when their last user is gone, so that a steady stream touches the
// same pages again. Thread safe. Buffers outlive the pool.
class chunk_pool {
public:
  chunk_pool();
  // At least `bytes` usable bytes, and chunk_slack behind them.
  std::shared_ptr<char[]> take(std::size_t bytes);

private:
  struct shelf {
    std::mutex mutex;
    std::vector<std::unique_ptr<char[]>> free;
  };
  std::shared_ptr<shelf> shelf_;
};

// Part of the tail: whole batches that lie one after the other in one segment file.
struct tail_chunk {
  std::shared_ptr<char[]> data;
  std::size_t capacity = 0;
  std::uint64_t segment_first = 0, file_offset = 0; // where data[0] is on disk
  std::uint64_t salt = 0;
  std::uint64_t follows = 0;          // last sequence before it
  std::atomic<std::uint64_t> last{0}; // last visible sequence in it; `follows` while empty
  std::atomic<std::size_t> used{0};   // visible bytes
};

} // namespace sluice
