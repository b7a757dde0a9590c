// What the source writes into the journal beside a record, as one user property in front of its headers:
//   kafka.at   u8 flags (1 has a key), i32 partition, i64 offset, i64 time (ms since 1970 UTC, -1 = none),
//   key
// Users name its parts as if each were a property: kafka.partition, kafka.offset and kafka.timestamp
// (decimal), kafka.key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

inline constexpr std::string_view kafka_stamp_property = "kafka.at";

struct kafka_stamp {
  std::int32_t partition = 0;
  std::int64_t offset = -1;  // -1: not known, in `sluice test`
  std::int64_t time_ms = -1; // of the record; -1: it has none
  std::optional<std::string_view> key;
};

inline constexpr std::size_t kafka_stamp_header_bytes = 21;
// The property's value: kafka_stamp_header_bytes and the key. Returns its end.
char* encode(const kafka_stamp& stamp, char* out) noexcept;

// The stamp among encoded user properties (message_out::user_properties); nullopt: there is none.
std::optional<kafka_stamp> kafka_stamp_of(std::string_view properties) noexcept;

// The value of a property by its name, or of a part of the stamp by that part's; nullopt: there is none. It
// points into `properties` or into `room`.
using number_room = std::array<char, 21>;
std::optional<std::string_view> kafka_property(std::string_view properties, std::string_view name,
                                               number_room& room) noexcept;

// For `sluice test`, where a case names the parts: takes them out of the list, and puts the stamp that they
// make in front, its value in `room`. Without any of them nothing changes. A number that is none counts as
// absent.
void stamp_properties(std::vector<std::pair<std::string_view, std::string_view>>& properties,
                      std::string& room);

} // namespace sluice
