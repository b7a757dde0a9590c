// The declarations of `models:`.
#include "actors/learn/model_options.hpp"

#include <algorithm>
#include <set>

#include "actors/ingest/decode/event_declaration.hpp"
#include "config/number_kinds.hpp"

namespace sluice {

using namespace config;

namespace {

option_kind<placed_name> placed() {
  option_kind<placed_name> kind;
  const auto name = text(nullptr, "not empty", "name");
  kind.type = name.type;
  kind.bounds = name.bounds;
  kind.read = [name](const yaml_node& node, placed_name& into, const std::string& where, const about& option,
                     reader& in) {
    name.read(node, into.name, where, option, in);
    into.at = node.at;
  };
  kind.print = [name](const placed_name& v, const secret_values& s) { return name.print(v.name, s); };
  return kind;
}

// A column; that of a broker's record has no meaning here.
option_kind<time_options> column_time() {
  auto kind = time_kind(gatherer::naming::column);
  kind.type = "column, or map";
  return kind;
}

// The scalars of a list, or the one that stands in its place.
std::vector<const yaml_node*> scalars_of(const yaml_node* list) {
  std::vector<const yaml_node*> all;
  const auto add = [&](const yaml_node& node) {
    if (node.is_scalar() && !node.unset) all.push_back(&node);
  };
  if (list != nullptr) add(*list);
  if (list != nullptr)
    for (const auto& item : list->items) add(item);
  return all;
}

void check_each_once(const yaml_node* list, const std::string& what, reader& in) {
  std::set<std::string> seen;
  for (const auto* item : scalars_of(list))
    if (!seen.insert(item->text).second)
      in.out.error(item->at, what + " is named twice", in_quotes(item->text), "each once");
}

options<data_options> data_table() {
  options<data_options> table("data");
  table
      .add({"files", "CSV files with a header, or files of JSON lines.", "training.csv"},
           &data_options::files, one_or_list(text(nullptr, "not empty", "path")))
      .add({"separator", "Between the columns of CSV: one byte, or tab.", "\";\""}, &data_options::separator,
           text(
               [](const std::string& t) -> std::optional<refusal> {
                 if (t.size() == 1 || t == "tab") return std::nullopt;
                 return refusal{"is not a separator", "one byte, or tab"};
               },
               "one byte, or `tab`"))
      .add({"pipeline",
            "In place of files: the records that this pipeline makes of the journal in `service.data_dir`. "
            "Its results or events are the rows, as they will be scored: without predictions.",
            "rooms"},
           &data_options::pipeline, text(nullptr, "a pipeline", "name"))
      .add({"time", "Column of the time, for `test.by: time`; the records of a pipeline have theirs.",
            "{ column: date, format: \"%Y-%m-%d %H:%M:%S\" }", false, false, "none"},
           &data_options::time, column_time());
  table.check([](const yaml_node& map, const data_options& d, reader& in) {
    const auto* pipeline = map.value("pipeline");
    if (map.find("files") == nullptr && pipeline == nullptr && !mistyped(map, {"files", "pipeline"}, "files"))
      in.out.error(map.at, "data has neither files nor a pipeline", "nothing", "e.g. files: training.csv");
    if (!d.files.empty() && pipeline != nullptr)
      in.out.error(pipeline->at, "data has files and a pipeline", show(*pipeline), "one of them");
    if (const auto* time = map.value("time"); time != nullptr && d.time.record)
      in.out.error(time->at, "rows to learn from are no records of Kafka", show(*time), "a column");
  });
  return table;
}

options<test_options> test_table() {
  options<test_options> table("test");
  table
      .add({"share", "Share of the rows that is not learned from; the model is judged by it. 0 = none.",
            "25%"},
           &test_options::share, share(0, 0.9))
      .add({"by", "Which rows: random ones, by `seed`, or the latest.", "time"}, &test_options::by_time,
           choice<bool>({{"random", false}, {"time", true}}))
      .add({"files", "In place of a share: files of their own, each judged by itself.",
            "[march.csv, april.csv]"},
           &test_options::files, one_or_list(text(nullptr, "not empty", "path")));
  table.check([](const yaml_node& map, const test_options& t, reader& in) {
    for (const auto* key : {"share", "by"})
      if (const auto* node = map.value(key); node != nullptr && !t.files.empty())
        in.out.error(node->at, std::string("test has files and ") + key, show(*node), "one of them");
    check_each_once(map.value("files"), "a test file", in);
    for (const auto* file : scalars_of(map.value("files")))
      for (const auto* ours : {"train", "test", "cross_validation", "data"})
        if (file->text == ours)
          in.out.error(file->at, "a test file has the name of other figures of the model",
                       in_quotes(file->text), "e.g. ./" + file->text);
  });
  return table;
}

void check_model(const yaml_node& map, const model_options& m, reader& in) {
  for (const auto& f : m.features)
    if (f.name == m.label.name)
      in.out.error(f.at, "the label is a feature", in_quotes(f.name), "features that are known beforehand");
  check_each_once(map.value("features"), "a feature", in);
  check_each_once(map.value("classes"), "a class", in);
  for (const auto& c : m.categories)
    if (std::none_of(m.features.begin(), m.features.end(), [&](const auto& f) { return f.name == c.name; }))
      in.out.error(c.at, "a category is no feature", in_quotes(c.name), "one of features");
  const auto* test = map.value("test");
  if (m.test.by_time && m.data.time.arrival && m.data.pipeline.empty() && test != nullptr)
    if (const auto* by = test->value("by"))
      in.out.error(by->at, "rows of files have no time to divide them by", show(*by), "data.time, e.g. date");
}

} // namespace

options<model_options> model_table(const std::string& where) {
  options<model_options> made(where);
  made.add({"data", "The rows to learn from.", "{ files: training.csv }", required}, &model_options::data,
           map_of(data_table()))
      .add({"label", "The column that is to be predicted. Rows without it are left out.", "occupied",
            required},
           &model_options::label, placed())
      .add({"features",
            "The columns it is predicted from, in the order of the model: numbers, or categories where a "
            "column has texts; for `text` the texts.",
            "[temperature, light]", required},
           &model_options::features, one_or_list(placed()))
      .add({"categories",
            "Features that are categories, though they be numbers (codes). A column with numbers and texts "
            "must stand here, else it is refused: one text among numbers is mostly a mistake.",
            "[room]", false, false, "features of texts alone"},
           &model_options::categories, one_or_list(placed()))
      .add({"classes",
            "The label's values that count, in the order of their codes; rows with another value are left "
            "out (counted).",
            "[\"no\", \"yes\"]", false, false, "the values of the label, sorted"},
           &model_options::classes, one_or_list(text()))
      .add({"into", "The folder of the bundle; one that is there is replaced as a whole.", "models/rooms",
            false, false, "models/NAME"},
           &model_options::into, text(nullptr, "not empty", "path"))
      .add({"version", "What the model is called beside its name.", "\"2025-03\""}, &model_options::version,
           text())
      .add({"standardise", "Numbers become (x - mean) / deviation of the training rows.", "false"},
           &model_options::standardise, yes_or_no())
      .add({"missing",
            "What happens where a feature is missing, has a text in place of a number or a category that "
            "was "
            "never seen: `refuse` = no prediction (and no training row), `usual` = the mean, or the most "
            "frequent category, `model` = left to the model.",
            "usual"},
           &model_options::missing,
           choice<missing_policy>({{"refuse", missing_policy::refuse},
                                   {"usual", missing_policy::usual},
                                   {"model", missing_policy::model}}))
      .add({"test", "What the model is judged by.", "{ share: 25%, by: time }"}, &model_options::test,
           map_of(test_table()))
      .add({"validation",
            "With `stop_after`: the share of the training rows that decides when to stop, chosen as the "
            "test rows are.",
            "20%"},
           &model_options::validation, share(0.01, 0.5))
      .add({"cross_validation",
            "Trains so many more models, each judged by another part of the training rows (each class in "
            "every part as often as in all; by time: by the part that follows). 0 = none.",
            "5"},
           &model_options::cross_validation, whole_number<unsigned>(0, 100))
      .add({"seed", "Equal data, options and seed give equal bytes.", "7"}, &model_options::seed,
           whole_number<unsigned>(0, 2'000'000'000));
  made.check(check_model);
  return made;
}

model_task model_options::task() const noexcept {
  return std::visit(
      []<class K>(const K& k) {
        if constexpr (requires { k.task; }) return k.task;
        return std::is_same_v<K, linear_regression_options> ? model_task::regression
                                                            : model_task::classification;
      },
      kind);
}

bool model_options::is_category(const std::string& feature) const noexcept {
  return std::any_of(categories.begin(), categories.end(), [&](const auto& c) { return c.name == feature; });
}

unsigned model_options::stop_after() const noexcept {
  return std::visit(
      []<class K>(const K& k) {
        if constexpr (requires { k.stop_after; }) return k.stop_after;
        return 0u;
      },
      kind);
}

} // namespace sluice
