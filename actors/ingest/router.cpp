// Which shard gets which rows: key slot (the top six bits of the device's hash) modulo shards.
#include <array>

#include "actors/ingest/reader.hpp"

namespace sluice {

void route(const event_batch& batch, std::uint32_t shards, std::vector<std::vector<std::uint32_t>>& lists) {
  lists.resize(shards);
  for (auto& l : lists) l.clear();
  std::array<std::vector<std::uint32_t>*, key_slots> target{};
  for (unsigned s = 0; s < key_slots; ++s) target[s] = &lists[s % shards];
  const auto rows = static_cast<std::uint32_t>(batch.rows.size());
  for (std::uint32_t i = 0; i < rows; ++i) target[key_slot(batch.rows[i].hash)]->push_back(i);
}

} // namespace sluice
