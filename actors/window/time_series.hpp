// The values of a field in the order of event time, for what depends on that order: delta and rate of a
// counter, the time-weighted mean.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "actors/window/heap_statistic.hpp"

namespace sluice {

// The order is that of first and last: event time, then journal sequence, then place within the message.
class time_series final : public heap_statistic {
public:
  // Above so many values the last one of each cell of 1, 2, 4, .. ms is kept (cells begin at multiples of
  // their size since 1970), the smallest size that leaves no more than this; the first value of all is kept
  // too. 32 KiB.
  static constexpr std::size_t most_values = 1024;

  // By how much a counter rose: the sum of the differences between neighbours. A value below its predecessor
  // means that the counter began again at zero, and counts whole (as Prometheus has it). Absent below two
  // values. Exact for integers, as a compensated sum of doubles otherwise.
  struct rise {
    bool whole; // `integer` holds it
    std::int64_t integer;
    double number;
  };
  std::optional<rise> delta() const noexcept;
  // delta per second of the time between the first and the last value; absent when that is zero.
  std::optional<double> rate() const noexcept;
  // The mean over the time from the first value to `end_ms`, each value holding until the next one. The last
  // value where that time is zero.
  double time_weighted_mean(std::int64_t end_ms) const noexcept;

  void make_room() override;
  void add(const event_value& v, const event_facts& event) noexcept override;
  void merge(const heap_statistic& from) override;
  void save(std::string& out) const override;
  bool restore(std::string_view bytes) override;

private:
  struct value {
    std::int64_t time;
    std::uint64_t sequence;
    std::uint64_t bits;
    std::uint32_t index;
    std::uint32_t whole; // bits hold an int64
    double number() const noexcept;
    bool before(const value& other) const noexcept;
  };
  void insert(const value& v) noexcept;
  void thin(unsigned level) noexcept;
  void join_cells() noexcept;
  void bound() noexcept;
  std::int64_t cell(std::int64_t time) const noexcept { return time >> (level_ - 1); }
  // Calls each(value) in order.
  template <class F> void walk(F&& each) const;

  std::vector<value> values_; // in order
  value first_{};             // of all; values_ is not empty
  unsigned level_ = 0;        // 0 = all values, else one for each cell of 2^(level - 1) ms
};

} // namespace sluice
