// Statistics on the heap: which aggregate needs which, and how an event gets into them.
#include "actors/window/aggregate_words.hpp"
#include "actors/window/distinct_values.hpp"
#include "actors/window/quantile_sketch.hpp"
#include "actors/window/time_series.hpp"

namespace sluice {

aggregates::content aggregates::content_of(aggregate_kind kind) noexcept {
  switch (kind) {
  case aggregate_kind::quantile:
    return content::quantiles;
  case aggregate_kind::distinct:
    return content::distinct;
  case aggregate_kind::delta:
  case aggregate_kind::rate:
  case aggregate_kind::twm:
    return content::series;
  default:
    return content::none;
  }
}

std::unique_ptr<heap_statistic> aggregates::make(content what) {
  switch (what) {
  case content::quantiles:
    return std::make_unique<quantile_sketch>();
  case content::distinct:
    return std::make_unique<distinct_values>();
  case content::series:
    return std::make_unique<time_series>();
  case content::none:
    break;
  }
  return nullptr;
}

void aggregates::prepare_statistics(const std::uint64_t* window, std::span<const event_value> values) {
  for (std::size_t i = 0; i < heap_places_.size(); ++i) {
    const auto& place = heap_places_[i];
    if (values[place.field].type == value_type::missing) continue;
    auto* there = window == nullptr ? nullptr : statistic(window[place.word]);
    if (there == nullptr) {
      if (!made_[i]) made_[i] = make(place.what);
      there = made_[i].get();
    }
    there->make_room();
  }
}

void aggregates::add_to_statistics(std::uint64_t* window, std::span<const event_value> values,
                                   const event_facts& event) noexcept {
  for (std::size_t i = 0; i < heap_places_.size(); ++i) {
    const auto& place = heap_places_[i];
    const auto& v = values[place.field];
    if (v.type == value_type::missing) continue;
    auto& word = window[place.word];
    if (word == 0) word = word_of(made_[i].release());
    statistic(word)->add(v, event);
  }
}

// An output that reads a statistic; the field has values.
bool aggregates::append_statistic(text_buffer& out, const output& o, const std::uint64_t* window,
                                  std::int64_t end_ms, std::uint64_t& non_finite) const {
  const auto* held = statistic(window[o.word]);
  const auto series = [held] { return static_cast<const time_series*>(held); }; // only where it is one
  switch (o.kind) {
  case aggregate_kind::quantile:
    return append_finite(out, static_cast<const quantile_sketch*>(held)->quantile(o.quantile), non_finite);
  case aggregate_kind::distinct:
    append_number(out, static_cast<std::int64_t>(static_cast<const distinct_values*>(held)->count()));
    return true;
  case aggregate_kind::twm:
    return append_finite(out, series()->time_weighted_mean(end_ms), non_finite);
  case aggregate_kind::rate: {
    const auto rate = series()->rate();
    return rate && append_finite(out, *rate, non_finite);
  }
  case aggregate_kind::delta: {
    const auto rose = series()->delta();
    if (!rose) return false;
    if (!rose->whole) return append_finite(out, rose->number, non_finite);
    append_number(out, rose->integer);
    return true;
  }
  default:
    return false;
  }
}

} // namespace sluice
