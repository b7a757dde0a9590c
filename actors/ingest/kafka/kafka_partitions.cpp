#include "actors/ingest/kafka/kafka_partitions.hpp"

#include "actors/ingest/kafka/kafka_takeover.hpp"

namespace sluice {

namespace {

// Behind what was said of one of `count` partitions.
std::string more(std::size_t count) {
  return count > 1 ? " (and " + std::to_string(count - 1) + " more partitions)" : "";
}

} // namespace

std::string text_of(const kafka_where& where) {
  return where.first + "[" + std::to_string(where.second) + "]";
}

std::pair<const kafka_where*, std::size_t> kafka_partitions::rebuilding(const kafka_standings& known) const {
  std::pair<const kafka_where*, std::size_t> found{nullptr, 0};
  for (const auto& [where, offset] : told)
    if (!known.at(where).whole() && found.second++ == 0) found.first = &where;
  return found;
}

void kafka_partitions::turn(kafka_standings& known) const {
  for (const auto& [where, offset] : told) {
    auto& standing = known.at(where);
    standing.settled_ms = standing.before_ms;
    standing.before_ms = standing.time_ms;
  }
}

std::vector<kafka_place> kafka_partitions::untold(const kafka_standings& known) {
  std::vector<kafka_place> all;
  for (auto& [where, offset] : told) {
    const auto& standing = known.at(where);
    if (offset == standing.next || !standing.whole()) continue;
    offset = standing.next;
    all.push_back({where.first, where.second, standing.next,
                   to_text(kafka_note{standing.settled_ms, standing.takeover})});
  }
  return all;
}

std::string kafka_partitions::reason(const kafka_standings& known, const std::string& staying,
                                     const std::string& mixing) const {
  if (!stopped.empty()) {
    const auto& [where, why] = *stopped.begin();
    return text_of(where) + ": " + why + more(stopped.size());
  }
  if (const auto [where, count] = rebuilding(known); where != nullptr) {
    const auto& standing = known.at(*where);
    return text_of(*where) + ": its state is made again, at offset " + std::to_string(standing.next) +
           " of " + std::to_string(standing.rebuilt_at) + more(count);
  }
  if (!foreign.empty() && !staying.empty()) {
    const auto& [where, offset] = *foreign.begin();
    return text_of(where) + ": another process has read up to offset " + std::to_string(offset) +
           ", and what " + staying + " remembers of it stayed there" + more(foreign.size());
  }
  if (!shared || mixing.empty()) return "";
  return "other processes read partitions of the same topics, and the keys of " + mixing +
         " may be of theirs, too: their results are whole where one process reads all";
}

} // namespace sluice
