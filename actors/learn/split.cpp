#include "actors/learn/split.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace sluice {

namespace {

row_list in_time(row_list rows, const std::vector<std::int64_t>& times) {
  std::stable_sort(rows.begin(), rows.end(), [&](auto a, auto b) { return times[a] < times[b]; });
  return rows;
}

// Divides `rows`: those whose place in `order` is in [from, to) judge.
row_parts divide(const row_list& rows, const row_list& order, std::size_t from, std::size_t to) {
  row_list chosen(order.begin() + static_cast<std::ptrdiff_t>(from),
                  order.begin() + static_cast<std::ptrdiff_t>(to));
  std::sort(chosen.begin(), chosen.end());
  row_parts made;
  for (const auto row : rows)
    (std::binary_search(chosen.begin(), chosen.end(), row) ? made.judge : made.learn).push_back(row);
  return made;
}

} // namespace

row_list shuffled(row_list rows, std::uint64_t seed) {
  // Not std::shuffle: what it does with the generator is left to the library (Fisher and Yates; Lemire 2019).
  std::mt19937_64 random(seed);
  for (auto i = rows.size(); i > 1; --i) {
    const auto pick = static_cast<std::size_t>(static_cast<unsigned __int128>(random()) * i >> 64);
    std::swap(rows[i - 1], rows[pick]);
  }
  return rows;
}

row_parts split(const row_list& rows, double share, const std::vector<std::int64_t>* times,
                std::uint64_t seed) {
  if (rows.size() < 2 || share <= 0) return {rows, {}};
  const auto order = times != nullptr ? in_time(rows, *times) : shuffled(rows, seed);
  const auto wanted = std::llround(share * static_cast<double>(rows.size()));
  const auto judges = std::clamp<std::size_t>(static_cast<std::size_t>(wanted), 1, rows.size() - 1);
  return divide(rows, order, rows.size() - judges, rows.size());
}

std::vector<row_parts> folds(const row_list& rows, std::size_t count, const std::vector<double>& classes,
                             const std::vector<std::int64_t>* times, std::uint64_t seed) {
  std::vector<row_parts> all;
  if (times != nullptr) {
    const auto order = in_time(rows, *times);
    for (std::size_t i = 1; i <= count; ++i) {
      const auto from = rows.size() * i / (count + 1), to = rows.size() * (i + 1) / (count + 1);
      all.push_back({row_list(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(from)),
                     row_list(order.begin() + static_cast<std::ptrdiff_t>(from),
                              order.begin() + static_cast<std::ptrdiff_t>(to))});
    }
    return all;
  }
  auto order = shuffled(rows, seed);
  if (!classes.empty())
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return classes[a] < classes[b]; });
  // Every count-th row of this order: each class is in every part as often as in all.
  row_list dealt;
  std::vector<std::size_t> ends{0};
  for (std::size_t i = 0; i < count; ++i) {
    for (auto k = i; k < order.size(); k += count) dealt.push_back(order[k]);
    ends.push_back(dealt.size());
  }
  for (std::size_t i = 0; i < count; ++i) all.push_back(divide(rows, dealt, ends[i], ends[i + 1]));
  return all;
}

} // namespace sluice
