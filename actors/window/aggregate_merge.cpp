// Two windows become one: what panes and running totals are made of.
#include <algorithm>
#include <bit>

#include "actors/window/aggregate_words.hpp"

namespace sluice {

void aggregates::merge(std::uint64_t* into, const std::uint64_t* from) const {
  if (star_count_ != absent) into[star_count_] += from[star_count_];
  if (star_hash_ != absent) {
    const auto low = from[star_hash_ + 1];
    into[star_hash_ + 1] += low;
    into[star_hash_] += from[star_hash_] + (into[star_hash_ + 1] < low ? 1 : 0);
  }
  for (const auto& f : fields_) {
    if ((from[f.count] & count_mask) == 0) continue;
    merge_numbers(f, into, from);
    if (f.first != absent) merge_kept(into + f.first, from + f.first, false);
    if (f.last != absent) merge_kept(into + f.last, from + f.last, true);
  }
  for (const auto& place : heap_places_) {
    const auto* theirs = statistic(from[place.word]);
    if (theirs == nullptr) continue;
    auto& ours = into[place.word];
    if (ours == 0) ours = word_of(make(place.what).release());
    statistic(ours)->merge(*theirs);
  }
}

// What lies in a field's words alone; `from` has values of it.
void aggregates::merge_numbers(const field_layout& f, std::uint64_t* into,
                               const std::uint64_t* from) const noexcept {
  auto& head = into[f.count];
  const auto count = head & count_mask, from_count = from[f.count] & count_mask;
  if (f.moments != absent) {
    if (count == 0) {
      std::copy_n(from + f.moments, 2, into + f.moments);
      head |= from[f.count] & mean_low_mask;
    } else {
      moments::merge(head, into[f.moments], into[f.moments + 1], count, from[f.count], from[f.moments],
                     from[f.moments + 1], from_count);
    }
  }
  if (f.sum != absent) {
    double sum = std::bit_cast<double>(into[f.sum]);
    const double rest = add_compensated(sum, std::bit_cast<double>(from[f.sum]));
    into[f.sum] = std::bit_cast<std::uint64_t>(sum);
    into[f.sum + 1] = std::bit_cast<std::uint64_t>((std::bit_cast<double>(into[f.sum + 1]) + rest) +
                                                   std::bit_cast<double>(from[f.sum + 1]));
  }
  const auto number = [](std::uint64_t bits) { return std::bit_cast<double>(bits); };
  if (((head | from[f.count]) & (min_is_integer | max_is_integer)) == 0) { // doubles only: the usual case
    if (f.min != absent && (count == 0 || number(from[f.min]) < number(into[f.min])))
      into[f.min] = from[f.min];
    if (f.max != absent && (count == 0 || number(from[f.max]) > number(into[f.max])))
      into[f.max] = from[f.max];
  } else {
    for (const bool least : {true, false}) {
      const auto where = least ? f.min : f.max;
      if (where == absent) continue;
      const auto integer_bit = least ? min_is_integer : max_is_integer;
      const event_value v{
          {from[where]}, (from[f.count] & integer_bit) != 0 ? value_type::integer : value_type::number, {}};
      mixed_extreme(into[where], head, integer_bit, v, count + 1, least);
    }
  }
  head = (head & ~count_mask) | ((count + from_count) & count_mask);
}

// Takes the first or last value of `from` when it stands before or behind that of `into`.
void aggregates::merge_kept(std::uint64_t* into, const std::uint64_t* from, bool last) {
  if (kept_type(from) == value_type::missing) return;
  event_facts facts;
  facts.time_ms = static_cast<std::int64_t>(from[0]);
  facts.sequence = from[1];
  facts.index = static_cast<std::uint32_t>(from[2]);
  if (!replaces(into, facts, last)) return;
  const auto text = kept_type(from) == value_type::text;
  auto* copy = text ? text_block::make(text_block::at(from[3])->view()) : nullptr;
  if (kept_type(into) == value_type::text) text_block::destroy(text_block::at(into[3]));
  std::copy_n(from, 4, into);
  if (text) into[3] = copy->word();
}

} // namespace sluice
