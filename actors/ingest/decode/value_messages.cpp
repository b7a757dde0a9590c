// A message is one bare value: a number, a boolean or a text. Its field is named by the configuration, or by
// the level {field} of the topic.
#include <utility>

#include "actors/ingest/decode/column_values.hpp"
#include "actors/ingest/decode/formats.hpp"
#include "actors/ingest/decode/json_check.hpp"
#include "actors/ingest/decode/json_text.hpp"
#include "actors/ingest/decode/text_value.hpp"
#include "config/option_kinds.hpp"
#include "messages/utf8.hpp"

namespace sluice {

namespace {

using kind = found_value::kind;

class value_message final : public decoder {
public:
  value_message(column_values values, std::string field)
      : values_(std::move(values)), field_(std::move(field)), quoted_text_({}) {
    auto& t = quoted_plan_.at({{"v"}, false});
    quoted_plan_.add_field(t, 0);
  }

  result decode(const decode_input& message, event_rows& rows, decode_failure& why) override {
    found_value value;
    if (!read(message.payload, value, why)) return result::failed;
    const auto name = field_.empty() ? message.field.value_or("") : std::string_view(field_);
    if (!config::is_field_name(name)) {
      why = {reason::value_invalid, "topic", "no field name in {field}, got " + quoted(name)};
      return result::failed;
    }
    std::int32_t target = field_plan::none;
    switch (values_.find(name, target, why)) {
    case column_values::bound::grew:
      return result::grew;
    case column_values::bound::failed:
      return result::failed;
    case column_values::bound::good:
      break;
    }
    if (!rows.begin(why)) return result::failed;
    auto& event = values_.event;
    event.begin(rows.batch());
    if (target != field_plan::none) event.take(event.plan[target], value);
    if (!event.finish(rows.row(), why) || !rows.keep(why)) return result::failed;
    rows.unknown_fields += values_.unknown(target);
    rows.bad_fields += event.bad_fields();
    return result::events;
  }
  void know(std::string_view name, std::uint32_t slot) override { values_.know(name, slot); }

private:
  bool read(std::string_view payload, found_value& value, decode_failure& why) {
    if (const auto byte = invalid_utf8(payload)) {
      why = {reason::text_utf8, "byte " + std::to_string(*byte),
             "invalid UTF-8, got " + quoted(payload.substr(*byte, 1))};
      return false;
    }
    constexpr std::string_view space = " \t\r\n";
    const auto first = std::min(payload.find_first_not_of(space), payload.size());
    auto text = payload.substr(first);
    text = text.substr(0, text.find_last_not_of(space) + 1);
    if (text.empty() || text == "null" || text.front() == '{' || text.front() == '[') {
      why = {reason::value_invalid, "byte " + std::to_string(first),
             "number, boolean or text expected, got " + (text.empty() ? "nothing" : quoted(text))};
      return false;
    }
    if (text == "true" || text == "false") {
      value = {kind::boolean, slot::of(text == "true"), {}};
      return true;
    }
    if (text.front() == '"') return unquote(text, value, why);
    value = guess_value(text, '.');
    return true;
  }

  // A text in quotes is one of JSON.
  bool unquote(std::string_view text, found_value& value, decode_failure& why) {
    room_ = "{\"v\":";
    room_.append(text).append("}");
    decode_failure ignored;
    if (!check_json(text, {}) && quoted_text_.read(quoted_plan_, room_, ignored))
      quoted_text_.each(quoted_plan_, [&](const field_plan::target&, const found_value& v) { value = v; });
    if (value.what == kind::text) return true;
    why = {reason::value_invalid, "", "a text in quotes as in JSON expected, got " + quoted(text)};
    return false;
  }

  column_values values_;
  std::string field_, room_;
  json_text quoted_text_;
  field_plan quoted_plan_;
};

} // namespace

made_decoder make_value_messages(const decoder_setting& setting) {
  auto values = column_values::make(setting.options.value, setting);
  if (!values) return tl::unexpected(values.error());
  return std::make_unique<value_message>(std::move(*values), setting.options.value.field);
}

} // namespace sluice
