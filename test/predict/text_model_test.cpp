#include "actors/predict/text_model.hpp"

#include <numeric>

#include <doctest/doctest.h>

#include "model_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

struct trained {
  std::vector<std::string> lines;
  std::vector<unsigned> labels;

  trained() {
    for (int i = 0; i < 30; ++i) {
      lines.push_back(i % 2 == 0 ? "late delivery parcel " : "wrong invoice amount ");
      labels.push_back(i % 2);
    }
  }
  outcome<text_model> model(unsigned seed, std::size_t classes = 2) const {
    text_training how;
    how.seed = seed;
    how.dimensions = 8;
    how.buckets = 100;
    return text_model::train(lines, labels, classes, how, {});
  }
};

} // namespace

TEST_CASE("texts get the probability of each class; one that was never seen has none") {
  const trained t;
  const auto m = t.model(1, 3);
  REQUIRE_MESSAGE(m.has_value(), m.error().text);
  std::vector<float> p;
  REQUIRE(m->predict("parcel late ", p));
  REQUIRE(m->predict("invoice ", p));
  REQUIRE(p.size() == 6);
  CHECK(p[0] > 0.9f);
  CHECK(p[4] > 0.9f);
  CHECK(p[2] == 0);
  CHECK(std::accumulate(p.begin(), p.begin() + 3, 0.f) == doctest::Approx(1));
}

TEST_CASE("equal seeds give equal bytes, and what is loaded predicts the same") {
  const trained t;
  const auto a = t.model(1), b = t.model(1), c = t.model(2);
  CHECK(a->save() == b->save());
  CHECK(a->save() != c->save());
  const auto again = text_model::load(a->save(), 2);
  REQUIRE(again);
  std::vector<float> p, q;
  REQUIRE(a->predict("late parcel amount ", p));
  REQUIRE(again->predict("late parcel amount ", q));
  CHECK(p == q);
}

TEST_CASE("bytes that are no text model are refused") {
  const trained t;
  const auto good = t.model(1)->save();
  for (const auto& bytes :
       {std::string(), std::string("text"), good.substr(0, 40), good.substr(0, good.size() / 2)}) {
    CAPTURE(bytes.size());
    const auto m = text_model::load(bytes, 2);
    REQUIRE(!m);
    CHECK(m.error().code == ec::corrupt);
  }
}

TEST_CASE("texts without a single word cannot be learned from") {
  trained t;
  t.lines.clear();
  t.labels.clear();
  const auto m = t.model(1);
  REQUIRE(!m);
  CHECK(m.error().code == ec::invalid);
  CHECK(m.error().text.find("the text model cannot be trained: ") == 0);
}
