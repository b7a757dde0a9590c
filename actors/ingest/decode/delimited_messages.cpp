// A message is one line of columns between separators, as in `id;time;value`.
#include <algorithm>
#include <utility>

#include "actors/ingest/decode/column_values.hpp"
#include "actors/ingest/decode/formats.hpp"
#include "actors/ingest/decode/text_value.hpp"
#include "messages/utf8.hpp"

namespace sluice {

namespace {

class delimited_message final : public decoder {
public:
  delimited_message(column_values values, const delimited_options& options)
      : values_(std::move(values)), columns_(options.columns), separator_(options.separator),
        decimal_(options.decimal) {}

  result decode(const decode_input& message, event_rows& rows, decode_failure& why) override {
    auto text = message.payload;
    if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
    if (const auto byte = invalid_utf8(text)) {
      why = {reason::text_utf8, "byte " + std::to_string(*byte),
             "invalid UTF-8, got " + quoted(text.substr(*byte, 1))};
      return result::failed;
    }
    if (const auto byte = text.find_first_of("\r\n"); byte != std::string_view::npos) {
      why = {reason::text_columns, "byte " + std::to_string(byte), "one line expected, got several"};
      return result::failed;
    }
    const auto count = static_cast<std::size_t>(std::count(text.begin(), text.end(), separator_)) + 1;
    if (count != columns_.size()) {
      why = {reason::text_columns, "",
             std::to_string(columns_.size()) + " columns expected, got " + std::to_string(count)};
      return result::failed;
    }
    if (!bound_) {
      std::string missing;
      const auto how = values_.bind(columns_, binding_, missing, why);
      bound_ = how != column_values::bound::failed;
      if (how == column_values::bound::grew) return result::grew;
      if (!bound_) return result::failed;
    }
    if (!rows.begin(why)) return result::failed;
    auto& event = values_.event;
    event.begin(rows.batch());
    for (const auto target : binding_.targets) {
      const auto end = std::min(text.find(separator_), text.size());
      if (target != field_plan::none) {
        const auto& t = event.plan[target];
        event.take(t, text_or_guess(text.substr(0, end), t.as_text, decimal_));
      }
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (!event.finish(rows.row(), why) || !rows.keep(why)) return result::failed;
    rows.unknown_fields += binding_.unknown;
    rows.bad_fields += event.bad_fields();
    return result::events;
  }
  void know(std::string_view name, std::uint32_t slot) override { values_.know(name, slot); }

private:
  column_values values_;
  column_values::binding binding_;
  std::vector<std::string> columns_;
  char separator_, decimal_;
  bool bound_ = false;
};

} // namespace

made_decoder make_delimited_messages(const decoder_setting& setting) {
  auto values = column_values::make(setting.options.delimited, setting);
  if (!values) return tl::unexpected(values.error());
  return std::make_unique<delimited_message>(std::move(*values), setting.options.delimited);
}

} // namespace sluice
