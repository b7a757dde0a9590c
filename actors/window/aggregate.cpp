#include "actors/window/aggregate.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "actors/window/aggregate_words.hpp"

namespace sluice {

aggregates::aggregates(const std::vector<aggregate_spec>& specs) {
  for (const auto& s : specs) {
    output o;
    o.kind = s.kind;
    o.quantile = s.quantile;
    text_buffer key;
    key += ',';
    append_text(key, s.output);
    key += ':';
    o.key = key.view();
    if (s.field != "*") {
      auto at = std::find(names_.begin(), names_.end(), s.field);
      o.field = static_cast<int>(at - names_.begin());
      if (at == names_.end()) names_.push_back(s.field), fields_.emplace_back();
    }
    outputs_.push_back(std::move(o));
  }
  lay_out();
  for (const auto& f : fields_)
    for (const auto where : {f.first, f.last})
      if (where != absent) text_places_.push_back(where);
  uses_heap_ = !text_places_.empty() || !heap_places_.empty();
  prepared_.resize(2 * fields_.size());
  made_.resize(heap_places_.size());
}

void aggregates::take_words(std::uint16_t& where, std::size_t words) {
  if (where != absent) return;
  where = static_cast<std::uint16_t>(words_);
  words_ += words;
}

// Gives each output its words; outputs of a field share what they have in common.
void aggregates::lay_out() {
  for (auto& o : outputs_) {
    if (o.field < 0) {
      if (o.kind == aggregate_kind::set_hash)
        take_words(star_hash_, 2);
      else
        take_words(star_count_, 1);
      continue;
    }
    auto& f = fields_[static_cast<std::size_t>(o.field)];
    take_words(f.count, 1);
    f.needs_number |= needs_number(o.kind);
    const auto what = content_of(o.kind);
    if (what == content::none) {
      lay_out_number(f, o.kind);
      continue;
    }
    const auto field = static_cast<std::uint16_t>(o.field);
    const auto shared = std::find_if(heap_places_.begin(), heap_places_.end(),
                                     [&](const heap_place& p) { return p.field == field && p.what == what; });
    if (shared != heap_places_.end()) {
      o.word = shared->word;
    } else {
      take_words(o.word, 1);
      heap_places_.push_back({o.word, field, what});
    }
  }
}

void aggregates::lay_out_number(field_layout& f, aggregate_kind kind) {
  switch (kind) {
  case aggregate_kind::sum:
    return take_words(f.sum, 2);
  case aggregate_kind::min:
    return take_words(f.min, 1);
  case aggregate_kind::max:
    return take_words(f.max, 1);
  case aggregate_kind::first:
    return take_words(f.first, 4);
  case aggregate_kind::last:
    return take_words(f.last, 4);
  case aggregate_kind::count:
  case aggregate_kind::set_hash:
    return;
  default:
    return take_words(f.moments, 2);
  }
}

aggregates::~aggregates() {
  for (auto* t : prepared_) text_block::destroy(t);
}

[[gnu::always_inline]] inline void aggregates::add_number(const field_layout& f, std::uint64_t* window,
                                                          const event_value& v,
                                                          std::uint64_t count) noexcept {
  const bool whole = v.type == value_type::integer;
  const double x = whole ? static_cast<double>(v.value.integer()) : v.value.number();
  auto& head = window[f.count];
  if (f.moments != absent) {
    const double rest = whole && std::abs(x) > 0x1p53 && x < 0x1p63
                            ? static_cast<double>(v.value.integer() - static_cast<std::int64_t>(x))
                            : 0.0;
    moments::add(head, window[f.moments], window[f.moments + 1], count, x, rest);
  }
  if (f.sum != absent) {
    double sum = std::bit_cast<double>(window[f.sum]), rest = std::bit_cast<double>(window[f.sum + 1]);
    rest += add_compensated(sum, x);
    window[f.sum] = std::bit_cast<std::uint64_t>(sum);
    window[f.sum + 1] = std::bit_cast<std::uint64_t>(rest);
  }
  if (!whole && (head & (min_is_integer | max_is_integer)) == 0) { // doubles only: the usual case
    if (f.min != absent && (count == 1 || x < std::bit_cast<double>(window[f.min])))
      window[f.min] = v.value.bits;
    if (f.max != absent && (count == 1 || x > std::bit_cast<double>(window[f.max])))
      window[f.max] = v.value.bits;
    return;
  }
  if (f.min != absent) mixed_extreme(window[f.min], head, min_is_integer, v, count, true);
  if (f.max != absent) mixed_extreme(window[f.max], head, max_is_integer, v, count, false);
}

void aggregates::add(std::uint64_t* window, std::span<const event_value> values,
                     const event_facts& event) noexcept {
  if (star_count_ != absent) ++window[star_count_];
  if (star_hash_ != absent && event.has_sequence)
    hasher_.add(window[star_hash_], window[star_hash_ + 1], event.device, event.device_seq);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& v = values[i];
    const auto& f = fields_[i];
    if (v.type == value_type::missing) continue;
    const auto count = (++window[f.count]) & count_mask;
    if (f.needs_number) add_number(f, window, v, count);
    if (f.first != absent) keep(window + f.first, v, event, false, prepared_[2 * i]);
    if (f.last != absent) keep(window + f.last, v, event, true, prepared_[2 * i + 1]);
  }
  if (!heap_places_.empty()) [[unlikely]]
    add_to_statistics(window, values, event);
}

bool aggregates::replaces(const std::uint64_t* place, const event_facts& event, bool last) noexcept {
  if (place == nullptr || kept_type(place) == value_type::missing) return true;
  const auto time = static_cast<std::int64_t>(place[0]);
  if (event.time_ms != time) return (event.time_ms > time) == last;
  if (event.sequence != place[1]) return (event.sequence > place[1]) == last;
  const auto index = static_cast<std::uint32_t>(place[2]);
  return event.index != index && (event.index > index) == last;
}

void aggregates::keep(std::uint64_t* place, const event_value& v, const event_facts& event, bool last,
                      text_block*& text) noexcept {
  if (!replaces(place, event, last)) return;
  if (kept_type(place) == value_type::text) text_block::destroy(text_block::at(place[3]));
  place[0] = static_cast<std::uint64_t>(event.time_ms);
  place[1] = event.sequence;
  place[2] = static_cast<std::uint64_t>(v.type) << 32 | event.index;
  place[3] = v.type == value_type::text ? std::exchange(text, nullptr)->word() : v.value.bits;
}

void aggregates::prepare(const std::uint64_t* window, std::span<const event_value> values,
                         const event_facts& event) {
  if (!heap_places_.empty()) prepare_statistics(window, values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].type != value_type::text) continue;
    const auto& f = fields_[i];
    for (const bool last : {false, true}) {
      const auto where = last ? f.last : f.first;
      if (where == absent || !replaces(window ? window + where : nullptr, event, last)) continue;
      auto& text = prepared_[2 * i + last];
      text_block::destroy(std::exchange(text, nullptr)); // left by an event that was not added after all
      text = text_block::make(values[i].text);
    }
  }
}

} // namespace sluice
