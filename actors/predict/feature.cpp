#include "actors/predict/feature.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace sluice {

std::string number_text(double v) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, v).ptr};
}

double feature::code(const feature_value& v) const {
  constexpr auto missing = std::numeric_limits<double>::quiet_NaN();
  if (v.what == feature_value::kind::missing) return missing;
  const auto name = v.what == feature_value::kind::text ? std::string(v.text) : number_text(v.number);
  const auto found = std::lower_bound(categories.begin(), categories.end(), name);
  return found != categories.end() && *found == name ? static_cast<double>(found - categories.begin())
                                                     : missing;
}

double feature::observed(const feature_value& v) const {
  const auto value = raw(v);
  if (type == feature_type::category && std::isnan(value) && v.what != feature_value::kind::missing)
    return static_cast<double>(categories.size());
  return value;
}

} // namespace sluice
