// What became of the records of a sink since it last stored its progress: delivered ones, dead letters, and
// the cursor over both.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/publish/cursor.hpp"
#include "messages/outbox_record.hpp"

namespace sluice {

// Not thread safe.
class deliveries {
public:
  deliveries(std::string sink, const sink_cursor& from) : sink_(std::move(sink)), cursor_(from) {}

  const cursor& at() const noexcept { return cursor_; }
  // As cursor::hand.
  bool hand(std::uint64_t sequence) { return cursor_.hand(sequence); }

  void delivered(std::uint64_t sequence);
  // The sink gives a record up. Its dead letter has all by which `dlq replay` sends it again under its own
  // identity and revision. `topic`: where it was to go.
  void bury(const outbox_record& record, reason why, std::string topic, std::string where,
            std::string detail);
  // Something has changed that is stored beside the cursor.
  void touch() noexcept { changed_ = true; }

  // What to store, iff anything has changed since the last call; the cursor's mark is the caller's.
  std::optional<sink_progress> take();

private:
  const std::string sink_;
  cursor cursor_;
  std::uint64_t delivered_ = 0;
  std::vector<dead_letter> dead_;
  bool changed_ = false;
};

} // namespace sluice
