#include "actors/store/dead_letter_store.hpp"

#include "actors/store/bytes.hpp"
#include "actors/store/payload_json.hpp"

namespace sluice {

namespace {

constexpr std::uint8_t version = 2; // 1 ended with the payload

}

std::string encode(const dead_letter& d) {
  std::string out;
  out.reserve(96 + d.source.size() + d.pipeline.size() + d.topic.size() + d.where.size() + d.detail.size() +
              d.payload.size() + d.device.size() + d.properties.size() + d.identity.size());
  byte_writer to(out);
  to.number(version)
      .number(d.sequence)
      .number(d.index)
      .number(static_cast<std::uint8_t>(d.why))
      .number(d.received_ms);
  to.text(d.source).text(d.pipeline).text(d.topic).text(d.where).text(d.detail).text(d.payload);
  to.text(d.device).text(d.properties).text(d.identity).number(d.revision);
  to.number(static_cast<std::uint8_t>((d.piece ? 1u : 0u) | (d.judged ? 2u : 0u)));
  return out;
}

std::optional<dead_letter> decode_dead_letter(std::uint64_t id, std::string_view bytes) {
  byte_reader in(bytes);
  const auto v = in.number<std::uint8_t>();
  if (v != 1 && v != version) return std::nullopt;
  dead_letter d;
  d.id = id;
  d.sequence = in.number<std::uint64_t>();
  d.index = in.number<std::uint32_t>();
  d.why = static_cast<reason>(in.number<std::uint8_t>());
  d.received_ms = in.number<std::int64_t>();
  for (auto* text : {&d.source, &d.pipeline, &d.topic, &d.where, &d.detail, &d.payload}) *text = in.text();
  if (v != 1) {
    for (auto* text : {&d.device, &d.properties, &d.identity}) *text = in.text();
    d.revision = in.number<std::uint32_t>();
    const auto flags = in.number<std::uint8_t>();
    d.piece = flags & 1, d.judged = flags & 2;
  }
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return d;
}

std::string to_json(const dead_letter& d) {
  std::string out = "{\"id\":" + std::to_string(d.id) + ",\"source\":" + json_string(d.source);
  if (!d.pipeline.empty()) out += ",\"pipeline\":" + json_string(d.pipeline);
  if (!d.device.empty()) out += ",\"device\":" + json_string(d.device);
  out += ",\"topic\":" + json_string(d.topic) + ",\"reason\":\"" + to_string(d.why) + '"';
  out += ",\"where\":" + json_string(d.where) + ",\"detail\":" + json_string(d.detail);
  if (d.sequence != 0) out += ",\"sequence\":" + std::to_string(d.sequence);
  if (d.index != 0) out += ",\"index\":" + std::to_string(d.index);
  out += ",\"received\":" + std::to_string(d.received_ms) + ',' + payload_member(d.payload) + '}';
  return out;
}

} // namespace sluice
