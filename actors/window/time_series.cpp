#include "actors/window/time_series.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <tuple>

#include "actors/store/bytes.hpp"
#include "actors/window/aggregate_words.hpp"
#include "actors/window/room_for.hpp"

namespace sluice {

namespace {

constexpr unsigned coarsest = 64; // cells of 2^63 ms: one before 1970, one behind

} // namespace

double time_series::value::number() const noexcept {
  return whole != 0 ? static_cast<double>(static_cast<std::int64_t>(bits)) : std::bit_cast<double>(bits);
}

bool time_series::value::before(const value& other) const noexcept {
  return std::tie(time, sequence, index) < std::tie(other.time, other.sequence, other.index);
}

void time_series::make_room() {
  room_for(values_);
}

void time_series::add(const event_value& v, const event_facts& event) noexcept {
  insert({event.time_ms, event.sequence, v.value.bits, event.index, v.type == value_type::integer});
}

void time_series::insert(const value& v) noexcept {
  if (values_.empty() || v.before(first_)) first_ = v;
  auto at = values_.end(); // the usual place
  if (level_ == 0) {
    if (!values_.empty() && v.before(values_.back()))
      at = std::upper_bound(values_.begin(), values_.end(), v,
                            [](const value& a, const value& b) { return a.before(b); });
  } else {
    at = std::lower_bound(values_.begin(), values_.end(), cell(v.time),
                          [this](const value& a, std::int64_t c) { return cell(a.time) < c; });
    if (at != values_.end() && cell(at->time) == cell(v.time)) {
      if (at->before(v)) *at = v;
      return;
    }
  }
  values_.insert(at, v);
  bound();
}

void time_series::thin(unsigned level) noexcept {
  if (level <= level_) return;
  level_ = level;
  join_cells();
}

// Keeps the last value of each cell.
void time_series::join_cells() noexcept {
  std::size_t kept = 0;
  for (std::size_t i = 1; i < values_.size(); ++i) {
    if (cell(values_[i].time) != cell(values_[kept].time)) ++kept;
    values_[kept] = values_[i];
  }
  if (!values_.empty()) values_.resize(kept + 1);
}

void time_series::bound() noexcept {
  while (values_.size() > most_values) thin(level_ + 1);
}

void time_series::merge(const heap_statistic& other) {
  auto from = static_cast<const time_series&>(other);
  if (from.values_.empty()) return;
  if (values_.empty() || from.first_.before(first_)) first_ = from.first_;
  thin(from.level_);
  from.thin(level_);
  std::vector<value> both(values_.size() + from.values_.size());
  std::merge(values_.begin(), values_.end(), from.values_.begin(), from.values_.end(), both.begin(),
             [](const value& a, const value& b) { return a.before(b); });
  values_ = std::move(both);
  if (level_ > 0) join_cells(); // one cell may be in both
  bound();
}

template <class F> void time_series::walk(F&& each) const {
  if (first_.before(values_.front())) each(first_);
  for (const auto& v : values_) each(v);
}

std::optional<time_series::rise> time_series::delta() const noexcept {
  const value* last = nullptr;
  bool whole = true, several = false;
  __int128 integer = 0;
  double sum = 0, rest = 0;
  walk([&](const value& v) {
    whole &= v.whole != 0;
    if (last != nullptr) {
      several = true;
      const auto from = last->number(), to = v.number();
      rest += add_compensated(sum, to < from ? to : to - from);
      if (whole) {
        const auto a = static_cast<std::int64_t>(last->bits), b = static_cast<std::int64_t>(v.bits);
        integer += b < a ? b : static_cast<__int128>(b) - a;
      }
    }
    last = &v;
  });
  if (!several) return std::nullopt;
  const auto fits = integer >= std::numeric_limits<std::int64_t>::min() &&
                    integer <= std::numeric_limits<std::int64_t>::max();
  const double number = whole ? static_cast<double>(integer) : std::isfinite(sum) ? sum + rest : sum;
  return rise{whole && fits, whole && fits ? static_cast<std::int64_t>(integer) : 0, number};
}

std::optional<double> time_series::rate() const noexcept {
  const auto rose = delta();
  const auto span = static_cast<double>(values_.back().time) - static_cast<double>(first_.time);
  if (!rose || span <= 0) return std::nullopt;
  return rose->number / (span / 1000);
}

double time_series::time_weighted_mean(std::int64_t end_ms) const noexcept {
  end_ms = std::max(end_ms, values_.back().time);
  const auto all = static_cast<double>(end_ms) - static_cast<double>(first_.time);
  if (!(all > 0)) return values_.back().number();
  const value* last = nullptr;
  double sum = 0, rest = 0;
  const auto hold = [&](std::int64_t until) {
    const auto held = static_cast<double>(until) - static_cast<double>(last->time);
    rest += add_compensated(sum, last->number() * (held / all));
  };
  walk([&](const value& v) {
    if (last != nullptr) hold(v.time);
    last = &v;
  });
  hold(end_ms);
  return sum + rest;
}

// u8 level, the first value, the others; a value as i64 time, u64 sequence, u32 index, u32 whole, u64 bits.
void time_series::save(std::string& out) const {
  byte_writer to(out);
  const auto put = [&](const value& v) {
    to.number(v.time).number(v.sequence).number(v.index).number(v.whole).number(v.bits);
  };
  to.number(static_cast<std::uint8_t>(level_));
  put(first_);
  for (const auto& v : values_) put(v);
}

bool time_series::restore(std::string_view bytes) {
  constexpr std::size_t each = 32;
  byte_reader in(bytes);
  const auto level = in.number<std::uint8_t>();
  const auto n = bytes.size() / each;
  if (!in.ok() || level > coarsest || bytes.size() % each != 1 || n < 2 || n - 1 > most_values) return false;
  level_ = level;
  values_.reserve(n - 1);
  bool ok = true;
  for (std::size_t i = 0; i < n; ++i) {
    value v{};
    v.time = in.number<std::int64_t>();
    v.sequence = in.number<std::uint64_t>();
    v.index = in.number<std::uint32_t>();
    v.whole = in.number<std::uint32_t>();
    v.bits = in.number<std::uint64_t>();
    ok &= v.whole <= 1 && std::isfinite(v.number());
    if (i == 0) {
      first_ = v;
      continue;
    }
    if (!values_.empty())
      ok &= level_ == 0 ? values_.back().before(v) : cell(values_.back().time) < cell(v.time);
    values_.push_back(v);
  }
  return ok && !values_.front().before(first_);
}

} // namespace sluice
