// A feature of a model: how a field of an event becomes a number.
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "actors/predict/distribution.hpp"

namespace sluice {

// One field of one event as a model sees it: whole numbers and booleans are numbers (1 and 0).
struct feature_value {
  enum class kind : unsigned char { missing, number, text };
  kind what = kind::missing;
  double number = 0;
  std::string_view text = {}; // belongs to the caller

  static feature_value of(double v) noexcept { return {std::isnan(v) ? kind::missing : kind::number, v, {}}; }
  static feature_value of(std::string_view t) noexcept { return {kind::text, 0, t}; }
};

// The shortest text that reads back as `v`: how a number is named where texts are wanted ("1", "0.5").
std::string number_text(double v);

enum class feature_type {
  number,
  category, // one of some texts: its place among them is the number
  text,     // words
};

// What is done with an event that lacks a feature, or has a text where a number is wanted, or a category that
// the model does not know.
enum class missing_policy {
  refuse, // no prediction
  usual,  // the mean of a number, the most frequent category
  model,  // the model is told that it is missing
};

struct feature {
  std::string name;
  feature_type type = feature_type::number;
  double center = 0, scale = 1; // of a number: (x - center) / scale
  double usual = 0;             // the mean, or the most frequent category's code
  std::vector<std::string> categories = {};
  distribution seen = {}; // of numbers as they are, of codes, or of the number of words

  // The number before scaling; NaN = missing. A category that is not known is as good as missing.
  double raw(const feature_value& v) const {
    constexpr auto missing = std::numeric_limits<double>::quiet_NaN();
    if (type != feature_type::number) return code(v);
    return v.what == feature_value::kind::number && std::isfinite(v.number) ? v.number : missing;
  }
  // What the model gets for raw().
  float scaled(double raw) const noexcept { return static_cast<float>((raw - center) / scale); }
  // Where raw() of `v` stands in `seen`: a category that is not known has a bin of its own.
  double observed(const feature_value& v) const;

private:
  double code(const feature_value& v) const; // of a category
};

} // namespace sluice
