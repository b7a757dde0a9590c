// bundle.json and samples.jsonl as text, and back.
#include <algorithm>
#include <cmath>

#include "actors/predict/bundle.hpp"
#include "actors/predict/json_walker.hpp"
#include "actors/predict/ubjson.hpp"

namespace sluice {

namespace {

using json = nlohmann::ordered_json;

constexpr int format_version = 1;

constexpr word<model_task> tasks[] = {{model_task::regression, "regression"},
                                      {model_task::classification, "classification"}};
constexpr word<model_library> libraries[] = {{model_library::xgboost, "xgboost"},
                                             {model_library::fasttext, "fasttext"}};
constexpr word<missing_policy> policies[] = {
    {missing_policy::refuse, "refuse"}, {missing_policy::usual, "usual"}, {missing_policy::model, "model"}};
constexpr word<feature_type> types[] = {
    {feature_type::number, "number"}, {feature_type::category, "category"}, {feature_type::text, "text"}};

json print(const feature& f) {
  json made{{"name", f.name}, {"type", text_of(types, f.type)}};
  if (f.type == feature_type::number) made.update({{"center", f.center}, {"scale", f.scale}});
  if (f.type == feature_type::category) made["categories"] = f.categories;
  if (f.type != feature_type::text) made["usual"] = f.usual;
  made["seen"] = {{"edges", f.seen.edges}, {"shares", f.seen.shares}};
  return made;
}

feature read_feature(const json& from, const std::string& where, json_walker& in) {
  feature f;
  f.name = in.text(from, where, "name");
  f.type = in.choice(from, where, "type", types);
  if (f.type == feature_type::number) {
    f.center = in.number(from, where, "center");
    f.scale = in.number(from, where, "scale");
    if (!(f.scale > 0)) in.wrong(where + ".scale", number_text(f.scale), "a number above 0");
  }
  if (f.type == feature_type::category) {
    f.categories = in.texts(from, where, "categories");
    if (!std::is_sorted(f.categories.begin(), f.categories.end()))
      in.wrong(where + ".categories", "a list that is not sorted",
               "the categories in the order of their bytes");
  }
  if (f.type != feature_type::text) f.usual = in.number(from, where, "usual");
  const auto& seen = in.member(from, where, "seen", "a map", [](const json& j) { return j.is_object(); });
  f.seen.edges = in.numbers(seen, where + ".seen", "edges");
  f.seen.shares = in.numbers(seen, where + ".seen", "shares");
  if (!std::is_sorted(f.seen.edges.begin(), f.seen.edges.end()))
    in.wrong(where + ".seen.edges", "a list that is not sorted", "ascending numbers");
  if (f.seen.shares.size() != f.seen.bins())
    in.wrong(where + ".seen.shares", std::to_string(f.seen.shares.size()) + " shares",
             std::to_string(f.seen.bins()) + ": two more than edges");
  return f;
}

} // namespace

feature_value feature_of(const json& v) {
  if (v.is_string()) return feature_value::of(std::string_view(v.get_ref<const std::string&>()));
  if (v.is_boolean()) return feature_value::of(v.get<bool>() ? 1.0 : 0.0);
  if (v.is_number()) return feature_value::of(v.get<double>());
  return {};
}

std::string model_file(const bundle& b) {
  if (b.library == model_library::fasttext) return "model.bin";
  return is_json_model(b.model) ? "model.json" : "model.ubj";
}

std::string bundle_text(const bundle& b, const std::string& model_hash, const std::string& samples_hash) {
  json made{{"format", "sluice model bundle"},
            {"format_version", format_version},
            {"name", b.name},
            {"version", b.version},
            {"kind", b.kind},
            {"task", text_of(tasks, b.task)}};
  made["model"] = {{"library", text_of(libraries, b.library)},
                   {"file", model_file(b)},
                   {"sha256", model_hash},
                   {"parameters", b.parameters}};
  made["label"] = {{"name", b.label}};
  if (b.task == model_task::classification) made["label"]["classes"] = b.classes;
  made["missing"] = text_of(policies, b.missing);
  made["features"] = json::array();
  for (const auto& f : b.features) made["features"].push_back(print(f));
  made["stop_words"] = b.stop_words;
  made["data"] = {{"rows", b.rows}, {"sha256", b.data_hash}};
  made["samples"] = {{"file", "samples.jsonl"}, {"sha256", samples_hash}};
  made["metrics"] = b.metrics;
  return made.dump(2) + "\n";
}

outcome<bundle_files> parse_bundle(const std::string& text, const std::string& file, bundle& into) {
  const auto root = json::parse(text, nullptr, false);
  json_walker in(file);
  if (!root.is_object()) {
    in.wrong("the file", std::to_string(text.size()) + " bytes that are no JSON object",
             "a bundle as sluice train writes it");
    return tl::unexpected(in.end().error());
  }
  if (const auto format = in.text(root, "", "format"); format != "sluice model bundle")
    in.wrong("format", "\"" + format.substr(0, 60) + "\"", "\"sluice model bundle\"");
  if (const auto version = in.number(root, "", "format_version"); version != format_version)
    in.wrong("format_version", number_text(version), std::to_string(format_version));
  into.name = in.text(root, "", "name");
  into.version = in.text(root, "", "version");
  into.kind = in.text(root, "", "kind");
  into.task = in.choice(root, "", "task", tasks);
  const auto is_map = [](const json& j) { return j.is_object(); };
  const auto& model = in.member(root, "", "model", "a map", is_map);
  into.library = in.choice(model, "model", "library", libraries);
  bundle_files files;
  files.model = in.text(model, "model", "file");
  const bool is_text = into.library == model_library::fasttext;
  if (is_text ? files.model != "model.bin" : files.model != "model.json" && files.model != "model.ubj")
    in.wrong("model.file", "\"" + files.model.substr(0, 60) + "\"",
             is_text ? "model.bin" : "model.json or model.ubj");
  files.model_hash = in.text(model, "model", "sha256");
  if (const auto found = model.find("parameters"); found != model.end()) into.parameters = *found;
  const auto& label = in.member(root, "", "label", "a map", is_map);
  into.label = in.text(label, "label", "name");
  if (into.task == model_task::classification) {
    into.classes = in.texts(label, "label", "classes");
    if (into.classes.size() < 2)
      in.wrong("label.classes", std::to_string(into.classes.size()) + " classes", "at least two");
  }
  into.missing = in.choice(root, "", "missing", policies);
  std::size_t index = 0;
  for (const auto& f : in.list(root, "", "features"))
    into.features.push_back(read_feature(f, "features[" + std::to_string(index++) + "]", in));
  if (into.features.empty()) in.wrong("features", "none", "at least one");
  for (std::size_t i = 0; i < into.features.size(); ++i)
    if ((into.features[i].type == feature_type::text) != (into.library == model_library::fasttext))
      in.wrong("features[" + std::to_string(i) + "].type", text_of(types, into.features[i].type),
               into.library == model_library::fasttext ? "text" : "number or category");
  into.stop_words = in.texts(root, "", "stop_words");
  const auto& data = in.member(root, "", "data", "a map", is_map);
  into.rows = static_cast<std::uint64_t>(std::clamp(in.number(data, "data", "rows"), 0.0, 1e15));
  into.data_hash = in.text(data, "data", "sha256");
  const auto& samples = in.member(root, "", "samples", "a map", is_map);
  files.samples_hash = in.text(samples, "samples", "sha256");
  if (const auto found = root.find("metrics"); found != root.end()) into.metrics = *found;
  if (auto good = in.end(); !good) return tl::unexpected(good.error());
  return files;
}

std::string samples_text(const bundle& b) {
  std::string out;
  for (const auto& s : b.samples)
    out += json{{"row", s.row}, {"outputs", s.outputs}}.dump(-1, ' ', false, json::error_handler_t::replace) +
           "\n";
  return out;
}

outcome<void> parse_samples(const std::string& text, const std::string& file, bundle& into) {
  const auto outputs = into.task == model_task::classification ? into.classes.size() : 1;
  std::size_t line = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto one = json::parse(text.begin() + static_cast<std::ptrdiff_t>(at),
                                 text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    at = end + 1;
    json_walker in(file + ":" + std::to_string(++line));
    bundle_sample s;
    s.row = in.list(one, "", "row");
    s.outputs = in.numbers(one, "", "outputs");
    if (s.row.size() != into.features.size())
      in.wrong("row", std::to_string(s.row.size()) + " values", std::to_string(into.features.size()));
    if (s.outputs.size() != outputs)
      in.wrong("outputs", std::to_string(s.outputs.size()) + " numbers", std::to_string(outputs));
    if (auto good = in.end(); !good) return good;
    into.samples.push_back(std::move(s));
  }
  return {};
}

} // namespace sluice
