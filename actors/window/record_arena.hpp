// Records of one fixed size in chunks, named by 32-bit indexes: no pointer and no allocation per record,
// addresses stay.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "actors/window/huge_pages.hpp"

namespace sluice {

inline constexpr std::uint32_t no_record = 0xffffffff;

// Records are raw, zeroed memory, aligned to 16 bytes (to 64 when the size is a multiple of 64). Not thread
// safe.
class record_arena {
public:
  explicit record_arena(std::size_t record_bytes) noexcept : stride_(record_bytes) {}

  void* at(std::uint32_t i) noexcept { return chunks_[i >> chunk_bits] + (i & chunk_mask) * stride_; }
  const void* at(std::uint32_t i) const noexcept {
    return chunks_[i >> chunk_bits] + (i & chunk_mask) * stride_;
  }

  // Returns a zeroed record.
  std::uint32_t acquire() {
    if (free_ != no_record) {
      const auto i = free_;
      std::memcpy(&free_, at(i), sizeof free_);
      std::memset(at(i), 0, sizeof free_);
      return i;
    }
    if (used_ == chunks_.size() << chunk_bits) grow();
    std::memset(at(used_), 0, stride_);
    return used_++;
  }
  void release(std::uint32_t i) noexcept {
    std::memset(at(i), 0, stride_);
    std::memcpy(at(i), &free_, sizeof free_);
    free_ = i;
  }
  // Indexes below it have been used; some may be free again.
  std::uint32_t limit() const noexcept { return used_; }

private:
  // By an eighth: in few places, or what comes and goes in the heap would lie scattered between them.
  void grow() {
    const auto chunks = 1 + chunks_.size() / 8, bytes = stride_ << chunk_bits;
    chunks_.reserve(chunks_.size() + chunks);
    auto& block = blocks_.emplace_back();
    block.reset(static_cast<char*>(::operator new (chunks* bytes, std::align_val_t{64})));
    prefer_huge_pages(block.get(), chunks * bytes);
    for (std::size_t i = 0; i < chunks; ++i) chunks_.push_back(block.get() + i * bytes);
  }

  static constexpr unsigned chunk_bits = 8;
  static constexpr std::uint32_t chunk_mask = (1u << chunk_bits) - 1;
  struct aligned_delete {
    void operator()(char* p) const noexcept { ::operator delete (p, std::align_val_t{64}); }
  };
  std::size_t stride_;
  std::vector<std::unique_ptr<char, aligned_delete>> blocks_; // of one or more chunks each
  std::vector<char*> chunks_;
  std::uint32_t used_ = 0;
  std::uint32_t free_ = no_record; // head of a list through the first four bytes of free records
};

} // namespace sluice
