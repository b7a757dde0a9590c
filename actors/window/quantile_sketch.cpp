#include "actors/window/quantile_sketch.hpp"

#include <algorithm>
#include <cmath>

#include "actors/store/bytes.hpp"
#include "actors/window/quantile_bins.hpp"
#include "actors/window/room_for.hpp"

namespace sluice {

using quantile_bins::bin_of;
using quantile_bins::coarser;

namespace {

constexpr unsigned coarsest = 16; // one bin for all positive numbers

// Bins that became equal are made one.
template <class Bins> void join_equal(Bins& bins) noexcept {
  std::size_t kept = 0;
  for (std::size_t i = 1; i < bins.size(); ++i)
    if (bins[i].number == bins[kept].number)
      bins[kept].count += bins[i].count;
    else
      bins[++kept] = bins[i];
  if (!bins.empty()) bins.resize(kept + 1);
}

} // namespace

void quantile_sketch::make_room() {
  if (!exact())
    room_for(bins_);
  else if (values_.size() < exact_values)
    room_for(values_);
  else
    bins_.reserve(exact_values + 1);
}

void quantile_sketch::add(const event_value& v, const event_facts&) noexcept {
  const double x = v.type == value_type::integer ? static_cast<double>(v.value.integer()) : v.value.number();
  add_number(x == 0 ? 0.0 : x); // no minus zero: equal values are equal bytes
}

void quantile_sketch::add_number(double x) noexcept {
  if (exact()) {
    if (values_.size() < exact_values) {
      values_.insert(std::upper_bound(values_.begin(), values_.end(), x), x);
      return;
    }
    use_bins();
  }
  least_ = std::min(least_, x), greatest_ = std::max(greatest_, x);
  ++count_;
  const auto number = coarser(bin_of(x), coarseness_);
  const auto at = std::lower_bound(bins_.begin(), bins_.end(), number,
                                   [](const bin& b, std::int32_t n) { return b.number < n; });
  if (at != bins_.end() && at->number == number) {
    ++at->count;
    return;
  }
  bins_.insert(at, bin{number, 1});
  bound();
}

// Puts the values into bins, for which there is room.
void quantile_sketch::use_bins() noexcept {
  least_ = values_.front(), greatest_ = values_.back();
  count_ = values_.size();
  for (const double x : values_) bins_.push_back({bin_of(x), 1});
  join_equal(bins_);
  std::vector<double>().swap(values_);
}

void quantile_sketch::coarsen(unsigned coarseness) noexcept {
  if (coarseness <= coarseness_) return;
  for (auto& b : bins_) b.number = coarser(b.number, coarseness - coarseness_);
  join_equal(bins_);
  coarseness_ = coarseness;
}

void quantile_sketch::bound() noexcept {
  while (bins_.size() > most_bins) coarsen(coarseness_ + 1);
}

void quantile_sketch::merge(const heap_statistic& other) {
  const auto& from = static_cast<const quantile_sketch&>(other);
  if (from.exact() && from.values_.empty()) return;
  if (from.exact() && exact() && values_.size() + from.values_.size() <= exact_values) {
    const auto middle = static_cast<std::ptrdiff_t>(values_.size());
    values_.insert(values_.end(), from.values_.begin(), from.values_.end());
    std::inplace_merge(values_.begin(), values_.begin() + middle, values_.end());
    return;
  }
  if (exact() && !values_.empty()) {
    bins_.reserve(values_.size());
    use_bins();
  }
  auto copy = from;
  if (copy.exact()) {
    copy.bins_.reserve(copy.values_.size());
    copy.use_bins();
  }
  coarsen(copy.coarseness_);
  copy.coarsen(coarseness_);
  least_ = count_ == 0 ? copy.least_ : std::min(least_, copy.least_);
  greatest_ = count_ == 0 ? copy.greatest_ : std::max(greatest_, copy.greatest_);
  count_ += copy.count_;
  std::vector<bin> both(bins_.size() + copy.bins_.size());
  std::merge(bins_.begin(), bins_.end(), copy.bins_.begin(), copy.bins_.end(), both.begin(),
             [](const bin& a, const bin& b) { return a.number < b.number; });
  join_equal(both);
  bins_ = std::move(both);
  bound();
}

double quantile_sketch::quantile(double q) const noexcept {
  const auto n = exact() ? values_.size() : count_;
  double rank = q * static_cast<double>(n - 1);
  // 0.07 * 100 is a little more than 7
  if (const double whole = std::round(rank); std::abs(rank - whole) <= 4e-16 * rank) rank = whole;
  const auto below = std::min(static_cast<std::uint64_t>(rank), static_cast<std::uint64_t>(n - 1));
  const double part = rank - static_cast<double>(below);
  const double a = at_rank(below);
  if (part <= 0) return a;
  const double b = at_rank(below + 1);
  return a == b ? a : std::clamp(a * (1 - part) + b * part, a, b);
}

double quantile_sketch::at_rank(std::uint64_t rank) const noexcept {
  if (exact()) return values_[rank];
  if (rank == 0) return least_;
  if (rank + 1 >= count_) return greatest_;
  for (const auto& b : bins_) {
    if (rank < b.count) return std::clamp(quantile_bins::value_of(b.number, coarseness_), least_, greatest_);
    rank -= b.count;
  }
  return greatest_;
}

double quantile_sketch::relative_error() const noexcept {
  return exact() ? 0 : std::tanh(std::ldexp(0.01, static_cast<int>(coarseness_)));
}

// u8 0, values; or u8 1, u8 coarseness, least, greatest, per bin i32 number and u64 count.
void quantile_sketch::save(std::string& out) const {
  byte_writer to(out);
  to.number(static_cast<std::uint8_t>(!exact()));
  for (const double x : values_) to.number(x);
  if (exact()) return;
  to.number(static_cast<std::uint8_t>(coarseness_)).number(least_).number(greatest_);
  for (const auto& b : bins_) to.number(b.number).number(b.count);
}

bool quantile_sketch::restore(std::string_view bytes) {
  byte_reader in(bytes);
  const auto form = in.number<std::uint8_t>();
  if (!in.ok() || form > 1) return false;
  if (form == 0) {
    const auto n = (bytes.size() - 1) / 8;
    if ((bytes.size() - 1) % 8 != 0 || n == 0 || n > exact_values) return false;
    values_.reserve(n);
    for (std::size_t i = 0; i < n; ++i) values_.push_back(in.number<double>());
    return std::all_of(values_.begin(), values_.end(), [](double x) { return std::isfinite(x); }) &&
           std::is_sorted(values_.begin(), values_.end());
  }
  constexpr std::size_t head = 18, each = 12;
  coarseness_ = in.number<std::uint8_t>();
  least_ = in.number<double>(), greatest_ = in.number<double>();
  if (!in.ok() || bytes.size() == head || (bytes.size() - head) % each != 0 || coarseness_ > coarsest ||
      !std::isfinite(least_) || !std::isfinite(greatest_) || least_ > greatest_)
    return false;
  const auto n = (bytes.size() - head) / each;
  if (n > most_bins) return false;
  bins_.reserve(n);
  const auto highest = coarser(quantile_bins::highest, coarseness_);
  for (std::size_t i = 0; i < n; ++i) {
    const auto number = in.number<std::int32_t>();
    const auto count = in.number<std::uint64_t>();
    if (count == 0 || count > 1ull << 62 || number < -highest || number > highest ||
        (i > 0 && number <= bins_.back().number))
      return false;
    bins_.push_back({number, count});
    count_ += count;
  }
  return true;
}

} // namespace sluice
