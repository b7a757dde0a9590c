#include "actors/learn/training.hpp"

#include <algorithm>
#include <cmath>

#include "actors/learn/metrics_json.hpp"
#include "config/nearest_name.hpp"

namespace sluice {

namespace {

using json = nlohmann::ordered_json;

// Reports every column that `table` lacks.
void check_columns(const model_options& m, const training_table& table, const std::string& where,
                   config::report& out) {
  const auto one = [&](const placed_name& c, const std::string& option) {
    if (table.column(c.name).found) return;
    out.error(c.at,
              "models." + m.name + "." + option + ": " + where + " has no values of such a column" +
                  config::did_you_mean(c.name, table.names()),
              config::in_quotes(c.name), "one of " + config::list_of_names(table.names()));
  };
  one(m.label, "label");
  for (const auto& f : m.features) one(f, "features");
}

// Reports features of numbers and texts that nobody called categories.
void check_types(const model_options& m, const training_table& table, config::report& out) {
  if (std::holds_alternative<text_options>(m.kind)) return;
  for (const auto& f : m.features) {
    const auto& column = table.column(f.name);
    if (!column.has_texts() || m.is_category(f.name)) continue;
    const auto numbers =
        std::count_if(column.numbers.begin(), column.numbers.end(), [](double v) { return !std::isnan(v); });
    const auto text = std::find_if(column.texts.begin(), column.texts.end(),
                                   [](const std::string& t) { return !t.empty(); });
    if (numbers == 0 || text == column.texts.end()) continue;
    out.error(f.at, "models." + m.name + ".features: column " + f.name + " has numbers and texts",
              config::in_quotes(*text) + " among " + std::to_string(numbers) + " numbers",
              "numbers alone, or categories: [" + f.name + "]");
  }
}

// Reports that no row is left to learn from, and why.
void check_rows(const model_options& m, const learning_rows& all, config::report& out) {
  if (!all.rows.empty()) return;
  out.error(m.label.at, "models." + m.name + ": the data has no row to learn from",
            std::to_string(all.no_label) + " without " + m.label.name + ", " +
                std::to_string(all.unknown_class) + " of another class, " + std::to_string(all.incomplete) +
                " without a feature",
            "at least 1");
}

// Some rows of the training data with what the model makes of them; rows without a prediction are none.
outcome<void> add_samples(const predictor& p, const model_options& m, const training_table& table,
                          const row_list& rows, bundle& into) {
  constexpr std::size_t wanted = 10;
  row_list some;
  for (std::size_t i = 0; i < wanted && i < rows.size(); ++i)
    some.push_back(rows[i * rows.size() / std::min(wanted, rows.size())]);
  const auto values = values_of(m, table, some);
  scores found;
  if (auto done = p.score(values, found); !done) return done;
  for (std::size_t i = 0; i < some.size(); ++i) {
    if (found.states[i] != scores::state::scored) continue;
    bundle_sample s;
    s.row = json::array();
    for (std::size_t k = 0; k < m.features.size(); ++k) {
      const auto& v = values[i * m.features.size() + k];
      s.row.push_back(v.what == feature_value::kind::text     ? json(v.text)
                      : v.what == feature_value::kind::number ? json(v.number)
                                                              : json());
    }
    for (const auto output : found.of_row(i)) s.outputs.push_back(output);
    into.samples.push_back(std::move(s));
  }
  return {};
}

outcome<json> cross_validate(const model_options& m, const trainer& made_by, const training_table& table,
                             const learning_rows& all, const row_list& rows, const training_watch& tell) {
  const auto* times = m.test.by_time ? &table.times() : nullptr;
  const auto& classes = m.task() == model_task::classification ? all.labels : std::vector<double>();
  std::vector<json> each;
  for (const auto& part : folds(rows, m.cross_validation, classes, times, m.seed)) {
    const auto what = "fold " + std::to_string(each.size() + 1) + " of " + std::to_string(m.cross_validation);
    const auto p = made_by.fit(part.learn, what, tell);
    if (!p) return tl::unexpected(p.error());
    auto metrics = judge(*p, m, table, all, part.judge);
    if (!metrics) return metrics;
    each.push_back(std::move(*metrics));
  }
  return mean_of(each);
}

json left_out(const learning_rows& r) {
  return {{"no_label", r.no_label}, {"unknown_class", r.unknown_class}, {"incomplete", r.incomplete}};
}

} // namespace

std::vector<std::string> columns_of(const model_options& m) {
  std::vector<std::string> all{m.label.name};
  for (const auto& f : m.features) all.push_back(f.name);
  return all;
}

outcome<training_table> read_rows(const model_options& m) {
  return read_table(m.data.files, m.data, columns_of(m));
}

outcome<std::vector<std::pair<std::string, training_table>>> read_tests(const model_options& m) {
  std::vector<std::pair<std::string, training_table>> all;
  auto without_time = m.data; // nothing divides these rows
  without_time.time = {};
  for (const auto& path : m.test.files) {
    auto read = read_table({path}, without_time, columns_of(m));
    if (!read) return tl::unexpected(read.error());
    all.emplace_back(path, std::move(*read));
  }
  return all;
}

outcome<json> train_model(const model_options& m, const training_data& data, config::report& out,
                          const training_watch& tell) {
  check_columns(m, data.rows, "the data", out);
  for (const auto& [name, table] : data.tests) check_columns(m, table, name, out);
  check_types(m, data.rows, out);
  if (!out.empty()) return json();
  std::vector<std::string> classes;
  if (m.task() == model_task::classification) {
    auto found = classes_of(m, data.rows);
    if (!found) return tl::unexpected(found.error());
    classes = std::move(*found);
  }
  const auto all = rows_of(m, data.rows, classes);
  check_rows(m, all, out);
  if (!out.empty()) return json();
  const auto* times = m.test.by_time ? &data.rows.times() : nullptr;
  const auto parts = split(all.rows, m.test.files.empty() ? m.test.share : 0, times, m.seed);
  if (m.cross_validation != 0 && parts.learn.size() <= m.cross_validation)
    return fail(ec::invalid, "there are too few rows for a cross-validation (got " +
                                 std::to_string(parts.learn.size()) + ", want more than " +
                                 std::to_string(m.cross_validation) + ")");
  if (auto good = check_place(m.folder()); !good) return tl::unexpected(good.error());
  const trainer made_by(m, data.rows, all, classes);

  json metrics, drift = json::object();
  if (m.cross_validation > 0) {
    auto figures = cross_validate(m, made_by, data.rows, all, parts.learn, tell);
    if (!figures) return figures;
    metrics["cross_validation"] = std::move(*figures);
  }
  const auto p = made_by.fit(parts.learn, "training", tell);
  if (!p) return tl::unexpected(p.error());
  const auto add = [&](const std::string& name, const training_table& table, const learning_rows& from,
                       const row_list& rows, bool apart) -> outcome<void> {
    auto figures = judge(*p, m, table, from, rows);
    if (!figures) return tl::unexpected(figures.error());
    metrics[name] = std::move(*figures);
    if (apart) drift[name] = drift_of(*p, m, table, rows);
    return {};
  };
  if (auto done = add("train", data.rows, all, parts.learn, false); !done)
    return tl::unexpected(done.error());
  if (!parts.judge.empty())
    if (auto done = add("test", data.rows, all, parts.judge, true); !done)
      return tl::unexpected(done.error());
  auto skipped = json{{"data", left_out(all)}};
  for (const auto& [name, table] : data.tests) {
    const auto rows = rows_of(m, table, classes);
    skipped[name] = left_out(rows);
    if (auto done = add(name, table, rows, rows.rows, true); !done) return tl::unexpected(done.error());
  }

  auto b = p->about();
  b.metrics = metrics;
  if (auto done = add_samples(*p, m, data.rows, parts.learn, b); !done) return tl::unexpected(done.error());
  const auto hash = save_bundle(b, m.folder());
  if (!hash) return tl::unexpected(hash.error());
  return json{{"model", m.name},      {"kind", b.kind},
              {"bundle", m.folder()}, {"hash", *hash},
              {"version", b.version}, {"rows", {{"train", parts.learn.size()}, {"test", parts.judge.size()}}},
              {"left_out", skipped},  {"metrics", metrics},
              {"drift", drift}};
}

} // namespace sluice
