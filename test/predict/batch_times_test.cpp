// Times of batches.
#include "actors/predict/batch_times.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using micros = batch_times::micros;

TEST_CASE("the mean of the first batches is theirs, and follows by less than a microsecond a batch too") {
  batch_times t;
  CHECK(t.mean().count() == 0);
  for (const double took : {10, 20, 60}) t.add(micros(took));
  CHECK(t.mean().count() == doctest::Approx(30));
  for (int i = 0; i < 10'000; ++i) t.add(micros(400));
  CHECK(t.mean().count() == doctest::Approx(400).epsilon(0.001));
  for (int i = 0; i < 10'000; ++i) t.add(micros(100));
  CHECK(t.mean().count() == doctest::Approx(100).epsilon(0.001));
}

TEST_CASE("the slowest batch is remembered for 512 batches at least, and for 1024 at most") {
  for (const int before : {0, 1, 511, 512, 1023, 1024, 5000}) {
    CAPTURE(before);
    batch_times t;
    for (int i = 0; i < before; ++i) t.add(micros(10));
    t.add(micros(900));
    for (int i = 0; i < 511; ++i) t.add(micros(10));
    CHECK(t.slowest().count() == 900);
    for (int i = 0; i < 513; ++i) t.add(micros(10));
    CHECK(t.slowest().count() == 10);
  }
}
