// Results of a pipeline as events of another: the values are the event's fields, and so are the fields of a
// key.
#include <xxhash.h>

#include "actors/ingest/chained_result.hpp"
#include "actors/ingest/decode/formats.hpp"
#include "actors/ingest/decode/json_decoder.hpp"

namespace sluice {

namespace {

class chained_messages final : public decoder {
public:
  explicit chained_messages(json_decoder values) : values_(std::move(values)) {}

  result decode(const decode_input& message, event_rows& rows, decode_failure& why) override {
    const auto found = parse_result(message.payload);
    if (!found) {
      why = {reason::json_syntax, "byte 0", "no result of a pipeline"};
      return result::failed;
    }
    if (!rows.begin(why)) return result::failed;
    const auto how = values_.decode(found->event(joined_), rows.batch(), why);
    if (how == json_decoder::result::grew) return result::grew;
    if (how == json_decoder::result::failed) return result::failed;
    const auto device = found->key.empty() ? std::string(found->device) : device_of_key(found->key);
    auto& arena = rows.batch().arena;
    auto& row = rows.row();
    row.device_offset = static_cast<std::uint32_t>(arena.size());
    row.device_length = static_cast<std::uint32_t>(device.size());
    row.hash = XXH3_64bits(device.data(), device.size());
    arena += device;
    row.time_ms = found->time_ms;
    row.time_from_arrival = found->arrival;
    return rows.keep(why) ? result::events : result::failed;
  }
  void know(std::string_view name, std::uint32_t slot) override { values_.know(name, slot); }

private:
  json_decoder values_;
  std::string joined_; // key and values as one object
};

} // namespace

made_decoder make_chained_messages(const decoder_setting& setting) {
  auto values = json_decoder::make(json_options{}, setting.used, setting.all_fields, setting.names);
  if (!values) return tl::unexpected(values.error());
  return std::make_unique<chained_messages>(std::move(*values));
}

} // namespace sluice
