#include "actors/ingest/decode/json_text.hpp"

#include <algorithm>
#include <cstring>

#include <simdjson.h>

#include "actors/ingest/decode/json_number.hpp"

namespace sluice {

namespace {

namespace ondemand = simdjson::ondemand;
using kind = found_value::kind;

} // namespace

struct json_text::walker {
  demands what;
  ondemand::parser parser;
  std::vector<char> buffer;

  // The text in hand.
  json_text* into = nullptr;
  field_plan* plan = nullptr;
  std::string_view text;
  std::uint64_t stamp = 0;
  unsigned keys = 0;
  std::string duplicate, bad_number; // paths
  std::vector<std::string> way;      // keys down to the object in hand, as far as they may be fields

  json_shape& shape() noexcept { return into->shape_; }

  bool walk_value(ondemand::value v, std::int32_t target, unsigned depth, std::string_view key,
                  found_value& got) {
    ondemand::json_type type{};
    if (v.type().get(type)) return false;
    switch (type) {
    case ondemand::json_type::object: {
      ondemand::object o;
      if (depth == what.limits.max_depth || v.get_object().get(o)) return false;
      got.what = kind::container;
      shape().give_up();
      const bool follow = what.flatten > depth && way.size() + 1 == depth;
      if (follow) way.emplace_back(key);
      const bool good =
          walk_object(o, target == field_plan::none ? field_plan::none : (*plan)[target].child, depth + 1);
      if (follow) way.pop_back();
      return good;
    }
    case ondemand::json_type::array: {
      ondemand::array a;
      if (depth == what.limits.max_depth || v.get_array().get(a)) return false;
      got.what = kind::container;
      shape().give_up();
      if (target != field_plan::none && (*plan)[target].each) return walk_elements(a, depth + 1);
      for (auto element : a) {
        ondemand::value inner;
        found_value ignored;
        if (element.get(inner) || !walk_value(inner, field_plan::none, depth + 1, {}, ignored)) return false;
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

  // Elements are kept as they stand: whoever reads them validates them.
  bool walk_elements(ondemand::array& a, unsigned depth) {
    into->has_elements_ = true;
    for (auto element : a) {
      ondemand::value inner;
      ondemand::json_type type{};
      if (element.get(inner) || inner.type().get(type)) return false;
      std::string_view raw;
      if (type == ondemand::json_type::object) {
        ondemand::object o;
        if (inner.get_object().get(o) || o.raw_json().get(raw)) return false;
      } else if (type == ondemand::json_type::array) {
        ondemand::array other;
        if (inner.get_array().get(other) || other.raw_json().get(raw)) return false;
      } else {
        found_value ignored;
        raw = inner.raw_json_token();
        if (!walk_value(inner, field_plan::none, depth, {}, ignored)) return false;
      }
      raw = raw.substr(0, raw.find_last_not_of(" \n\t\r") + 1);
      into->elements_.push_back(
          text.substr(static_cast<std::size_t>(raw.data() - buffer.data()), raw.size()));
    }
    return true;
  }

  // Numbers, booleans and null: by their own text, so that 2^63, -0 and 1e999 mean here what they mean
  // everywhere.
  bool read_token(std::string_view token, found_value& got, std::int32_t target, unsigned depth,
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
      bad_number = target != field_plan::none ? (*plan)[target].path : depth == 1 ? path_text("", key) : "";
      return false;
    }
    got.what = static_cast<kind>(type);
    return true;
  }

  // A value that is no container and that the plan has no use for.
  void take_unknown(std::string_view key, std::int32_t target, unsigned depth) {
    if (depth == 1 && (target == field_plan::none || !(*plan)[target].mapped)) ++into->unknown_;
    if (!what.discover || depth > what.flatten || way.size() + 1 != depth) return;
    auto keys_down = way;
    keys_down.emplace_back(key);
    into->discovered_.push_back(std::move(keys_down));
  }

  bool walk_object(ondemand::object& o, std::int32_t node, unsigned depth) {
    for (auto item : o) {
      ondemand::field f;
      if (std::move(item).get(f) || ++keys > what.limits.max_keys) return false;
      const char* const raw = f.key().raw();
      std::string_view key;
      if (f.unescaped_key().get(key)) return false;
      const auto target = plan->find(node, key);
      if (target != field_plan::none) {
        auto& t = (*plan)[target];
        if (t.seen == stamp && duplicate.empty()) duplicate = t.path;
        t.seen = stamp;
      }
      found_value got;
      if (!walk_value(f.value(), target, depth, key, got)) return false;
      if (target != field_plan::none) into->found_.push_back({target, got});
      const bool scalar = got.what != kind::missing && got.what != kind::container;
      const bool unknown = target == field_plan::none || !(*plan)[target].has_use();
      if (unknown && scalar) take_unknown(key, target, depth);
      if (depth != 1) continue;
      if (what.discover && unknown && !scalar) shape().give_up(); // next time this key may have a value
      if (std::memcmp(raw, key.data(), key.size()) == 0 && raw[key.size()] == '"')
        shape().add(key, target, target != field_plan::none && (*plan)[target].mapped);
      else
        shape().give_up(); // escapes in the key
    }
    return true;
  }

  bool walk() {
    if (buffer.size() < text.size() + simdjson::SIMDJSON_PADDING)
      buffer.resize(text.size() + text.size() / 2 + simdjson::SIMDJSON_PADDING);
    text.copy(buffer.data(), text.size());
    std::memset(buffer.data() + text.size(), 0, simdjson::SIMDJSON_PADDING);
    ondemand::document document;
    ondemand::json_type type{};
    if (parser.iterate(simdjson::padded_string_view(buffer.data(), text.size(), buffer.size()))
            .get(document) ||
        document.type().get(type))
      return false;
    if (what.array) {
      ondemand::array top;
      if (type != ondemand::json_type::array || document.get_array().get(top) || !walk_elements(top, 2))
        return false;
    } else {
      ondemand::object top;
      if (type != ondemand::json_type::object || document.get_object().get(top) ||
          !walk_object(top, field_plan::root, 1))
        return false;
    }
    const char* rest = nullptr;
    return document.current_location().get(rest) != simdjson::SUCCESS; // else there is something behind it
  }

  void explain(decode_failure& why) const {
    if (auto problem = check_json(text, what.limits)) {
      why = {problem->why, "byte " + std::to_string(problem->byte), std::move(problem->detail)};
      if (why.why == reason::json_number && !bad_number.empty()) why.where = bad_number;
      return;
    }
    const auto first = std::min(text.find_first_not_of(" \n\t\r"), text.size());
    const bool right = text.substr(first, 1) == (what.array ? "[" : "{");
    why = {what.array ? reason::json_not_array : reason::json_not_object, "byte " + std::to_string(first),
           (what.array ? "array expected, got " : "object expected, got ") + quoted(text.substr(first, 16))};
    if (right) why.why = reason::json_syntax, why.detail = "refused by the parser";
  }
};

json_text::json_text(demands what) : walker_(std::make_unique<walker>()) {
  walker_->what = what;
}
json_text::json_text(json_text&&) noexcept = default;
json_text& json_text::operator=(json_text&&) noexcept = default;
json_text::~json_text() = default;

bool json_text::read(field_plan& plan, std::string_view text, decode_failure& why) {
  if (shape_.read(text)) {
    quick_ = true;
    discovered_.clear();
    return true;
  }
  quick_ = false;
  has_elements_ = false;
  unknown_ = 0;
  found_.clear(), discovered_.clear(), elements_.clear();
  auto& w = *walker_;
  w.into = this, w.plan = &plan, w.text = text;
  ++w.stamp;
  w.keys = 0;
  w.way.clear(), w.duplicate.clear(), w.bad_number.clear();
  shape_.begin();
  // simdjson 3.0.1 lets halves of surrogate pairs through; the strict check does not.
  const bool escapes = text.find('\\') != std::string_view::npos;
  const bool good = !(escapes && check_json(text, w.what.limits)) && w.walk();
  if (!good || !w.duplicate.empty() || w.what.array) shape_.give_up();
  shape_.end();
  if (!good) {
    w.explain(why);
    return false;
  }
  if (w.duplicate.empty()) return true;
  why = {reason::json_duplicate_key, w.duplicate, "this key stands twice in one object"};
  return false;
}

unsigned json_text::unknown() const noexcept {
  return quick_ ? shape_.unknown() : unknown_;
}

void json_text::forget() noexcept {
  shape_.begin(), shape_.end();
}

} // namespace sluice
