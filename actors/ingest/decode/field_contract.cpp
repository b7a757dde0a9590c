#include "actors/ingest/decode/field_contract.hpp"

#include <charconv>
#include <cmath>

#include "actors/ingest/decode/text_value.hpp"

namespace sluice {

namespace {

using kind = found_value::kind;

std::string shortest(double x) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, x).ptr};
}

double as_double(const found_value& v) noexcept {
  return v.what == kind::integer ? static_cast<double>(v.value.integer()) : v.value.number();
}

} // namespace

field_contract field_contract::make(const field_path& field) {
  field_contract made;
  made.type = field.type;
  if (!field.from.empty() && field.from != field.unit) {
    made.from = find_unit(field.from);
    made.to = find_unit(field.unit);
    if (made.type == value_type::missing) made.type = value_type::number;
  }
  if (field.low) made.low = *field.low;
  if (field.high) made.high = *field.high;
  made.ranged = field.low || field.high;
  made.missing_when_bad = field.missing_when_bad;
  return made;
}

bool field_contract::to_number(found_value& v) const noexcept {
  if (v.what == kind::text && type != value_type::missing) v = guess_number(v.text, '.');
  if (v.what != kind::number && v.what != kind::integer) return false;
  if (type == value_type::number && v.what == kind::integer) {
    v.value = slot::of(static_cast<double>(v.value.integer()));
    v.what = kind::number;
  } else if (type == value_type::integer && v.what == kind::number) {
    constexpr double exact = 9007199254740992; // 2^53: beyond it a double does not say which integer it is
    const double x = v.value.number();
    if (!(std::abs(x) <= exact) || x != std::trunc(x)) return false;
    v.value = slot::of(static_cast<std::int64_t>(x));
    v.what = kind::integer;
  }
  return true;
}

bool field_contract::to_boolean(found_value& v) const noexcept {
  if (v.what == kind::text) {
    const auto word = trimmed(v.text);
    if (word == "true" || word == "1")
      v.value = slot::of(true);
    else if (word == "false" || word == "0")
      v.value = slot::of(false);
    else
      return false;
  } else if (v.what == kind::integer && (v.value.integer() == 0 || v.value.integer() == 1)) {
    v.value = slot::of(v.value.integer() == 1);
  } else if (v.what != kind::boolean) {
    return false;
  }
  v.what = kind::boolean;
  return true;
}

field_contract::verdict field_contract::apply(found_value& v, std::string& room) const {
  if (v.what == kind::container) return verdict::type;
  if (type == value_type::text) {
    if (v.what != kind::text) {
      room = describe(v);
      v = found_value::of_text(room);
    }
    return verdict::good;
  }
  if (type == value_type::boolean) return to_boolean(v) ? verdict::good : verdict::type;
  if (!asks_anything()) return verdict::good;
  if (!to_number(v)) return verdict::type;
  if (from != nullptr) {
    const double x = convert(as_double(v), *from, *to);
    if (!std::isfinite(x)) return verdict::range;
    v.value = slot::of(x);
    v.what = kind::number;
  }
  const double x = as_double(v);
  return x >= low && x <= high ? verdict::good : verdict::range;
}

std::string field_contract::wanted() const {
  std::string text = type == value_type::integer   ? "an integer"
                     : type == value_type::boolean ? "a boolean"
                     : type == value_type::text    ? "a text"
                                                   : "a number";
  if (!ranged) return text;
  text += " in ";
  text += std::isinf(low) ? ".." : shortest(low) + " ..";
  return std::isinf(high) ? text : text + " " + shortest(high);
}

} // namespace sluice
