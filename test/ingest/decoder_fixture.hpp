// One decoder with its batch, and what became of a payload in comparable form.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/ingest/decode/json_decoder.hpp"

namespace sluice {

struct decoder_fixture {
  explicit decoder_fixture(json_options options, std::vector<std::string> used = {}, bool all = false)
      : decoder(*json_decoder::make(options, used, all, names)) {}

  // The options of most tests: {"time":ms, ..} and nothing else asked for.
  static json_options timed() {
    json_options o;
    o.time = {false, "$.time", time_unit::ms};
    return o;
  }

  json_decoder::result decode(std::string_view payload) {
    // A copy of exactly the payload's size: a read beyond it is seen by AddressSanitizer.
    const std::vector<char> bytes(payload.begin(), payload.end());
    why = {};
    for (;;) {
      batch.clear();
      batch.names = names.names();
      batch.stride = names.size();
      batch.rows.emplace_back().received_ms = 1423018800000;
      batch.slots.resize(batch.stride);
      batch.types.resize(batch.stride);
      last = decoder.decode({bytes.data(), bytes.size()}, batch, why);
      if (last != json_decoder::result::grew) return last;
    }
  }

  const event_row& row() const { return batch.rows.front(); }

  std::string field(std::string_view name) const {
    for (std::uint32_t i = 0; i < batch.stride; ++i) {
      if ((*batch.names)[i] != name) continue;
      const auto s = batch.slots[i];
      switch (batch.types[i]) {
      case value_type::missing:
        return "missing";
      case value_type::number:
        return "number " + std::to_string(s.number());
      case value_type::integer:
        return "integer " + std::to_string(s.integer());
      case value_type::boolean:
        return s.boolean() ? "true" : "false";
      case value_type::text:
        return "text " + std::string(batch.text(s));
      }
    }
    return "no such field";
  }

  // Everything a pipeline or a dead letter would see of the payload.
  std::string outcome() const {
    if (last == json_decoder::result::failed)
      return std::string(to_string(why.why)) + " at " + why.where + ": " + why.detail;
    std::string out = "time " + std::to_string(row().time_ms);
    if (row().has_sequence) out += " seq " + std::to_string(row().device_seq);
    if (decoder.device_in_payload()) out += " device " + std::string(batch.device(row()));
    for (const auto& name : *batch.names) out += ", " + name + "=" + field(name);
    return out;
  }

  field_table names;
  json_decoder decoder;
  event_batch batch;
  decode_failure why;
  json_decoder::result last{};
};

} // namespace sluice
