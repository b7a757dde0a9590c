#include "actors/learn/split.hpp"

#include <algorithm>
#include <numeric>

#include <doctest/doctest.h>

using namespace sluice;

namespace {

row_list first(std::size_t n) {
  row_list all(n);
  std::iota(all.begin(), all.end(), std::size_t(0));
  return all;
}

row_list both(const row_parts& p) {
  auto all = p.learn;
  all.insert(all.end(), p.judge.begin(), p.judge.end());
  std::sort(all.begin(), all.end());
  return all;
}

} // namespace

TEST_CASE("an order is that of its seed, and holds every row once") {
  const auto rows = first(100);
  CHECK(shuffled(rows, 1) == shuffled(rows, 1));
  CHECK(shuffled(rows, 1) != shuffled(rows, 2));
  CHECK(shuffled(first(5), 1) == row_list{2, 3, 1, 4, 0}); // on every machine
  auto back = shuffled(rows, 1);
  std::sort(back.begin(), back.end());
  CHECK(back == rows);
  CHECK(shuffled({}, 1).empty());
}

TEST_CASE("a share of the rows judges, the others are learned from, all in their order") {
  const auto parts = split(first(10), 0.3, nullptr, 7);
  CHECK(parts.judge.size() == 3);
  CHECK(both(parts) == first(10));
  CHECK(std::is_sorted(parts.learn.begin(), parts.learn.end()));
  CHECK(split(first(10), 0, nullptr, 7).judge.empty());
  CHECK(split(first(1), 0.5, nullptr, 7).learn == first(1));
  CHECK(split(first(2), 0.01, nullptr, 7).judge.size() == 1);
  CHECK(split(first(2), 0.9, nullptr, 7).learn.size() == 1);
}

TEST_CASE("by time the latest rows judge, wherever they stand") {
  const std::vector<std::int64_t> times{50, 10, 40, 20, 30};
  const auto parts = split(first(5), 0.4, &times, 7);
  CHECK(parts.judge == row_list{0, 2});
  CHECK(parts.learn == row_list{1, 3, 4});
}

TEST_CASE("in a cross-validation each row judges once, and each class is spread over the parts") {
  std::vector<double> classes(50, 0);
  for (std::size_t i = 0; i < 10; ++i) classes[i * 5] = 1;
  const auto all = folds(first(50), 5, classes, nullptr, 3);
  REQUIRE(all.size() == 5);
  row_list judged;
  for (const auto& part : all) {
    CHECK(both(part) == first(50));
    CHECK(part.judge.size() == 10);
    CHECK(std::count_if(part.judge.begin(), part.judge.end(), [&](auto r) { return classes[r] == 1; }) == 2);
    judged.insert(judged.end(), part.judge.begin(), part.judge.end());
  }
  std::sort(judged.begin(), judged.end());
  CHECK(judged == first(50));
}

TEST_CASE("by time each part is judged by what comes before it") {
  const std::vector<std::int64_t> times{5, 4, 3, 2, 1, 0};
  const auto all = folds(first(6), 2, {}, &times, 3);
  REQUIRE(all.size() == 2);
  CHECK(all[0].learn == row_list{5, 4});
  CHECK(all[0].judge == row_list{3, 2});
  CHECK(all[1].learn == row_list{5, 4, 3, 2});
  CHECK(all[1].judge == row_list{1, 0});
}
