#include "actors/ingest/json_decoder.hpp"

#include <algorithm>
#include <cstring>

#include <simdjson.h>

#include "actors/ingest/json_check.hpp"
#include "actors/ingest/json_number.hpp"
#include "actors/ingest/json_shape.hpp"

namespace sluice {

namespace {

namespace ondemand = simdjson::ondemand;
using kind = json_value::kind;

} // namespace

struct json_decoder::impl {
  json_event event;
  json_limits limits;
  json_shape shape;
  field_table* names = nullptr;
  bool discover = false; // take names as they appear

  ondemand::parser parser;
  std::vector<char> buffer;

  // The payload in hand.
  std::uint64_t stamp = 0;
  unsigned keys = 0;
  std::vector<std::string> discovered;
  std::string duplicate, bad_number; // paths

  bool walk_value(ondemand::value v, std::int32_t target, unsigned depth, std::string_view key,
                  json_value& got) {
    ondemand::json_type type{};
    if (v.type().get(type)) return false;
    switch (type) {
    case ondemand::json_type::object: {
      ondemand::object o;
      if (depth == limits.max_depth || v.get_object().get(o)) return false;
      got.what = kind::container;
      shape.give_up();
      return walk_object(o, target == json_plan::none ? json_plan::none : event.plan[target].child,
                         depth + 1);
    }
    case ondemand::json_type::array: {
      ondemand::array a;
      if (depth == limits.max_depth || v.get_array().get(a)) return false;
      got.what = kind::container;
      shape.give_up();
      for (auto element : a) {
        ondemand::value inner;
        json_value ignored;
        if (element.get(inner) || !walk_value(inner, json_plan::none, depth + 1, {}, ignored)) return false;
      }
      return true;
    }
    case ondemand::json_type::string:
      got.what = kind::text;
      return v.get_string().get(got.text) == simdjson::SUCCESS;
    default:
      return read_token(v.raw_json_token(), got, target, depth, key);
    }
  }

  // Numbers, booleans and null: by their own text, so that 2^63, -0 and 1e999 mean here what they mean
  // everywhere.
  bool read_token(std::string_view token, json_value& got, std::int32_t target, unsigned depth,
                  std::string_view key) {
    token = token.substr(0, token.find_last_not_of(" \n\t\r") + 1);
    if (token == "null") return true;
    if (token == "true" || token == "false") {
      got = {kind::boolean, slot::of(token == "true"), {}};
      return true;
    }
    value_type type{};
    const char* const end = token.data() + token.size();
    if (read_number(token.data(), end, type, got.value) != end) return false;
    if (type == value_type::missing) {
      bad_number = target != json_plan::none ? event.plan[target].path : depth == 1 ? path_text("", key) : "";
      return false;
    }
    got.what = static_cast<kind>(type);
    return true;
  }

  bool walk_object(ondemand::object& o, std::int32_t node, unsigned depth) {
    for (auto item : o) {
      ondemand::field f;
      if (std::move(item).get(f) || ++keys > limits.max_keys) return false;
      const char* const raw = f.key().raw();
      std::string_view key;
      if (f.unescaped_key().get(key)) return false;
      const auto target = event.plan.find(node, key);
      if (target != json_plan::none) {
        auto& t = event.plan[target];
        if (t.seen == stamp && duplicate.empty()) duplicate = t.path;
        t.seen = stamp;
      }
      json_value got;
      if (!walk_value(f.value(), target, depth, key, got)) return false;
      if (target != json_plan::none) event.take(event.plan[target], got);
      if (depth != 1) continue;
      if (discover && (target == json_plan::none || !event.plan[target].has_use())) {
        if (got.what != kind::missing && got.what != kind::container)
          discovered.emplace_back(key);
        else
          shape.give_up(); // next time this key may have a value
      }
      if (std::memcmp(raw, key.data(), key.size()) == 0 && raw[key.size()] == '"')
        shape.add(key, target);
      else
        shape.give_up(); // escapes in the key
    }
    return true;
  }

