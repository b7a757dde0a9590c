// The partitions that are a source's by the last assignment: what the group was told of them, which are not
// read and why, which still make their state again.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "actors/client/kafka_place.hpp"
#include "actors/ingest/kafka/kafka_position.hpp"

namespace sluice {

// "topic[partition]".
std::string text_of(const kafka_where& where);

struct kafka_partitions {
  bool joined = false;                        // there is an assignment
  bool shared = false;                        // other partitions of our topics are others'
  kafka_offsets told;                         // of ours: the next offset, as the group was told; -1 = nothing
  kafka_offsets foreign;                      // of ours: others have read up to here
  std::map<kafka_where, std::string> stopped; // not read, and why

  // Of which the state is being made again: the first, null = none, and how many.
  std::pair<const kafka_where*, std::size_t> rebuilding(const kafka_standings& known) const;
  // Called each time that idleness may have closed what was silent before the last call.
  void turn(kafka_standings& known) const;
  // What the group was not told yet, and is told now. While state is made again the group is where it was.
  std::vector<kafka_place> untold(const kafka_standings& known);
  // Why something is not as it should be, "" = it is. `staying`, `mixing`: pipelines with commas whose memory
  // does not follow a partition, and whose keys may be of many.
  std::string reason(const kafka_standings& known, const std::string& staying,
                     const std::string& mixing) const;
};

} // namespace sluice
