// The units a field contract knows, and how one is turned into another of its kind. A closed table: names of
// RFC 8428 and SI where there are some.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

struct unit {
  std::string_view name;
  std::string_view quantity;         // only units of one quantity are turned into each other
  double add = 0, times = 1, by = 1; // value in the quantity's first unit = (x + add) * times / by
};

// Null iff there is no such unit.
const unit* find_unit(std::string_view name) noexcept;
std::vector<std::string> unit_names();
// The names of the units of a quantity, for a message: "Cel, degC, degF, K".
std::string units_like(const unit& u);

// `x` of unit `from` in unit `to`, of the same quantity. Exact where one of both is the first unit of its
// quantity and the result is a double: 77 degF is 25 Cel.
inline double convert(double x, const unit& from, const unit& to) noexcept {
  return (x + from.add) * from.times / from.by * to.by / to.times - to.add;
}

} // namespace sluice
