// What the hand-written loops of the benchmarks compute and print: mean, min, max and standard deviation.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string_view>

struct statistics {
  double mean = 0, m2 = 0, min = INFINITY, max = -INFINITY;
  void add(double x, double n) { // the n-th value, from 1
    const double d = x - mean;
    mean += d / n;
    m2 += d * (x - mean);
    min = std::min(min, x), max = std::max(max, x);
  }
  void merge(const statistics& s, double n, double m) { // m > 0 values to n
    const double d = s.mean - mean;
    mean += d * m / (n + m);
    m2 += s.m2 + d * d * n * m / (n + m);
    min = std::min(min, s.min), max = std::max(max, s.max);
  }
};

inline char* put(char* to, std::string_view text) {
  return std::copy(text.begin(), text.end(), to);
}
inline char* put(char* to, const statistics& s, double n, const std::string_view (&keys)[4]) {
  const double values[4] = {s.mean, s.min, s.max, std::sqrt(s.m2 / n)};
  for (std::size_t i = 0; i < 4; ++i) to = std::to_chars(put(to, keys[i]), to + 99, values[i]).ptr;
  return to;
}
