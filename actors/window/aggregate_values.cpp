// From a window's words to the values of its result.
#include <bit>
#include <cmath>

#include "actors/window/aggregate_words.hpp"
#include "actors/window/json_text.hpp"

namespace sluice {

std::uint64_t aggregates::append_values(text_buffer& out, const std::uint64_t* window,
                                        std::int64_t end_ms) const {
  std::uint64_t non_finite = 0;
  out += '{';
  const auto first = out.size();
  for (const auto& o : outputs_) {
    const auto before = out.size();
    out += before == first ? std::string_view(o.key).substr(1) : std::string_view(o.key);
    if (!append_output(out, o, window, end_ms, non_finite)) out.cut(before);
  }
  out += '}';
  return non_finite;
}

bool aggregates::append_output(text_buffer& out, const output& o, const std::uint64_t* window,
                               std::int64_t end_ms, std::uint64_t& non_finite) const {
  if (o.field < 0) {
    if (o.kind == aggregate_kind::set_hash)
      append_text(out, set_hash_text(window[star_hash_], window[star_hash_ + 1]));
    else
      append_number(out, static_cast<std::int64_t>(window[star_count_]));
    return true;
  }
  const auto& f = fields_[static_cast<std::size_t>(o.field)];
  const auto head = window[f.count];
  const auto count = static_cast<std::int64_t>(head & count_mask);
  if (count == 0) return false;
  auto extreme = [&](std::uint16_t where, std::uint64_t integer_bit) {
    if ((head & integer_bit) != 0)
      append_number(out, static_cast<std::int64_t>(window[where]));
    else
      append_number(out, std::bit_cast<double>(window[where]));
    return true;
  };
  auto kept = [&](const std::uint64_t* place) {
    switch (kept_type(place)) {
    case value_type::number:
      append_number(out, std::bit_cast<double>(place[3]));
      return true;
    case value_type::integer:
      append_number(out, static_cast<std::int64_t>(place[3]));
      return true;
    case value_type::boolean:
      out += place[3] != 0 ? "true" : "false";
      return true;
    case value_type::text:
      append_text(out, text_block::at(place[3])->view());
      return true;
    case value_type::missing:
      break;
    }
    return false;
  };
  auto variance = [&](std::int64_t by) {
    return std::bit_cast<double>(window[f.moments + 1]) / static_cast<double>(by);
  };
  switch (o.kind) {
  case aggregate_kind::count:
    append_number(out, count);
    return true;
  case aggregate_kind::sum: {
    // A sum that overflowed is not finite whatever its compensation says.
    const double sum = std::bit_cast<double>(window[f.sum]);
    return append_finite(out, std::isfinite(sum) ? sum + std::bit_cast<double>(window[f.sum + 1]) : sum,
                         non_finite);
  }
  case aggregate_kind::mean:
    return append_finite(out, std::bit_cast<double>(window[f.moments]), non_finite);
  case aggregate_kind::min:
    return extreme(f.min, min_is_integer);
  case aggregate_kind::max:
    return extreme(f.max, max_is_integer);
  case aggregate_kind::var_pop:
    return append_finite(out, variance(count), non_finite);
  case aggregate_kind::stddev_pop:
    return append_finite(out, std::sqrt(variance(count)), non_finite);
  case aggregate_kind::var_samp:
    return count > 1 && append_finite(out, variance(count - 1), non_finite);
  case aggregate_kind::stddev_samp:
    return count > 1 && append_finite(out, std::sqrt(variance(count - 1)), non_finite);
  case aggregate_kind::first:
    return kept(window + f.first);
  case aggregate_kind::last:
    return kept(window + f.last);
  case aggregate_kind::quantile:
  case aggregate_kind::distinct:
  case aggregate_kind::delta:
  case aggregate_kind::rate:
  case aggregate_kind::twm:
    return append_statistic(out, o, window, end_ms, non_finite);
  case aggregate_kind::set_hash:
    break; // of "*" only
  }
  return false;
}

} // namespace sluice
