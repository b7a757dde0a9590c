// The step predict in a whole configuration: texts, their classes with probabilities, and what reads a
// prediction: conditions and another pipeline.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "actors/predict/predictor.hpp"
#include "actors/predict/text_model.hpp"
#include "app/trial/trial_run.hpp"
#include "test/predict/model_fixture.hpp"

using namespace sluice;
using nlohmann::json;

namespace {

// A bundle that tells parcels from invoices.
void make_bundle(const std::string& folder) {
  std::vector<std::string> lines;
  std::vector<unsigned> labels;
  for (int i = 0; i < 30; ++i) {
    lines.push_back(i % 2 == 0 ? "late delivery parcel " : "wrong invoice amount ");
    labels.push_back(i % 2);
  }
  text_training how;
  how.dimensions = 8, how.buckets = 100;
  const auto model = text_model::train(lines, labels, 2, how, {});
  REQUIRE_MESSAGE(model, (model ? "" : model.error().text));
  bundle b;
  b.name = "groups", b.version = "1", b.kind = "text", b.label = "group", b.data_hash = "00";
  b.library = model_library::fasttext;
  b.task = model_task::classification;
  b.classes = {"delivery", "billing"};
  b.missing = missing_policy::refuse;
  feature text;
  text.name = "text", text.type = feature_type::text;
  text.seen = distribution::of_numbers({1, 2, 3, 4});
  b.features.push_back(text);
  b.model = model->save();
  const auto saved = save_bundle(b, folder + "/groups");
  REQUIRE_MESSAGE(saved, (saved ? "" : saved.error().text));
}

constexpr const char* configured = R"(sources:
  desk:
    mqtt: { url: mqtt://h, topics: "desk/{device}" }
    decode: { json: { time: $.time, fields: { text: $.text } } }
pipelines:
  groups:
    from: desk
    steps:
      - predict: { model: "MODEL", into: group, probabilities: true }
    to: { sink: out, when: group_probability > 0.5 or prediction is not null }
  parcels:
    from: groups
    steps:
      - filter: group = 'delivery'
      - window: { count: 2, aggregate: { "*": count, group_p_delivery: [min] } }
    to: out
sinks:
  out: { file: { path: o } }
)";

} // namespace

TEST_CASE("texts are predicted in a stream, with probabilities, and another pipeline reads the class") {
  const test::temp_dir folder;
  make_bundle(folder.path());
  auto text = std::string(configured);
  text.replace(text.find("MODEL"), 5, folder.path() + "/groups");
  std::ofstream(folder.path() + "/c.yaml") << text;
  config::report findings;
  const auto c = load_configuration(folder.path() + "/c.yaml", {}, findings);
  REQUIRE(findings.text() == "");

  const std::vector<std::string> said{"The PARCEL is late!", "wrong amount", "late again, this delivery",
                                      "..."};
  trial_case one;
  one.start_ms = 1714564800000;
  for (std::size_t i = 0; i < said.size(); ++i) {
    trial_input in;
    in.source = "desk", in.topic = "desk/a";
    in.payload = json{{"time", one.start_ms + static_cast<std::int64_t>(i)}, {"text", said[i]}}.dump();
    one.input.push_back(in);
  }
  const auto got = run_trial(c, one);
  REQUIRE_MESSAGE(got, (got ? "" : got.error().text));

  auto model = predictor::load(folder.path() + "/groups");
  REQUIRE(model);
  std::vector<feature_value> rows;
  for (const auto& s : said) rows.push_back(feature_value::of(std::string_view(s)));
  scores expected;
  REQUIRE(model->score(rows, expected));
  std::vector<json> groups, parcels;
  for (const auto& r : got->results) {
    const auto record = json::parse(r.dump());
    (record.at("pipeline") == "groups" ? groups : parcels).push_back(record.at("values"));
  }
  REQUIRE(groups.size() == 4);
  const std::vector<std::string> names{"delivery", "billing", "delivery"};
  for (std::size_t i = 0; i < 3; ++i) {
    CAPTURE(i);
    CHECK(groups[i].at("group") == names[i]);
    CHECK(groups[i].at("group_p_delivery").get<float>() == expected.of_row(i)[0]);
    CHECK(groups[i].at("group_p_billing").get<float>() == expected.of_row(i)[1]);
    CHECK(groups[i].at("group_probability").get<float>() == static_cast<float>(expected.values[i]));
  }
  CHECK(groups[3] == json{{"text", "..."}, {"prediction", "incomplete"}});
  REQUIRE(parcels.size() == 1);
  CHECK(parcels[0].at("count") == 2);
  CHECK(parcels[0].at("group_p_delivery_min") ==
        std::min(groups[0].at("group_p_delivery"), groups[2].at("group_p_delivery")));
  CHECK(got->counters.at("groups").at("predicted") == 3);
  CHECK(got->counters.at("groups").at("incomplete") == 1);
}

TEST_CASE("an answer that is not finite is shown as unavailable") {
  const test::temp_dir folder;
  auto b = test::python_bundle("linear.json", {});
  const std::string weight = "1.22111045E-1"; // of the temperature
  REQUIRE(b.model.find(weight) != std::string::npos);
  b.model.replace(b.model.find(weight), weight.size(), "3E38");
  const auto saved = save_bundle(b, folder.path() + "/rooms");
  REQUIRE_MESSAGE(saved, (saved ? "" : saved.error().text));
  std::ofstream(folder.path() + "/c.yaml") << R"(sources:
  desk:
    mqtt: { url: mqtt://h, topics: "desk/{device}" }
    decode: { json: { time: $.time } }
pipelines:
  rooms:
    from: desk
    steps: [ { predict: { model: ")" << folder.path()
                                           << R"(/rooms", into: occupied } } ]
    to: out
sinks:
  out: { file: { path: o } }
)";
  config::report findings;
  const auto c = load_configuration(folder.path() + "/c.yaml", {}, findings);
  REQUIRE(findings.text() == "");
  trial_case one;
  one.start_ms = 1714564800000;
  for (const int t : {0, 1000}) {
    trial_input in;
    in.source = "desk", in.topic = "desk/a";
    in.payload = json{{"time", one.start_ms}, {"temperature", t}, {"humidity", 1}, {"light", 1}}.dump();
    one.input.push_back(in);
  }
  const auto got = run_trial(c, one);
  REQUIRE_MESSAGE(got, (got ? "" : got.error().text));
  REQUIRE(got->results.size() == 2);
  const auto values = [&](std::size_t i) { return json::parse(got->results[i].dump()).at("values"); };
  CHECK(values(0).contains("occupied"));
  CHECK(values(1).at("prediction") == "unavailable");
  CHECK(got->counters.at("rooms").at("unavailable") == 1);
}
