// How far back the records are read again that make the state of a partition.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "messages/errors.hpp"

namespace sluice {

struct kafka_rebuild {
  enum class how : std::uint8_t { automatic, all, none, last };
  how what = how::automatic;
  std::chrono::milliseconds last{0}; // with how::last
  bool operator==(const kafka_rebuild&) const = default;
};

// "auto", "all", "none" or a duration, and back.
outcome<kafka_rebuild> parse_kafka_rebuild(const std::string& text);
std::string to_text(const kafka_rebuild& rebuild);

} // namespace sluice
