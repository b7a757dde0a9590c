// Functions of numbers. A result that is not finite, or an integer that does
// not fit, is missing.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "actors/transform/expression_functions.hpp"
#include "actors/transform/number_compare.hpp"

namespace sluice {

namespace {

cell absolute(const function_call& c) noexcept {
  if (!c.is_integer(0)) return finite(std::fabs(c.number(0)));
  const auto v = c.integer(0);
  if (v == INT64_MIN) return {};
  return whole(v < 0 ? -v : v);
}

cell sign(const function_call& c) noexcept {
  if (c.is_integer(0)) return whole((c.integer(0) > 0) - (c.integer(0) < 0));
  return whole((c.number(0) > 0) - (c.number(0) < 0));
}

// Rounds the exact value of `x`, halves away from zero. `digits` within -308 ..
// 308.
double rounded(double x, int digits) noexcept {
  if (digits == 0) return std::round(x);
  const double power = std::pow(10.0, std::abs(digits)); // exact up to 10^22
  const double scaled = digits > 0 ? x * power : x / power;
  // From 2^52 on a double has no fraction.
  if (!std::isfinite(scaled) || std::fabs(scaled) >= 4503599627370496.0) return x;
  double whole_part = std::round(scaled);
  // A product that only looks like a half was rounded to it: the error of the
  // product tells.
  if (digits > 0 && std::fabs(scaled - std::trunc(scaled)) == 0.5) {
    const double error = std::fma(x, power, -scaled);
    if ((scaled > 0 && error < 0) || (scaled < 0 && error > 0)) whole_part = std::trunc(scaled);
  }
  return digits > 0 ? whole_part / power : whole_part * power;
}

cell round(const function_call& c) noexcept {
  const auto digits = c.count > 1 ? std::clamp<std::int64_t>(c.integer(1), -308, 308) : 0;
  if (!c.is_integer(0)) return finite(rounded(c.number(0), static_cast<int>(digits)));
  if (digits >= 0) return whole(c.integer(0));
  if (digits < -18) return whole(0); // below 10^19 / 2
  std::int64_t power = 1;
  for (auto i = digits; i < 0; ++i) power *= 10;
  const auto v = c.integer(0), rest = v % power;
  auto out = v - rest;
  const bool up = rest >= power - power / 2 || rest <= -(power - power / 2);
  if (up && __builtin_add_overflow(out, rest > 0 ? power : -power, &out)) return {};
  return whole(out);
}

template <double (*F)(double)> cell of_whole(const function_call& c) noexcept { // integers stay
  return c.is_integer(0) ? whole(c.integer(0)) : finite(F(c.number(0)));
}
template <double (*F)(double)> cell of_double(const function_call& c) noexcept {
  return finite(F(c.number(0)));
}
double log_of(double x, double (*f)(double)) noexcept {
  return x > 0 ? f(x) : std::nan("");
}
double natural(double x) {
  return log_of(x, std::log);
}
double decimal(double x) {
  return log_of(x, std::log10);
}
double binary(double x) {
  return log_of(x, std::log2);
}
double radians(double x) {
  return x * (std::numbers::pi / 180);
}
double degrees(double x) {
  return x * (180 / std::numbers::pi);
}

cell power(const function_call& c) noexcept {
  if (c.is_integer(0) && c.is_integer(1) && c.integer(1) >= 0) {
    std::int64_t base = c.integer(0), out = 1;
    bool exact = true;
    for (auto n = c.integer(1); n > 0 && exact; n >>= 1) {
      if ((n & 1) != 0) exact = !__builtin_mul_overflow(out, base, &out);
      if (n > 1) exact = exact && !__builtin_mul_overflow(base, base, &base);
    }
    return exact ? whole(out) : cell{};
  }
  return finite(std::pow(c.number(0), c.number(1)));
}

cell modulo(const function_call& c) noexcept {
  if (!c.is_integer(0) || !c.is_integer(1)) return finite(std::fmod(c.number(0), c.number(1)));
  if (c.integer(1) == 0) return {};
  return whole(c.integer(1) == -1 ? 0 : c.integer(0) % c.integer(1));
}

template <bool Greatest> cell extreme(const function_call& c) noexcept {
  const auto* best = &c.args[0];
  for (unsigned i = 1; i < c.count; ++i) {
    const auto order = compare_numbers(c.args[i].type, c.args[i].value, best->type, best->value);
    if (Greatest ? order > 0 : order < 0) best = &c.args[i];
  }
  return {best->value, best->type, no_field};
}

cell limit(const function_call& c) noexcept {
  const auto less = [](const cell& a, const cell& b) {
    return compare_numbers(a.type, a.value, b.type, b.value) < 0;
  };
  const auto& out = less(c.args[0], c.args[1])   ? c.args[1]
                    : less(c.args[2], c.args[0]) ? c.args[2]
                                                 : c.args[0];
  return {out.value, out.type, no_field};
}

cell arc_tangent(const function_call& c) noexcept {
  return finite(std::atan2(c.number(0), c.number(1)));
}
cell hypotenuse(const function_call& c) noexcept {
  return finite(std::hypot(c.number(0), c.number(1)));
}
cell pi(const function_call&) noexcept {
  return finite(std::numbers::pi);
}

} // namespace

std::vector<function_row> number_functions() {
  constexpr auto number = value_type::number, integer = value_type::integer, same = value_type::missing;
  return {
      {"abs", "abs(x)", "The value without its sign.", "abs(-2.5)", "2.5", "n", same, absolute},
      {"sign", "sign(x)", "-1, 0 or 1.", "sign(-2.5)", "-1", "n", integer, sign},
      {"round", "round(x, digits)",
       "The exact value rounded to that many decimal places (default 0, "
       "negative = before the point), halves away "
       "from zero. An integer stays one.",
       "round(temperature * 3, 1)", "64.5", "n|i", same, round},
      {"floor", "floor(x)", "The next whole number below. An integer stays one.", "floor(-2.5)", "-3.0", "n",
       same, of_whole<std::floor>},
      {"ceil", "ceil(x)", "The next whole number above. An integer stays one.", "ceil(2.1)", "3.0", "n", same,
       of_whole<std::ceil>},
      {"trunc", "trunc(x)", "The value without its fraction. An integer stays one.", "trunc(-2.5)", "-2.0",
       "n", same, of_whole<std::trunc>},
      {"sqrt", "sqrt(x)", "The square root; missing below zero.", "sqrt(6.25)", "2.5", "n", number,
       of_double<std::sqrt>},
      {"cbrt", "cbrt(x)", "The cube root.", "cbrt(-8)", "-2.0", "n", number, of_double<std::cbrt>},
      {"exp", "exp(x)", "e to the power of x.", "exp(0)", "1.0", "n", number, of_double<std::exp>},
      {"ln", "ln(x)", "The natural logarithm; missing unless x > 0.", "ln(1)", "0.0", "n", number,
       of_double<natural>},
      {"log10", "log10(x)", "The decimal logarithm; missing unless x > 0.", "log10(1000)", "3.0", "n", number,
       of_double<decimal>},
      {"log2", "log2(x)", "The binary logarithm; missing unless x > 0.", "log2(8)", "3.0", "n", number,
       of_double<binary>},
      {"power", "power(x, y)",
       "x to the power of y. Of two integers, with y >= 0, the exact integer; "
       "missing when it does not fit.",
       "power(2, 10)", "1024", "nn", same, power},
      {"mod", "mod(x, y)",
       "The rest of x / y, with the sign of x; missing when y is 0. The same "
       "as x % y.",
       "mod(-7, 3)", "-1", "nn", same, modulo},
      {"least", "least(x, y, ..)", "The least of the numbers.", "least(3, 1.5, 2)", "1.5", "nn*", same,
       extreme<false>},
      {"greatest", "greatest(x, y, ..)", "The greatest of the numbers.", "greatest(3, 1.5, 2)", "3", "nn*",
       same, extreme<true>},
      {"clamp", "clamp(x, low, high)", "x, or the bound that it is beyond.", "clamp(temperature, 0, 20)",
       "20", "nnn", same, limit},
      {"sin", "sin(x)", "The sine; angles are in radians.", "sin(0)", "0.0", "n", number,
       of_double<std::sin>},
      {"cos", "cos(x)", "The cosine.", "cos(0)", "1.0", "n", number, of_double<std::cos>},
      {"tan", "tan(x)", "The tangent.", "tan(0)", "0.0", "n", number, of_double<std::tan>},
      {"asin", "asin(x)", "The angle with this sine; missing outside -1 .. 1.", "asin(0)", "0.0", "n", number,
       of_double<std::asin>},
      {"acos", "acos(x)", "The angle with this cosine; missing outside -1 .. 1.", "acos(1)", "0.0", "n",
       number, of_double<std::acos>},
      {"atan", "atan(x)", "The angle with this tangent.", "atan(0)", "0.0", "n", number,
       of_double<std::atan>},
      {"atan2", "atan2(y, x)", "The angle of the point (x, y), within -pi .. pi.", "atan2(0, 1)", "0.0", "nn",
       number, arc_tangent},
      {"hypot", "hypot(x, y)", "The length of the vector (x, y).", "hypot(3, 4)", "5.0", "nn", number,
       hypotenuse},
      {"radians", "radians(x)", "Degrees in radians.", "radians(0)", "0.0", "n", number, of_double<radians>},
      {"degrees", "degrees(x)", "Radians in degrees.", "degrees(pi())", "180.0", "n", number,
       of_double<degrees>},
      {"pi", "pi()", "The number pi.", "round(pi(), 4)", "3.1416", "", number, pi},
  };
}

} // namespace sluice
