// A message is an event, and its bytes are one field: `payload`, or `payload_base64` when they are not UTF-8.
#include <utility>

#include "actors/ingest/decode/column_values.hpp"
#include "actors/ingest/decode/formats.hpp"
#include "actors/ingest/decode/json_check.hpp"
#include "actors/store/payload_json.hpp"

namespace sluice {

namespace {

class raw_message final : public decoder {
public:
  explicit raw_message(column_values values) : values_(std::move(values)) {}

  result decode(const decode_input& message, event_rows& rows, decode_failure& why) override {
    if (!rows.begin(why)) return result::failed;
    auto& event = values_.event;
    event.begin(rows.batch());
    const bool text = !invalid_utf8(message.payload);
    std::int32_t target = event.plan.find(field_plan::root, text ? "payload" : "payload_base64");
    if (target != field_plan::none) {
      if (!text) room_ = base64(message.payload);
      event.take(event.plan[target], found_value::of_text(text ? message.payload : std::string_view(room_)));
    }
    if (!event.finish(rows.row(), why) || !rows.keep(why)) return result::failed;
    return result::events;
  }
  void know(std::string_view, std::uint32_t) override {}

private:
  column_values values_;
  std::string room_;
};

} // namespace

made_decoder make_raw_messages(const decoder_setting& setting) {
  event_options both;
  both.fields = {{"payload", "payload"}, {"payload_base64", "payload_base64"}};
  auto values = column_values::make(both, setting);
  if (!values) return tl::unexpected(values.error());
  return std::make_unique<raw_message>(std::move(*values));
}

} // namespace sluice
