// The declaration of `predict:`.
#include "actors/predict/predict_options.hpp"

#include "config/option_kinds.hpp"

namespace sluice {

using namespace std::chrono_literals;
using namespace config;

std::optional<missing_policy> predict_options::missing_as() const {
  switch (missing) {
  case policy::refuse:
    return missing_policy::refuse;
  case policy::usual:
    return missing_policy::usual;
  case policy::model:
    return missing_policy::model;
  case policy::bundle:
    break;
  }
  return {};
}

const options<predict_options>& predict_table() {
  using policy = predict_options::policy;
  static const auto into_rule = std::string(field_name_rule) + ", not prediction";
  static const auto made =
      options<predict_options>("predict")
          .add({"model",
                "The folder of the model's bundle (`sluice train` makes one). Another bundle in its place is "
                "taken without a stop, when it has the same features, classes and kind of label; else the "
                "model in force stays and health says why.",
                "models/occupancy", required},
               &predict_options::model, text(nullptr, "not empty", "path"))
          .add({"into",
                "The field that takes the prediction: a number, or the name of the most probable class, "
                "whose probability goes into NAME_probability. A result without a prediction has "
                "`prediction` instead: `unavailable` or `incomplete`.",
                "occupancy", required},
               &predict_options::into,
               text(
                   [](const std::string& s) -> std::optional<refusal> {
                     if (is_field_name(s) && s != prediction_flag) return std::nullopt;
                     return refusal{"is no name for it", into_rule};
                   },
                   into_rule, "name"))
          .add({"probabilities", "The probability of every class too, in NAME_p_CLASS.", "true"},
               &predict_options::probabilities, yes_or_no())
          .add({"missing",
                "When a feature is missing, or is no number where one is wanted, or is a category that the "
                "model does not know (of a model of texts: no feature has a word): what the bundle says; no "
                "prediction (`incomplete`); the mean or the most frequent category in its place; or the "
                "model is told that it is missing.",
                "usual"},
               &predict_options::missing,
               choice<policy>({{"bundle", policy::bundle},
                               {"refuse", policy::refuse},
                               {"usual", policy::usual},
                               {"model", policy::model}}))
          .add({"timeout",
                "How long a batch of results waits for the model's answer; then it leaves without "
                "predictions, and the predictor starts again.",
                "500ms"},
               &predict_options::timeout, duration<std::chrono::milliseconds>(10ms, 5s))
          .add({"max_size", "Larger bundles are refused before they are loaded.", "64MiB"},
               &predict_options::max_size, size(1u << 10, 2ull << 30));
  return made;
}

std::string probability_field(std::string_view into) {
  return std::string(into) + "_probability";
}

std::string class_field(std::string_view into, std::string_view class_name) {
  return std::string(into) + "_p_" + std::string(class_name);
}

std::size_t prediction_bytes(const predict_options& options) noexcept {
  const auto two_members = 2 * options.into.size() + 64;
  return options.probabilities ? 2 * two_members : two_members;
}

std::vector<std::string> prediction_fields(const predict_options& options,
                                           const std::vector<std::string>& classes) {
  std::vector<std::string> all{options.into, probability_field(options.into), std::string(prediction_flag)};
  if (options.probabilities)
    for (const auto& name : classes) all.push_back(class_field(options.into, name));
  return all;
}

} // namespace sluice
