#include "actors/ingest/decode/senml_pack.hpp"

#include <algorithm>
#include <cmath>

#include "actors/ingest/decode/event_time.hpp"
#include "actors/ingest/decode/text_value.hpp"

namespace sluice {

namespace {

using kind = found_value::kind;

constexpr std::string_view keys[] = {"bn", "bt", "bu", "bv", "bs", "bver", "n",  "u",
                                     "v",  "vs", "vb", "vd", "s",  "t",    "ut", "sv"};
constexpr double relative_s = 268435456; // 2^28: below it a time counts from now (RFC 8428, 4.5.3)

bool refuse(decode_failure& why, const std::string& where, std::string detail) {
  why = {reason::senml_record, where, std::move(detail)};
  return false;
}

double as_double(const found_value& v) noexcept {
  return v.what == kind::integer ? static_cast<double>(v.value.integer()) : v.value.number();
}

bool present(const found_value& v) noexcept {
  return v.what != kind::missing;
}

// a + b; integers stay integers as long as they fit.
found_value sum_of(const found_value& a, const found_value& b) noexcept {
  std::int64_t whole = 0;
  if (a.what == kind::integer && b.what == kind::integer &&
      !__builtin_add_overflow(a.value.integer(), b.value.integer(), &whole))
    return {kind::integer, slot::of(whole), {}};
  return {kind::number, slot::of(as_double(a) + as_double(b)), {}};
}

} // namespace

senml_pack::senml_pack(time_unit object_unit)
    : object_unit_(object_unit), array_({.array = true}), object_({}), record_({.discover = true}) {
  for (std::uint32_t k = 0; k < count; ++k) {
    for (auto* plan : {&record_plan_, &object_plan_}) {
      auto& target = plan->at({{std::string(keys[k])}, false});
      plan->add_field(target, k);
    }
  }
  object_plan_.at({{"e"}, false}).each = true;
}

std::string_view senml_pack::keep(std::string_view text) {
  const auto at = room_.size();
  room_.append(text);
  return std::string_view(room_).substr(at);
}

// A number under `k`, if there is one. The object form writes numbers as texts too.
bool senml_pack::number(bool object, key k, found_value& out, decode_failure& why) const {
  const auto& got = found_[k];
  if (got.what == kind::missing) return true;
  out = got.what == kind::text && object ? guess_number(got.text, '.') : got;
  if (out.what == kind::number || out.what == kind::integer) return true;
  return refuse(why, std::string(keys[k]), "number expected, got " + describe(got));
}

bool senml_pack::take_base(bool object, bases& base, decode_failure& why) {
  if (present(found_[bn])) {
    if (found_[bn].what != kind::text) return refuse(why, "bn", "text expected, got " + describe(found_[bn]));
    base.name = keep(found_[bn].text);
  }
  if (present(found_[bver])) {
    const auto& version = found_[bver];
    if (version.what != kind::integer || version.value.integer() > 10 || version.value.integer() < 1)
      return refuse(why, "bver", "version 1 to 10 expected, got " + describe(version));
  }
  return number(object, bt, base.time, why) && number(object, bs, base.sum, why) &&
         ((object && found_[bv].what == kind::boolean) || number(object, bv, base.value, why));
}

bool senml_pack::resolve_value(bool object, const bases& base, record& into) {
  decode_failure why;
  unsigned values = 0;
  const auto one = [&](key k, kind wanted) {
    if (!present(found_[k])) return true;
    ++values;
    if (found_[k].what != wanted)
      return refuse(why, std::string(keys[k]),
                    std::string(wanted == kind::boolean ? "boolean" : "text") + " expected, got " +
                        describe(found_[k]));
    into.value = found_[k];
    if (wanted == kind::text) into.value.text = keep(found_[k].text);
    return true;
  };
  found_value plain;
  bool good = number(object, v, plain, why) && number(object, s, into.sum, why) && one(vs, kind::text) &&
              one(vb, kind::boolean) && one(vd, kind::text) && (!object || one(sv, kind::text));
  if (good && object && found_[bv].what == kind::boolean) ++values, into.value = found_[bv];
  if (good && present(plain)) {
    ++values;
    into.value = present(base.value) ? sum_of(plain, base.value) : plain;
  }
  if (good && present(into.sum) && present(base.sum)) into.sum = sum_of(into.sum, base.sum);
  for (const auto* x : {&into.value, &into.sum})
    if (good && x->what == kind::number && !std::isfinite(x->value.number()))
      good = refuse(why, "", "the value is beyond the range of a double");
  if (good && values > 1) good = refuse(why, "", "more than one value");
  if (good && values == 0 && !present(into.sum)) {
    // Base values may come alone.
    if (present(found_[n]) || present(found_[u]) || present(found_[t]) || present(found_[ut]))
      good = refuse(why, "", "neither a value nor a sum");
    else
      into.empty = true;
  }
  if (!good) into.wrong = std::move(why);
  return good;
}

bool senml_pack::resolve_time(bool object, const bases& base, std::int64_t received_ms, record& into) {
  decode_failure why;
  found_value own;
  if (!number(object, t, own, why)) {
    into.wrong = std::move(why);
    return false;
  }
  into.timed = present(own) || present(base.time);
  into.time_ms = received_ms;
  if (!into.timed) return true;
  const auto time = !present(own) ? base.time : !present(base.time) ? own : sum_of(base.time, own);
  const auto unit = object ? object_unit_ : time_unit::s;
  const double per_second = unit == time_unit::s    ? 1
                            : unit == time_unit::ms ? 1e3
                            : unit == time_unit::us ? 1e6
                                                    : 1e9;
  const double seconds = as_double(time) / per_second;
  if (seconds < relative_s) {
    if (seconds >= -relative_s) {
      into.time_ms = received_ms + std::llround(seconds * 1000);
      return true;
    }
  } else if (const auto ms = time.what == kind::integer ? time_from_integer(time.value.integer(), unit)
                                                        : time_from_number(time.value.number(), unit)) {
    into.time_ms = *ms;
    return true;
  }
  into.wrong = decode_failure{reason::time_invalid, "t",
                              "a time in the years 1 to 9999 expected, got " + describe(time)};
  return false;
}

void senml_pack::resolve(bool object, bases& base, std::int64_t received_ms, record& into) {
  decode_failure why;
  if (!take_base(object, base, why)) {
    into.wrong = std::move(why);
    return;
  }
  into.base_name = base.name;
  into.name = "value";
  if (present(found_[n])) {
    if (found_[n].what != kind::text) {
      into.wrong = decode_failure{reason::senml_record, "n", "text expected, got " + describe(found_[n])};
      return;
    }
    if (!found_[n].text.empty()) into.name = keep(found_[n].text);
  }
  if (resolve_value(object, base, into)) resolve_time(object, base, received_ms, into);
}

bool senml_pack::read(std::string_view payload, std::int64_t received_ms, decode_failure& why) {
  records_.clear();
  room_.clear();
  if (room_.capacity() < payload.size()) room_.reserve(payload.size() + payload.size() / 2);
  const auto first = payload.find_first_not_of(" \n\t\r");
  const bool object = first != std::string_view::npos && payload[first] == '{';
  auto& whole = object ? object_ : array_;
  if (!whole.read(object_plan_, payload, why)) return false;
  if (!whole.has_elements()) {
    why = {reason::json_not_array, "$.e", "no array there"};
    return false;
  }
  bases base;
  if (object) {
    std::fill(std::begin(found_), std::end(found_), found_value());
    whole.each(object_plan_, [this](const field_plan::target& to, const found_value& got) {
      if (!to.uses.empty()) found_[to.uses.front().slot] = got;
    });
    if (!take_base(true, base, why)) return false;
  }
  bool checked = false;
  for (const auto element : whole.elements()) {
    auto& one = records_.emplace_back();
    one.text = element;
    std::fill(std::begin(found_), std::end(found_), found_value());
    decode_failure wrong;
    if (!record_.read(record_plan_, element, wrong)) {
      // What is no JSON at all is no pack.
      if (!checked) {
        json_limits generous;
        generous.max_keys = ~0u;
        if (const auto problem = check_json(payload, generous);
            problem && problem->why != reason::json_number) {
          why = {problem->why, "byte " + std::to_string(problem->byte), problem->detail};
          return false;
        }
        checked = true;
      }
      one.wrong = std::move(wrong);
      continue;
    }
    for (const auto& names : record_.discovered()) {
      if (names.front().empty() || names.front().back() != '_') continue;
      one.wrong =
          decode_failure{reason::senml_record, names.front(), "a field that must be understood, and is not"};
      record_.forget();
    }
    if (one.wrong) continue;
    record_.each(record_plan_, [this](const field_plan::target& to, const found_value& got) {
      found_[to.uses.front().slot] = got;
    });
    resolve(object, base, received_ms, one);
  }
  return true;
}

} // namespace sluice
