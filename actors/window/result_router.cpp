#include "actors/window/result_router.hpp"

#include <algorithm>
#include <charconv>

#include "messages/record_members.hpp"

namespace sluice {

outcome<result_router> result_router::make(const std::vector<conditional_sink>& conditions,
                                           bool unconditional, std::string never) {
  result_router out;
  out.never_ = std::move(never);
  out.unconditional_ = unconditional;
  for (const auto& c : conditions) {
    auto test = expression::compile(c.when, {});
    if (!test)
      return fail(ec::invalid, "condition of sink " + c.sink + ", byte " +
                                   std::to_string(test.error().offset) + ": " + test.error().text);
    rule r{c.sink, std::move(*test), {}};
    for (const auto& name : r.test.fields()) {
      auto at = std::find(out.names_.begin(), out.names_.end(), name);
      r.where.push_back(static_cast<std::uint16_t>(at - out.names_.begin()));
      if (at == out.names_.end()) out.names_.push_back(name);
    }
    out.rules_.push_back(std::move(r));
  }
  out.values_.resize(out.names_.size());
  out.types_.resize(out.names_.size());
  return out;
}

bool result_router::route(result_record& result) {
  if (result.routed) return true;
  result.not_to = never_;
  if (rules_.empty()) return true;
  read(result.json);
  bool any = unconditional_;
  for (const auto& r : rules_) {
    scratch_.clear();
    expression_inputs in;
    in.values = values_.data(), in.types = types_.data(), in.where = r.where.data();
    in.arena = texts_.data(), in.scratch = &scratch_;
    in.device = device_, in.time_ms = in.received_ms = time_ms_;
    const auto v = r.test.evaluate(in);
    if (!v.type_error && v.type == value_type::boolean && v.value.boolean()) {
      any = true;
      continue;
    }
    if (!result.not_to.empty()) result.not_to += ',';
    result.not_to += r.sink;
  }
  return any;
}

void result_router::read(std::string_view json) {
  std::fill(types_.begin(), types_.end(), value_type::missing);
  texts_.clear();
  device_.clear();
  each_member(json, [&](std::string_view name, std::string_view value) {
    if (name == "values") {
      each_member(value, [&](std::string_view field, std::string_view v) { take(field, v); });
    } else if (name == "device") {
      unescape(inside(value), device_);
    } else if (name == "time" || name == "end") {
      std::from_chars(value.data(), value.data() + value.size(), time_ms_);
      if (name == "end")
        --time_ms_; // the last ms of the window, as for a pipeline that reads
                    // this one
    }
  });
}

void result_router::take(std::string_view name, std::string_view value) {
  std::string plain;
  unescape(name, plain);
  const auto at = std::find(names_.begin(), names_.end(), plain);
  if (at == names_.end() || value.empty()) return;
  const auto i = static_cast<std::size_t>(at - names_.begin());
  const auto *from = value.data(), *end = value.data() + value.size();
  if (value[0] == '"') {
    const auto offset = texts_.size();
    unescape(inside(value), texts_);
    types_[i] = value_type::text;
    values_[i] = placed_text(text_place::arena, offset, texts_.size() - offset);
  } else if (value == "true" || value == "false") {
    types_[i] = value_type::boolean;
    values_[i] = slot::of(value == "true");
  } else if (std::int64_t whole = 0; is_all_of(from, end, whole)) {
    types_[i] = value_type::integer;
    values_[i] = slot::of(whole);
  } else if (double number = 0; is_all_of(from, end, number)) {
    types_[i] = value_type::number;
    values_[i] = slot::of(number);
  }
}

} // namespace sluice
