// Which shard gets which rows: key slot (the top six bits of the hash of the device or key) modulo shards.
#include <array>

#include "actors/ingest/reader.hpp"

namespace sluice {

void route(const event_batch& batch, std::uint32_t shards, std::vector<std::vector<std::uint32_t>>& lists,
           std::uint16_t key) {
  lists.resize(shards);
  for (auto& l : lists) l.clear();
  std::array<std::vector<std::uint32_t>*, key_slots> target{};
  for (unsigned s = 0; s < key_slots; ++s) target[s] = &lists[s % shards];
  const auto rows = static_cast<std::uint32_t>(batch.rows.size());
  if (key != 0) {
    for (std::uint32_t i = 0; i < rows; ++i)
      if (const auto& k = batch.key(i, key); k.length != 0) target[key_slot(k.hash)]->push_back(i);
    return;
  }
  for (std::uint32_t i = 0; i < rows; ++i) target[key_slot(batch.rows[i].hash)]->push_back(i);
}

} // namespace sluice
