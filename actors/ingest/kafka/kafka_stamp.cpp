#include "actors/ingest/kafka/kafka_stamp.hpp"

#include <algorithm>
#include <charconv>

#include "actors/store/bytes.hpp"
#include "actors/store/message.hpp"

namespace sluice {

namespace {

template <class T> void read_number(std::string_view text, T& into) noexcept {
  T value{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size()) into = value;
}

std::optional<std::string_view> written(std::int64_t value, number_room& room) noexcept {
  if (value < 0) return std::nullopt;
  const auto end = std::to_chars(room.data(), room.data() + room.size(), value);
  return std::string_view(room.data(), static_cast<std::size_t>(end.ptr - room.data()));
}

} // namespace

char* encode(const kafka_stamp& stamp, char* out) noexcept {
  *out = stamp.key ? 1 : 0;
  put(out + 1, stamp.partition);
  put(out + 5, stamp.offset);
  put(out + 13, stamp.time_ms);
  out += kafka_stamp_header_bytes;
  return stamp.key ? std::copy(stamp.key->begin(), stamp.key->end(), out) : out;
}

std::optional<kafka_stamp> kafka_stamp_of(std::string_view properties) noexcept {
  const auto value = find_property(properties, kafka_stamp_property);
  if (!value || value->size() < kafka_stamp_header_bytes) return std::nullopt;
  kafka_stamp stamp{load<std::int32_t>(value->data() + 1), load<std::int64_t>(value->data() + 5),
                    load<std::int64_t>(value->data() + 13), std::nullopt};
  if ((value->front() & 1) != 0) stamp.key = value->substr(kafka_stamp_header_bytes);
  return stamp;
}

std::optional<std::string_view> kafka_property(std::string_view properties, std::string_view name,
                                               number_room& room) noexcept {
  if (name.starts_with("kafka."))
    if (const auto stamp = kafka_stamp_of(properties)) {
      if (name == "kafka.partition" && stamp->offset >= 0) return written(stamp->partition, room);
      if (name == "kafka.offset") return written(stamp->offset, room);
      if (name == "kafka.timestamp") return written(stamp->time_ms, room);
      if (name == "kafka.key") return stamp->key;
    }
  return find_property(properties, name);
}

void stamp_properties(std::vector<std::pair<std::string_view, std::string_view>>& properties,
                      std::string& room) {
  kafka_stamp stamp;
  const auto parts = std::erase_if(properties, [&](const auto& property) {
    const auto& [name, value] = property;
    if (name == "kafka.partition") return read_number(value, stamp.partition), true;
    if (name == "kafka.offset") return read_number(value, stamp.offset), true;
    if (name == "kafka.timestamp") return read_number(value, stamp.time_ms), true;
    if (name == "kafka.key") return stamp.key = value, true;
    return false;
  });
  if (parts == 0) return;
  room.resize(kafka_stamp_header_bytes + stamp.key.value_or("").size());
  encode(stamp, room.data());
  properties.insert(properties.begin(), {kafka_stamp_property, room});
}

} // namespace sluice
