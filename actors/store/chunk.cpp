#include "actors/store/chunk.hpp"

#include <algorithm>
#include <cstring>

namespace sluice {

namespace {

constexpr std::size_t most_free = 1;

}

chunk_pool::chunk_pool() : shelf_(std::make_shared<shelf>()) {}

std::shared_ptr<char[]> chunk_pool::take(std::size_t bytes) {
  const auto capacity = std::max(bytes, chunk_bytes);
  std::unique_ptr<char[]> buffer;
  if (capacity == chunk_bytes) {
    std::lock_guard lock(shelf_->mutex);
    if (!shelf_->free.empty()) {
      buffer = std::move(shelf_->free.back());
      shelf_->free.pop_back();
    }
  }
  if (!buffer) {
    buffer.reset(new char[capacity + chunk_slack]);
    std::memset(buffer.get() + capacity, 0, chunk_slack);
  }
  if (capacity != chunk_bytes) return std::shared_ptr<char[]>(std::move(buffer));
  return {buffer.release(), [shelf = shelf_](char* p) {
            std::unique_ptr<char[]> back(p);
            std::lock_guard lock(shelf->mutex);
            if (shelf->free.size() < most_free) shelf->free.push_back(std::move(back));
          }};
}

} // namespace sluice
