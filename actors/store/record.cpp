#include "actors/store/record.hpp"

#include <cstring>

#include <xxhash.h>

#include "actors/store/bytes.hpp"

namespace sluice {

namespace {

constexpr char magic[9] = "SLUICEJ1";
constexpr std::uint32_t version = 1;

std::uint64_t checksum(const char* batch, std::size_t length, std::uint64_t salt) noexcept {
  return XXH3_64bits(batch + 16, length - 16) ^ salt;
}

std::uint32_t marker(std::uint64_t salt) noexcept {
  return static_cast<std::uint32_t>(salt >> 32);
}

char* copy(char* to, std::string_view s) noexcept {
  if (!s.empty()) std::memcpy(to, s.data(), s.size());
  return to + s.size();
}

char* counted(char* to, std::string_view s) noexcept {
  put(to, static_cast<std::uint32_t>(s.size()));
  return copy(to + 4, s);
}

std::size_t property_bytes(const message_in& m) noexcept {
  std::size_t n = 0;
  for (const auto& [key, value] : m.user_properties) n += 8 + key.size() + value.size();
  return n;
}

} // namespace

void encode(const segment_header& h, char* out) noexcept {
  std::memcpy(out, magic, 8);
  put(out + 8, version);
  put(out + 12, static_cast<std::uint32_t>(segment_header_bytes));
  put(out + 16, h.epoch);
  put(out + 24, h.first);
  put(out + 32, h.continues_from);
  put(out + 40, h.created_ms);
  put(out + 48, h.salt);
  put(out + 56, std::uint64_t{0});
  put(out + 64, static_cast<std::uint64_t>(XXH3_64bits(out, 64)));
}

std::optional<segment_header> decode_segment_header(std::string_view b) noexcept {
  if (b.size() < segment_header_bytes || std::memcmp(b.data(), magic, 8) != 0) return std::nullopt;
  if (load<std::uint32_t>(b.data() + 8) != version) return std::nullopt;
  if (load<std::uint64_t>(b.data() + 64) != XXH3_64bits(b.data(), 64)) return std::nullopt;
  segment_header h;
  h.epoch = load<std::uint64_t>(b.data() + 16);
  h.first = load<std::uint64_t>(b.data() + 24);
  h.continues_from = load<std::uint64_t>(b.data() + 32);
  h.created_ms = load<std::int64_t>(b.data() + 40);
  h.salt = load<std::uint64_t>(b.data() + 48);
  return h;
}

char* begin_batch(const batch_header& h, std::uint64_t salt, char* out) noexcept {
  put(out, marker(salt));
  put(out + 4, h.length);
  put(out + 16, h.first);
  put(out + 24, h.time_ms);
  put(out + 32, h.source_number);
  put(out + 40, h.count);
  out[44] = static_cast<char>(h.kind);
  out[45] = static_cast<char>(h.source.size());
  put(out + 46, std::uint16_t{0});
  return copy(out + batch_header_bytes, h.source);
}

void seal_batch(char* batch, std::uint64_t salt) noexcept {
  put(batch + 8, checksum(batch, load<std::uint32_t>(batch + 4), salt));
}

batch_header view_batch(const char* at) noexcept {
  batch_header h;
  h.length = load<std::uint32_t>(at + 4);
  h.first = load<std::uint64_t>(at + 16);
  h.time_ms = load<std::int64_t>(at + 24);
  h.source_number = load<std::uint64_t>(at + 32);
  h.count = load<std::uint32_t>(at + 40);
  h.kind = static_cast<batch_kind>(at[44]);
  const auto name = static_cast<unsigned char>(at[45]);
  h.source = {at + batch_header_bytes, name};
  h.body = {at + batch_header_bytes + name, h.length - batch_header_bytes - name};
  return h;
}

batch_state read_batch(const char* at, std::size_t available, std::uint64_t salt,
                       batch_header& out) noexcept {
  out.length = 0;
  if (available >= 4 && load<std::uint32_t>(at) != marker(salt)) return batch_state::bad;
  if (available < batch_header_bytes) return batch_state::incomplete;
  const auto length = load<std::uint32_t>(at + 4);
  const auto name = static_cast<unsigned char>(at[45]);
  if (length < batch_header_bytes + name || length > most_batch_bytes) return batch_state::bad;
  out.length = length;
  if (length > available) return batch_state::incomplete;
  if (load<std::uint64_t>(at + 8) != checksum(at, length, salt)) return batch_state::bad;
  out = view_batch(at);
  if (out.kind > batch_kind::sources || (out.count == 0) != (out.kind == batch_kind::sources))
    return batch_state::bad;
  return batch_state::good;
}

std::size_t message_bytes(const message_in& m) noexcept {
  return message_header_bytes + m.topic.size() + property_bytes(m) + m.payload.size();
}

char* encode(const message_in& m, char* out) noexcept {
  const unsigned flags = (m.dup ? 1u : 0u) | (m.retain ? 2u : 0u) | (m.truncated ? 4u : 0u) |
                         (m.replayed ? 8u : 0u) | unsigned{m.qos} << 4;
  out[0] = static_cast<char>(flags);
  out[1] = static_cast<char>(m.connection);
  put(out + 2, m.packet_id);
  put(out + 4, static_cast<std::uint32_t>(m.topic.size()));
  put(out + 8, static_cast<std::uint32_t>(m.user_properties.empty() ? 0 : property_bytes(m)));
  put(out + 12, static_cast<std::uint32_t>(m.payload.size()));
  out = copy(out + message_header_bytes, m.topic);
  for (const auto& [key, value] : m.user_properties) out = counted(counted(out, key), value);
  return copy(out, m.payload);
}

const char* decode(const char* at, const char* end, message_out& out) noexcept {
  if (static_cast<std::size_t>(end - at) < message_header_bytes) return nullptr;
  const auto flags = static_cast<unsigned char>(at[0]);
  const std::uint64_t topic = load<std::uint32_t>(at + 4), properties = load<std::uint32_t>(at + 8),
                      payload = load<std::uint32_t>(at + 12);
  if (static_cast<std::uint64_t>(end - at) < message_header_bytes + topic + properties + payload)
    return nullptr;
  out.connection = static_cast<std::uint8_t>(at[1]);
  out.packet_id = load<std::uint16_t>(at + 2);
  out.qos = static_cast<std::uint8_t>(flags >> 4 & 3);
  out.dup = flags & 1, out.retain = flags & 2, out.truncated = flags & 4, out.replayed = flags & 8;
  at += message_header_bytes;
  out.topic = {at, topic};
  out.user_properties = {at + topic, properties};
  out.payload = {at + topic + properties, payload};
  return at + topic + properties + payload;
}

std::size_t control_bytes(const control& c) noexcept {
  return 13 + c.name.size();
}

void encode(const control& c, char* out) noexcept {
  out[0] = static_cast<char>(c.kind);
  put(out + 1, c.value);
  counted(out + 9, c.name);
}

bool decode(std::string_view body, control& out) {
  byte_reader in(body);
  out.kind = static_cast<control_kind>(in.number<std::uint8_t>());
  out.value = in.number<std::uint64_t>();
  out.name = in.text();
  return in.ok() && in.at_end();
}

std::string encode_sources(const source_numbers& numbers) {
  std::string out;
  byte_writer to(out);
  for (const auto& [name, number] : numbers) to.text(name).number(number);
  return out;
}

std::optional<source_numbers> decode_sources(std::string_view body) {
  source_numbers out;
  byte_reader in(body);
  while (in.ok() && !in.at_end()) {
    const auto name = in.text();
    const auto number = in.number<std::uint64_t>();
    out.emplace_back(name, number);
  }
  if (!in.ok()) return std::nullopt;
  return out;
}

std::optional<std::string_view> find_property(std::string_view encoded, std::string_view name) noexcept {
  byte_reader in(encoded);
  while (in.ok() && !in.at_end()) {
    const auto key = in.text(), value = in.text();
    if (in.ok() && key == name) return value;
  }
  return std::nullopt;
}

} // namespace sluice
