// Counters as stored: a version, how many, then 64-bit sums. Rows of an older version read as zero in what
// they lack.
#pragma once

#include <string>
#include <string_view>

#include "messages/counters.hpp"

namespace sluice {

std::string encode(const source_counters& c);
std::string encode(const pipeline_counters& c);
std::string encode(const sink_counters& c);
// False: not bytes that encode() wrote.
bool decode(std::string_view bytes, source_counters& out);
bool decode(std::string_view bytes, pipeline_counters& out);
bool decode(std::string_view bytes, sink_counters& out);

} // namespace sluice
