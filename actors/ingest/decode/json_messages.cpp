// JSON: a message is one object, or holds an array of them (`each`).
#include <algorithm>
#include <utility>

#include "actors/ingest/decode/formats.hpp"
#include "actors/ingest/decode/json_decoder.hpp"

namespace sluice {

namespace {

class json_object final : public decoder {
public:
  explicit json_object(json_decoder event) : event_(std::move(event)) {}

  result decode(const decode_input& message, event_rows& rows, decode_failure& why) override {
    if (!rows.begin(why)) return result::failed;
    const auto how = event_.decode(message.payload, rows.batch(), why);
    if (how == json_decoder::result::grew) return result::grew;
    if (how == json_decoder::result::failed || !rows.keep(why)) return result::failed;
    rows.unknown_fields += event_.unknown_fields();
    rows.bad_fields += event_.bad_fields();
    return result::events;
  }
  void know(std::string_view name, std::uint32_t slot) override { event_.know(name, slot); }

private:
  json_decoder event_;
};

// The elements of one array in the message, each by the event's own decoder; what stands around the array is
// read once.
class json_elements final : public decoder {
public:
  json_elements(json_decoder event, json_text around, const json_path& each, std::string shown,
                const json_limits& limits)
      : event_(std::move(event)), around_(std::move(around)), shown_(std::move(shown)), limits_(limits) {
    if (!each.names.empty()) event_.around().at(each).each = true;
    limits_.max_keys = ~0u; // they are counted per event
  }

  result decode(const decode_input& message, event_rows& rows, decode_failure& why) override {
    rows.single = false;
    if (!around_.read(event_.around(), message.payload, why)) return result::failed;
    if (!around_.has_elements()) {
      why = {reason::json_not_array, shown_, "no array there"};
      return result::failed;
    }
    values_.clear();
    around_.each(event_.around(),
                 [this](const field_plan::target& t, const found_value& v) { values_.emplace_back(&t, v); });
    bool checked = false;
    for (const auto element : around_.elements()) {
      if (!rows.begin(why)) return result::failed;
      const auto how = event_.decode(element, rows.batch(), why, &values_);
      if (how == json_decoder::result::grew) return result::grew;
      if (how == json_decoder::result::failed) {
        // What is no JSON at all is no good array.
        if (!checked && !whole(message.payload, why)) return result::failed;
        checked = true;
        why.where = "element " + std::to_string(rows.next()) + (why.where.empty() ? "" : ", ") + why.where;
        rows.drop(std::move(why), element);
        continue;
      }
      if (!rows.keep(why)) return result::failed;
      rows.unknown_fields += event_.unknown_fields();
      rows.bad_fields += event_.bad_fields();
    }
    return result::events;
  }
  void know(std::string_view name, std::uint32_t slot) override { event_.know(name, slot); }

private:
  bool whole(std::string_view payload, decode_failure& why) const {
    const auto problem = check_json(payload, limits_);
    if (!problem || problem->why == reason::json_number) return true; // a number is its element's own
    why = {problem->why, "byte " + std::to_string(problem->byte), problem->detail};
    return false;
  }

  json_decoder event_;
  json_text around_;
  std::string shown_;
  json_limits limits_;
  json_decoder::outer_values values_;
};

} // namespace

made_decoder make_json_messages(const decoder_setting& setting) {
  const auto& options = setting.options.json;
  auto event = json_decoder::make(options, setting.used, setting.all_fields, setting.names);
  if (!event) return tl::unexpected(event.error());
  if (options.each.empty()) return std::make_unique<json_object>(std::move(*event));
  const auto each = json_path::parse_each(options.each);
  if (!each) return fail(ec::invalid, "each: " + each.error().text);
  const json_limits limits{options.max_depth, options.max_keys};
  json_text around({.limits = limits, .array = each->names.empty()});
  return std::make_unique<json_elements>(std::move(*event), std::move(around), *each, options.each, limits);
}

} // namespace sluice