  bool walk(std::string_view payload) {
    if (buffer.size() < payload.size() + simdjson::SIMDJSON_PADDING)
      buffer.resize(payload.size() + payload.size() / 2 + simdjson::SIMDJSON_PADDING);
    payload.copy(buffer.data(), payload.size());
    std::memset(buffer.data() + payload.size(), 0, simdjson::SIMDJSON_PADDING);
    ondemand::document document;
    ondemand::json_type type{};
    ondemand::object top;
    if (parser.iterate(simdjson::padded_string_view(buffer.data(), payload.size(), buffer.size()))
            .get(document) ||
        document.type().get(type) || type != ondemand::json_type::object || document.get_object().get(top) ||
        !walk_object(top, json_plan::root, 1))
      return false;
    const char* rest = nullptr;
    return document.current_location().get(rest) !=
           simdjson::SUCCESS; // else there is something behind the object
  }

  void explain(std::string_view payload, decode_failure& why) const {
    if (auto problem = check_json(payload, limits)) {
      why = {problem->why, "byte " + std::to_string(problem->byte), std::move(problem->detail)};
      if (why.why == reason::json_number && !bad_number.empty()) why.where = bad_number;
      return;
    }
    const auto first = std::min(payload.find_first_not_of(" \n\t\r"), payload.size());
    why = {reason::json_not_object, "byte " + std::to_string(first),
           "object expected, got " + quoted(payload.substr(first, 16))};
    if (payload.substr(first, 1) == "{") why.why = reason::json_syntax, why.detail = "refused by the parser";
  }

  bool read_fully(std::string_view payload, decode_failure& why) {
    ++stamp;
    keys = 0;
    discovered.clear(), duplicate.clear(), bad_number.clear();
    shape.begin();
    // simdjson 3.0.1 lets halves of surrogate pairs through; the strict check does not.
    const bool escapes = payload.find('\\') != std::string_view::npos;
    const bool good = !(escapes && check_json(payload, limits)) && walk(payload);
    if (!good || !duplicate.empty()) shape.give_up();
    shape.end();
    if (!good) {
      explain(payload, why);
      return false;
    }
    if (duplicate.empty()) return true;
    why = {reason::json_duplicate_key, duplicate, "this key stands twice in one object"};
    return false;
  }

  result decode(std::string_view payload, event_batch& batch, decode_failure& why) {
    auto& row = batch.rows.back();
    event.begin(batch);
    if (shape.read(payload)) {
      for (std::size_t i = 0; i < shape.size(); ++i)
        if (const auto t = shape.target(i); t != json_shape::ignored)
          event.take(event.plan[t], shape.value(i));
      return event.finish(row, why) ? result::event : result::failed;
    }
    if (!read_fully(payload, why) || !event.finish(row, why)) return result::failed;
    if (discovered.empty()) return result::event;
    shape.begin(), shape.end(); // what was learned does not know the new fields
    if (!names->room_for(discovered.size())) {
      why = {reason::json_keys, path_text("", discovered.front()),
             "more than " + std::to_string(field_table::most_discovered) + " field names in this source"};
      return result::failed;
    }
    for (const auto& name : discovered) event.plan.add_field(event.plan.at({{name}}), names->add(name));
    return result::grew;
  }
};

json_decoder::json_decoder(std::unique_ptr<impl> p) : impl_(std::move(p)) {}
json_decoder::json_decoder(json_decoder&&) noexcept = default;
json_decoder& json_decoder::operator=(json_decoder&&) noexcept = default;
json_decoder::~json_decoder() = default;

outcome<json_decoder> json_decoder::make(const json_options& options, const std::vector<std::string>& used,
                                         bool all_fields, field_table& names) {
  auto event = json_event::make(options, used, all_fields, names);
  if (!event) return tl::unexpected(event.error());
  auto p = std::make_unique<impl>();
  p->event = std::move(*event);
  p->limits = {options.max_depth, options.max_keys};
  p->names = &names;
  p->discover = all_fields && options.fields.empty();
  return json_decoder(std::move(p));
}

json_decoder::result json_decoder::decode(std::string_view payload, event_batch& batch, decode_failure& why) {
  return impl_->decode(payload, batch, why);
}

void json_decoder::know(std::string_view name, std::uint32_t slot) {
  auto& plan = impl_->event.plan;
  plan.add_field(plan.at({{std::string(name)}}), slot);
}

bool json_decoder::device_in_payload() const noexcept {
  return impl_->event.has_device();
}

} // namespace sluice
