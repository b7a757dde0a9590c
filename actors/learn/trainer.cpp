#include "actors/learn/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "actors/learn/boosting_plan.hpp"
#include "actors/learn/metrics_json.hpp"
#include "actors/predict/model_facts.hpp"
#include "actors/predict/text_model.hpp"
#include "actors/store/table_files.hpp"

namespace sluice {

namespace {

using json = nlohmann::ordered_json;

std::string kind_of(const model_options& m) {
  return model_rows()[m.kind.index()].kind; // rows and alternatives stand in one order
}

// Mean and deviation (of the whole: divided by n), two passes. Missing values do not count.
void scale_by(const std::vector<double>& values, bool standardise, feature& f) {
  double sum = 0, squares = 0, n = 0;
  for (const auto v : values)
    if (!std::isnan(v)) sum += v, ++n;
  f.usual = n == 0 ? 0 : sum / n;
  if (!standardise) return;
  for (const auto v : values)
    if (!std::isnan(v)) squares += (v - f.usual) * (v - f.usual);
  const auto deviation = n == 0 ? 0 : std::sqrt(squares / n);
  f.center = f.usual;
  f.scale = deviation > 0 ? deviation : 1;
}

} // namespace

feature trainer::feature_of_rows(const std::string& name, const row_list& rows) const {
  const auto& column = table_.column(name);
  feature f;
  f.name = name;
  std::vector<double> values;
  if (std::holds_alternative<text_options>(m_.kind)) {
    f.type = feature_type::text;
    const auto& words = std::get<text_options>(m_.kind).stop_words;
    for (const auto row : rows) {
      std::string line;
      const auto v = column.at(row);
      values.push_back(static_cast<double>(add_words({&v, 1}, words, line)));
    }
    f.seen = distribution::of_numbers(std::move(values));
    return f;
  }
  if (!column.has_texts() && !m_.is_category(name)) {
    for (const auto row : rows) values.push_back(f.raw(column.at(row)));
    scale_by(values, m_.standardise, f);
    f.seen = distribution::of_numbers(std::move(values));
    return f;
  }
  f.type = feature_type::category;
  std::map<std::string, std::size_t> counts;
  for (const auto row : rows) {
    const auto v = column.at(row);
    if (v.what == feature_value::kind::text) ++counts[std::string(v.text)];
    if (v.what == feature_value::kind::number) ++counts[number_text(v.number)];
  }
  std::size_t most = 0;
  for (const auto& [category, count] : counts) {
    if (count > most) most = count, f.usual = static_cast<double>(f.categories.size());
    f.categories.push_back(category);
  }
  for (const auto row : rows) values.push_back(f.raw(column.at(row)));
  f.seen = distribution::of_codes(values, f.categories.size());
  return f;
}

outcome<void> trainer::fit_numbers(const row_list& rows, const training_watch& tell, const std::string& what,
                                   bundle& into) const {
  if (const auto* foreign = std::get_if<xgboost_options>(&m_.kind)) {
    constexpr std::size_t most = std::size_t(1) << 31; // of a file of a bundle
    auto bytes = read_up_to(foreign->file, most);
    if (!bytes) return fail(ec::storage, bytes.error().text);
    if (bytes->size() > most)
      return fail(ec::invalid, foreign->file + " is too large for a bundle (want at most 2 GiB)");
    into.model = std::move(*bytes);
    into.parameters = {{"file", foreign->file}};
    return {};
  }
  const auto encode = [&](const row_list& from) {
    labelled made;
    made.rows.columns = into.features.size();
    for (const auto& row : from) {
      made.labels.push_back(static_cast<float>(all_.labels[row]));
      for (const auto& f : into.features) {
        auto value = f.raw(table_.column(f.name).at(row));
        if (std::isnan(value) && m_.missing == missing_policy::usual) value = f.usual;
        made.rows.values.push_back(f.scaled(value));
      }
    }
    return made;
  };
  const auto how = boosting_of(m_, classes_.size());
  const auto* times = m_.test.by_time ? &table_.times() : nullptr;
  const auto parts = how.stop_after == 0 ? row_parts{rows, {}} : split(rows, m_.validation, times, m_.seed);
  auto made = booster::train(encode(parts.learn), encode(parts.judge), how,
                             [&](unsigned round) { tell(what, static_cast<double>(round) / how.rounds); });
  if (!made) return tl::unexpected(made.error());
  for (const auto& [name, value] : how.parameters) into.parameters[name] = value;
  into.parameters["rounds"] = made->rounds;
  auto bytes = made->model.save();
  if (!bytes) return tl::unexpected(bytes.error());
  into.model = std::move(*bytes);
  return {};
}

outcome<void> trainer::fit_words(const row_list& rows, const training_watch& tell, const std::string& what,
                                 bundle& into) const {
  const auto& o = std::get<text_options>(m_.kind);
  text_training how;
  how.epochs = o.epochs;
  how.learning_rate = o.learning_rate;
  how.dimensions = o.dimensions;
  how.word_runs = o.word_runs;
  how.subwords = o.subwords;
  how.min_count = o.min_count;
  how.buckets = o.buckets;
  how.vectors = o.vectors;
  how.seed = m_.seed;
  std::vector<std::string> lines;
  std::vector<unsigned> labels;
  for (const auto row : rows) {
    lines.emplace_back();
    add_words(values_of(m_, table_, {row}), o.stop_words, lines.back());
    labels.push_back(static_cast<unsigned>(all_.labels[row]));
  }
  auto made =
      text_model::train(lines, labels, classes_.size(), how, [&](double share) { tell(what, share); });
  if (!made) return tl::unexpected(made.error());
  into.parameters = made->parameters();
  into.model = made->save();
  return {};
}

outcome<predictor> trainer::fit(const row_list& rows, const std::string& what,
                                const training_watch& tell) const {
  bundle b;
  b.name = m_.name;
  b.version = m_.version;
  b.kind = kind_of(m_);
  b.task = m_.task();
  b.label = m_.label.name;
  b.classes = classes_;
  b.missing = m_.missing;
  b.rows = rows.size();
  b.data_hash = hash_of(m_, table_, rows);
  for (const auto& f : m_.features) b.features.push_back(feature_of_rows(f.name, rows));
  const bool words = std::holds_alternative<text_options>(m_.kind);
  if (words) {
    b.library = model_library::fasttext;
    b.stop_words = std::get<text_options>(m_.kind).stop_words;
  }
  tell(what, 0);
  if (auto done = words ? fit_words(rows, tell, what, b) : fit_numbers(rows, tell, what, b); !done)
    return tl::unexpected(done.error());
  tell(what, 1);
  const auto* foreign = std::get_if<xgboost_options>(&m_.kind);
  return predictor::make(std::move(b),
                         "models." + m_.name + (foreign != nullptr ? ": " + foreign->file : ""));
}

outcome<json> judge(const predictor& p, const model_options& m, const training_table& table,
                    const learning_rows& all, const row_list& rows) {
  std::vector<float> outputs;
  std::vector<double> actual, numbers;
  std::uint64_t without = 0;
  constexpr std::size_t batch = 1024;
  scores found;
  for (std::size_t begin = 0; begin < rows.size(); begin += batch) {
    const row_list some(rows.begin() + static_cast<std::ptrdiff_t>(begin),
                        rows.begin() + static_cast<std::ptrdiff_t>(std::min(begin + batch, rows.size())));
    if (auto done = p.score(values_of(m, table, some), found); !done) return tl::unexpected(done.error());
    for (std::size_t i = 0; i < some.size(); ++i) {
      if (found.states[i] != scores::state::scored) {
        ++without;
        continue;
      }
      actual.push_back(all.labels[some[i]]);
      const auto row = found.of_row(i);
      outputs.insert(outputs.end(), row.begin(), row.end());
      numbers.push_back(found.values[i]);
    }
  }
  const auto& classes = p.about().classes;
  auto made = classes.empty() ? to_json(judge_numbers(numbers, actual))
                              : to_json(judge_classes(outputs, actual, classes.size()), classes);
  made["without_prediction"] = without;
  return made;
}

json drift_of(const predictor& p, const model_options& m, const training_table& table, const row_list& rows) {
  drift_counts seen;
  p.observe(values_of(m, table, rows), seen);
  const auto figures = stability_indexes(facts_of(p.about(), p.hash()).seen, seen.features);
  auto made = json::object();
  for (std::size_t k = 0; k < figures.size(); ++k) made[p.about().features[k].name] = figures[k];
  return made;
}

} // namespace sluice
