// Options of a window's aggregates: which statistics of which field, under which name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

namespace config {
template <class V> struct option_kind; // config/option.hpp
} // namespace config

enum class aggregate_kind : std::uint8_t {
  count,
  sum,
  mean,
  min,
  max,
  stddev_pop,
  stddev_samp,
  var_pop,
  var_samp,
  first,
  last,
  set_hash
};

// One output of a window: aggregate `kind` of `field` ("*" = the events themselves: count, set_hash) named
// `output`.
struct aggregate_spec {
  std::string field;
  aggregate_kind kind = aggregate_kind::count;
  std::string output;
};

// The word of the file: "stddev_pop".
const char* to_string(aggregate_kind kind) noexcept;

// The declaration of `aggregate:`.
config::option_kind<std::vector<aggregate_spec>> aggregates_kind();

} // namespace sluice
