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
  set_hash,
  quantile,
  distinct,
  delta,
  rate,
  twm // appended only: the numbers are kept with a pipeline's state
};

// One output of a window: aggregate `kind` of `field` ("*" = the events themselves: count, set_hash) named
// `output`.
struct aggregate_spec {
  std::string field;
  aggregate_kind kind = aggregate_kind::count;
  std::string output;
  double quantile = 0; // of kind quantile: 0.95 of p95; above 0, below 1
};

// The word of the file, "stddev_pop"; "quantile" of the kind that has many words.
const char* to_string(aggregate_kind kind) noexcept;
// The word of the file, also "p95", "p99_9".
std::string aggregate_word(const aggregate_spec& spec);
// Whether texts and booleans have no such aggregate.
bool needs_number(aggregate_kind kind) noexcept;

// The declaration of `aggregate:`.
config::option_kind<std::vector<aggregate_spec>> aggregates_kind();

} // namespace sluice
