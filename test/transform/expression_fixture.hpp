// Expressions over rows written by hand, results as text.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "actors/transform/expression.hpp"
#include "actors/transform/text_scratch.hpp"

namespace sluice::testing {

using any = std::variant<std::monostate, std::int64_t, double, bool, std::string>;

struct row {
  std::map<std::string, any> fields;
};

inline constexpr std::int64_t event_ms = 1774747800000; // 2026-03-29T01:30:00Z

// The result of `text` over `r`: "int 3", "num 2.5", "text abc", "true",
// "false", "missing", "missing:a" (field), "type:a" (field of the wrong type),
// "error at N: ..".
inline std::string eval(std::string_view text, const row& r = {}) {
  auto e = expression::compile(text, nullptr);
  if (!e) return "error at " + std::to_string(e.error().offset) + ": " + e.error().text;
  std::vector<slot> values;
  std::vector<value_type> types;
  std::string arena;
  for (const auto& name : e->fields()) {
    auto at = r.fields.find(name);
    const any v = at == r.fields.end() ? any{} : at->second;
    types.push_back(v.index() == 0   ? value_type::missing
                    : v.index() == 1 ? value_type::integer
                    : v.index() == 2 ? value_type::number
                    : v.index() == 3 ? value_type::boolean
                                     : value_type::text);
    slot s;
    if (v.index() == 1) s = slot::of(std::get<std::int64_t>(v));
    if (v.index() == 2) s = slot::of(std::get<double>(v));
    if (v.index() == 3) s = slot::of(std::get<bool>(v));
    if (v.index() == 4) {
      const auto& t = std::get<std::string>(v);
      s = slot::text(static_cast<std::uint32_t>(arena.size()), static_cast<std::uint32_t>(t.size()));
      arena += t;
    }
    values.push_back(s);
  }
  text_scratch scratch;
  expression_inputs in;
  in.values = values.data(), in.types = types.data(), in.arena = arena.data(), in.scratch = &scratch;
  in.device = "room-1", in.time_ms = event_ms, in.received_ms = event_ms + 250;
  const auto v = e->evaluate(in);
  auto field = v.field == no_field ? std::string() : ":" + e->fields()[v.field];
  if (v.type_error) return "type" + field;
  switch (v.type) {
  case value_type::integer:
    return "int " + std::to_string(v.value.integer());
  case value_type::number: {
    char out[64];
    std::snprintf(out, sizeof out, "num %.17g", v.value.number());
    return out;
  }
  case value_type::boolean:
    return v.value.boolean() ? "true" : "false";
  case value_type::text: {
    const char* from = place_of(v.value) == text_place::scratch ? scratch.data() : arena.data();
    return "text " + std::string(from + v.value.text_offset(), length_of(v.value));
  }
  default:
    return "missing" + field;
  }
}

} // namespace sluice::testing
