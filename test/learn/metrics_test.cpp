// The wanted figures are those of scikit-learn 1.9 for the same rows.
#include "actors/learn/metrics.hpp"

#include <cmath>

#include <doctest/doctest.h>

#include "actors/learn/metrics_json.hpp"

using namespace sluice;
using doctest::Approx;

TEST_CASE("errors of numbers") {
  const auto m = judge_numbers({2.5, 0.0, 2, 8}, {3, -0.5, 2, 7});
  CHECK(m.rows == 4);
  CHECK(m.mse == Approx(0.375));
  CHECK(m.rmse == Approx(0.6123724356957945));
  CHECK(m.mae == Approx(0.5));
  CHECK(m.r2 == Approx(0.9486081370449679));
  CHECK(std::isnan(judge_numbers({1, 2}, {3, 3}).r2));
  CHECK(std::isnan(judge_numbers({}, {}).mse));
}

TEST_CASE("errors of two classes") {
  const auto m = judge_classes({0.9f, 0.1f, 0.6f, 0.4f, 0.65f, 0.35f, 0.2f, 0.8f}, {0, 0, 1, 1}, 2);
  CHECK(m.accuracy == 0.75);
  CHECK(m.log_loss == Approx(0.4722879));
  CHECK(m.auc == 0.75);
  CHECK(m.confusion == std::vector<std::vector<std::uint64_t>>{{2, 0}, {1, 1}});
  CHECK(m.classes[0].precision == Approx(2.0 / 3));
  CHECK(m.classes[0].recall == 1);
  CHECK(m.classes[1].precision == 1);
  CHECK(m.classes[1].recall == 0.5);
  CHECK(m.classes[1].f1 == Approx(2.0 / 3));
  CHECK(m.classes[1].rows == 2);
}

TEST_CASE("pairs with equal scores count half in the area under the curve") {
  CHECK(judge_classes({0.5f, 0.5f, 0.5f, 0.5f}, {0, 1}, 2).auc == 0.5);
  CHECK(judge_classes({0.5f, 0.5f, 0.5f, 0.5f, 0.2f, 0.8f}, {0, 1, 1}, 2).auc == 0.75);
  CHECK(std::isnan(judge_classes({0.5f, 0.5f}, {1}, 2).auc));
}

TEST_CASE("errors of three classes, one of which never occurs in the predictions") {
  const auto m = judge_classes({0.7f, 0.2f, 0.1f, 0.4f, 0.35f, 0.25f, 0.2f, 0.2f, 0.6f, 0.1f, 0.2f, 0.7f},
                               {0, 1, 2, 0}, 3);
  CHECK(m.accuracy == 0.5);
  CHECK(m.classes[1].precision == 0);
  CHECK(m.classes[1].recall == 0);
  CHECK(m.classes[1].f1 == 0);
  CHECK(m.auc == Approx((0.5 + 1.0 + 2.0 / 3) / 3));
}

TEST_CASE("folds are summed up by the figures that all of them have") {
  CHECK(mean_of({{{"a", 1}, {"b", 2}}, {{"a", 3}}}).dump() ==
        R"({"folds":2,"a":{"mean":2.0,"deviation":1.4142135623730951}})");
}

TEST_CASE("what is not defined is null, and folds are summed up without it") {
  const auto one = to_json(judge_numbers({1, 2}, {3, 3})), two = to_json(judge_numbers({1, 2}, {1, 3}));
  CHECK(one["r2"].is_null());
  CHECK(mean_of({one, two}).dump() ==
        R"({"folds":2,"mse":{"mean":1.5,"deviation":1.4142135623730951},"rmse":{"mean":1.1441228056353687,)"
        R"("deviation":0.6180339887498949},"mae":{"mean":1.0,"deviation":0.7071067811865476},)"
        R"("r2":{"mean":0.5,"deviation":null}})");
}
