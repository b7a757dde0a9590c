#include "actors/predict/booster.hpp"

#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace sluice;

namespace {

labelled made(std::size_t columns) {
  labelled out;
  out.rows.columns = columns;
  for (std::size_t i = 0; i < 64; ++i) {
    for (std::size_t k = 0; k < columns; ++k)
      out.rows.values.push_back(static_cast<float>((i * 7 + k * 13) % 32));
    out.labels.push_back(i * 7 % 32 > 15 ? 1 : 0);
  }
  return out;
}

booster trained(const labelled& rows) {
  auto model =
      booster::train(rows, {}, {{{"objective", "binary:logistic"}, {"nthread", "1"}, {"seed", "1"}}, 5}, {});
  REQUIRE_MESSAGE(model.has_value(), model.error().text);
  return std::move(model->model);
}

} // namespace

TEST_CASE("models asked in turn by one thread give what they give one that never asked before") {
  const auto narrow_rows = made(2), wide_rows = made(5);
  const auto narrow = trained(narrow_rows), wide = trained(wide_rows);
  const auto ask = [](const booster& model, const labelled& from, std::size_t count) {
    std::vector<float> out;
    const auto done = model.predict(from.rows.values.data(), count, out);
    return done ? out : std::vector<float>{};
  };
  for (const auto count : {std::size_t(64), std::size_t(1), std::size_t(33)})
    for (const auto& [model, rows] : {std::pair(&narrow, &narrow_rows), std::pair(&wide, &wide_rows)}) {
      std::vector<float> fresh;
      std::thread([&fresh, &ask, count, model = model, rows = rows] {
        fresh = ask(*model, *rows, count);
      }).join();
      REQUIRE(fresh.size() == count);
      CHECK(ask(*model, *rows, count) == fresh);
    }
}
