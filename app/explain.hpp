// What a configuration becomes, for people: the tree of actors, the path of the data, and the options that
// differ from their defaults.
#pragma once

#include <cstdint>
#include <string>

#include "app/configuration.hpp"

namespace sluice {

// `shards`: how many shard actors there will be.
std::string explain_text(const configuration& c, std::uint32_t shards);
// The path of the data as a Mermaid flow chart.
std::string explain_mermaid(const configuration& c);

} // namespace sluice
