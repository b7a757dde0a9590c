// One record of the outbox as sinks read it.
#pragma once

#include <cstdint>
#include <string>

namespace sluice {

struct outbox_record {
  std::uint64_t sequence = 0; // global outbox sequence, from 1, no holes
  std::string pipeline;
  std::string identity;
  std::uint32_t revision = 0;
  std::string json;
};

} // namespace sluice
