// Batches that were used before, with the memory they grew to.
#pragma once

#include <memory>
#include <vector>

#include "messages/batch.hpp"

namespace sluice {

class batch_pool {
public:
  std::shared_ptr<event_batch> take() {
    if (free_.empty()) return std::make_shared<event_batch>();
    auto batch = std::move(free_.back());
    free_.pop_back();
    return batch;
  }
  // Ignores a batch that somebody still reads, and what would be more than a steady stream needs.
  void give(std::shared_ptr<event_batch> batch) {
    if (!batch || batch.use_count() != 1 || free_.size() == most) return;
    batch->clear();
    free_.push_back(std::move(batch));
  }

private:
  static constexpr std::size_t most = 16;
  std::vector<std::shared_ptr<event_batch>> free_;
};

} // namespace sluice
