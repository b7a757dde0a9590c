// Large blocks of memory in pages of 2 MiB.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sys/mman.h>

namespace sluice {

// Asks the kernel for huge pages where whole ones lie in the block: with small ones, a look at one of very
// many records waits for the page table too. Where it has none nothing changes.
inline void prefer_huge_pages(void* block, std::size_t bytes) noexcept {
  constexpr std::uintptr_t page = 2u << 20;
  const auto at = reinterpret_cast<std::uintptr_t>(block);
  const auto first = (at + page - 1) / page * page, end = (at + bytes) / page * page;
  if (first < end) ::madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
}

} // namespace sluice
