// Drift of what came lately.
#include <doctest/doctest.h>

#include "actors/predict/drift_window.hpp"
#include "actors/predict/model_facts.hpp"
#include "model_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

predictor model() {
  auto b = python_bundle("number.ubj", {});
  for (auto& f : b.features) f.seen = distribution::of_numbers({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  auto made = predictor::make(b, "test");
  REQUIRE_MESSAGE(made, (made ? "" : made.error().text));
  return std::move(*made);
}

void add(drift_window& to, const predictor& from, std::size_t rows, double temperature) {
  for (std::size_t i = 0; i < rows; ++i) {
    const double usual = 1 + static_cast<double>(i % 10);
    const feature_value row[] = {feature_value::of(temperature == 0 ? usual : temperature),
                                 feature_value::of(usual), feature_value::of(usual)};
    to.add(row, from);
  }
}

} // namespace

TEST_CASE("rows like those of the training have no drift, a feature that moved has") {
  const auto m = model();
  const auto facts = facts_of(m.about(), "00");
  drift_window all;
  CHECK(all.rows() == 0);
  add(all, m, 1000, 0);
  auto figures = all.against(facts);
  REQUIRE(figures.size() == 3);
  for (const auto figure : figures) CHECK(figure < 0.01);
  add(all, m, 1000, 100);
  figures = all.against(facts);
  CHECK(figures[0] > 0.25);
  CHECK(figures[1] < 0.01);
}

TEST_CASE("what came long ago is forgotten, and the windows of shards add up") {
  const auto m = model();
  const auto facts = facts_of(m.about(), "00");
  drift_window all, other;
  add(all, m, 1000, 100);
  add(all, m, 2 * drift_window::half, 0);
  CHECK(all.rows() == drift_window::half + 1000);
  CHECK(all.against(facts)[0] < 0.01);
  add(other, m, 5000, 100);
  all += other;
  CHECK(all.rows() == drift_window::half + 6000);
  CHECK(all.against(facts)[0] > 0.25);
}
