#include "actors/predict/predictor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "actors/predict/booster.hpp"
#include "actors/predict/text_model.hpp"
#include "actors/predict/tokens.hpp"

namespace sluice {

std::size_t add_words(std::span<const feature_value> row, const std::vector<std::string>& stop_words,
                      std::string& line) {
  std::size_t words = 0;
  for (const auto& v : row) {
    if (v.what == feature_value::kind::text) words += add_tokens(v.text, stop_words, line);
    if (v.what == feature_value::kind::number) words += add_tokens(number_text(v.number), stop_words, line);
  }
  return words;
}

struct predictor::impl {
  bundle about;
  std::string hash;
  std::optional<booster> numbers;
  std::optional<text_model> texts;

  // One number per feature; false = the row gets no prediction.
  bool encode(std::span<const feature_value> row, float* into) const {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto& f = about.features[i];
      auto value = f.raw(row[i]);
      if (std::isnan(value) && about.missing == missing_policy::refuse) return false;
      if (std::isnan(value) && about.missing == missing_policy::usual) value = f.usual;
      into[i] = f.scaled(value);
    }
    return true;
  }

  outcome<void> run(std::span<const feature_value> rows, std::size_t count, scores& into) const {
    const auto columns = about.features.size();
    if (texts) {
      std::string line;
      for (std::size_t i = 0; i < count; ++i) {
        line.clear();
        const auto words = add_words(rows.subspan(i * columns, columns), about.stop_words, line);
        if (words == 0 && about.missing == missing_policy::refuse) into.states[i] = scores::state::incomplete;
        if (auto done = texts->predict(line, into.outputs); !done) return done;
      }
      return {};
    }
    std::vector<float> encoded(count * columns, std::numeric_limits<float>::quiet_NaN());
    for (std::size_t i = 0; i < count; ++i)
      if (!encode(rows.subspan(i * columns, columns), encoded.data() + i * columns))
        into.states[i] = scores::state::incomplete;
    std::vector<float> found;
    if (auto done = numbers->predict(encoded.data(), count, found); !done) return done;
    if (numbers->objective() != "binary:logistic") {
      into.outputs = std::move(found);
      return {};
    }
    into.outputs.resize(2 * count);
    for (std::size_t i = 0; i < count; ++i)
      into.outputs[2 * i] = 1 - found[i], into.outputs[2 * i + 1] = found[i];
    return {};
  }

  // True iff what the model says of itself is what the bundle says of it.
  outcome<void> fits(const std::string& where) const {
    const auto wrong = [&](const std::string& what, const std::string& got, const std::string& want) {
      return fail(ec::corrupt, where + ": the model " + what + " (got " + got + ", want " + want + ")");
    };
    if (!numbers) return {};
    if (numbers->features() != about.features.size())
      return wrong("has another number of features than the bundle", std::to_string(numbers->features()),
                   std::to_string(about.features.size()));
    const auto& objective = numbers->objective();
    const bool classifies = objective == "binary:logistic" || objective == "multi:softprob";
    if (classifies != (about.task == model_task::classification))
      return wrong("has another task than the bundle", objective,
                   classifies ? "an objective of regression" : "binary:logistic or multi:softprob");
    const auto classes = objective == "binary:logistic" ? 2 : numbers->outputs();
    if (classifies && classes != about.classes.size())
      return wrong("has another number of classes than the bundle", std::to_string(classes),
                   std::to_string(about.classes.size()));
    return {};
  }

  outcome<void> check_samples(const std::string& where, const predictor& self) const {
    std::vector<feature_value> rows;
    for (const auto& s : about.samples)
      for (const auto& v : s.row) rows.push_back(feature_of(v));
    scores found;
    if (auto done = self.score(rows, found); !done)
      return fail(ec::corrupt, where + ": " + done.error().text);
    for (std::size_t i = 0; i < about.samples.size(); ++i)
      for (std::size_t k = 0; k < found.width; ++k) {
        const double got = found.outputs[i * found.width + k], want = about.samples[i].outputs[k];
        if (std::abs(got - want) <= 1e-6 * std::max(1.0, std::abs(want))) continue;
        return fail(ec::corrupt, where + "/samples.jsonl:" + std::to_string(i + 1) + ": output " +
                                     std::to_string(k) + " is not what the bundle says (got " +
                                     number_text(got) + ", want " + number_text(want) + ")");
      }
    return {};
  }
};

predictor::predictor(std::unique_ptr<impl> p) : impl_(std::move(p)) {}
predictor::predictor(predictor&&) noexcept = default;
predictor& predictor::operator=(predictor&&) noexcept = default;
predictor::~predictor() = default;

outcome<predictor> predictor::make(bundle what, const std::string& where) {
  auto made = std::make_unique<impl>();
  made->about = std::move(what);
  const auto at_fault = [&](const error& e) { return fail(e.code, where + ": " + e.text); };
  if (made->about.library == model_library::fasttext) {
    auto model = text_model::load(made->about.model, made->about.classes.size());
    if (!model) return at_fault(model.error());
    made->texts = std::move(*model);
  } else {
    auto model = booster::load(made->about.model);
    if (!model) return at_fault(model.error());
    made->numbers = std::move(*model);
  }
  if (auto good = made->fits(where); !good) return tl::unexpected(good.error());
  return predictor(std::move(made));
}

outcome<predictor> predictor::load(const std::string& path) {
  auto read = load_bundle(path);
  if (!read) return tl::unexpected(read.error());
  auto made = make(std::move(read->what), path);
  if (!made) return made;
  made->impl_->hash = read->hash;
  if (auto good = made->impl_->check_samples(path, *made); !good) return tl::unexpected(good.error());
  return made;
}

const bundle& predictor::about() const noexcept {
  return impl_->about;
}
const std::string& predictor::hash() const noexcept {
  return impl_->hash;
}

void predictor::treat_missing(missing_policy policy) noexcept {
  impl_->about.missing = policy;
}

outcome<void> predictor::score(std::span<const feature_value> rows, scores& into) const {
  const auto& b = impl_->about;
  const auto count = rows.size() / b.features.size();
  into.states.assign(count, scores::state::scored);
  into.values.assign(count, 0);
  into.classes.assign(count, 0);
  into.outputs.clear();
  into.width = b.task == model_task::classification ? b.classes.size() : 1;
  if (auto done = impl_->run(rows, count, into); !done) return done;
  for (std::size_t i = 0; i < count; ++i) {
    const auto outputs = into.of_row(i);
    const auto most = std::max_element(outputs.begin(), outputs.end());
    into.classes[i] = static_cast<std::uint32_t>(most - outputs.begin());
    into.values[i] = *most;
    const bool finite = std::all_of(outputs.begin(), outputs.end(), [](float v) { return std::isfinite(v); });
    if (!finite && into.states[i] == scores::state::scored) into.states[i] = scores::state::not_finite;
  }
  return {};
}

void predictor::observe(std::span<const feature_value> rows, drift_counts& into) const {
  const auto& b = impl_->about;
  into.features.resize(b.features.size());
  for (std::size_t k = 0; k < b.features.size(); ++k) into.features[k].resize(b.features[k].seen.bins());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto k = i % b.features.size();
    const auto& f = b.features[k];
    auto value = f.observed(rows[i]);
    if (f.type == feature_type::text) {
      std::string line;
      value = static_cast<double>(add_words(rows.subspan(i, 1), b.stop_words, line));
    }
    ++into.features[k][f.seen.bin_of(value)];
  }
}

} // namespace sluice
