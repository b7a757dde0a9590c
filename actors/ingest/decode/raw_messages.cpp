// A message is an event, and its bytes are one field: `payload`, or `payload_base64` when they are not UTF-8.
// Where asked for, its topic and its user properties stand beside it.
#include <utility>

#include "actors/ingest/decode/column_values.hpp"
#include "actors/ingest/decode/formats.hpp"
#include "actors/ingest/decode/passed_properties.hpp"
#include "actors/store/payload_json.hpp"
#include "messages/utf8.hpp"

namespace sluice {

namespace {

class raw_message final : public decoder {
public:
  raw_message(column_values values, bool properties) : values_(std::move(values)), properties_(properties) {}

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
    put("topic", message.topic);
    if (properties_) {
      list_.clear();
      passed_properties(message.properties, list_);
      put("properties", list_);
    }
    if (!event.finish(rows.row(), why) || !rows.keep(why)) return result::failed;
    return result::events;
  }
  void know(std::string_view, std::uint32_t) override {}

private:
  void put(std::string_view name, std::string_view text) {
    const auto target = values_.event.plan.find(field_plan::root, name);
    if (target != field_plan::none)
      values_.event.take(values_.event.plan[target], found_value::of_text(text));
  }

  column_values values_;
  bool properties_;
  std::string room_, list_;
};

} // namespace

made_decoder make_raw_messages(const decoder_setting& setting) {
  event_options both;
  both.fields = {{"payload", "payload"}, {"payload_base64", "payload_base64"}};
  const auto& raw = setting.options.raw;
  if (raw.topic) both.fields.push_back({"topic", "topic"});
  if (raw.properties) both.fields.push_back({"properties", "properties"});
  auto values = column_values::make(both, setting);
  if (!values) return tl::unexpected(values.error());
  return std::make_unique<raw_message>(std::move(*values), raw.properties);
}

} // namespace sluice
