// The step predict inside a shard: what results get, where a model takes over, and what the journal must
// know.
#include "window_fixture.hpp"

#include "actors/predict/scoring.hpp"
#include "actors/window/table_row.hpp"

using namespace sluice;
using namespace sluice::testing;

namespace {

// Says "no" and "yes" with the probability t / 100 times the model's number; t above 100 is not finite.
class fake_scoring final : public scoring {
public:
  outcome<std::shared_ptr<const model_facts>> facts(std::uint64_t model) override {
    if (model == 99) return fail(ec::storage, "not kept");
    auto facts = std::make_shared<model_facts>();
    facts->id = model, facts->classifies = classifies;
    facts->features = features;
    if (classifies) facts->classes = {"no", "yes"};
    return std::shared_ptr<const model_facts>(std::move(facts));
  }
  outcome<void> score(const std::shared_ptr<score_job>& job) override {
    const auto rows = job->rows.size() / features.size();
    asked += rows;
    if (jobs_left-- == 0) return fail(ec::timeout, why);
    auto& out = job->out;
    out = {};
    out.width = classifies ? 2 : 1;
    for (std::size_t i = 0; i < rows; ++i) {
      const auto& v = job->rows[i * features.size()];
      const float p = static_cast<float>(v.number * static_cast<double>(job->model) / 100);
      out.states.push_back(v.what == feature_value::kind::missing ? scores::state::incomplete
                           : v.number > 100                       ? scores::state::not_finite
                                                                  : scores::state::scored);
      out.classes.push_back(p > 0.5f ? 1 : 0);
      out.values.push_back(p);
      if (classifies) out.outputs.push_back(1 - p);
      out.outputs.push_back(p);
      for (std::size_t k = 0; k < features.size(); ++k)
        if (const auto& f = job->rows[i * features.size() + k]; f.what == feature_value::kind::text)
          texts.emplace_back(f.text);
    }
    return {};
  }

  std::vector<std::string> features{"t"};
  std::vector<std::string> texts;
  std::string why = "it sleeps";
  bool classifies = true;
  std::size_t asked = 0;
  int jobs_left = -1; // good answers before one is missing
};

pipeline_plan events_plan() {
  pipeline_plan p;
  p.name = "climate";
  p.source_name = "field";
  p.predict = predict_options{"predict-1", "models/a", "busy"};
  return p;
}

struct predicting : hands {
  explicit predicting(pipeline_plan p = events_plan()) : hands(std::move(p)) {
    models.by = {model};
    restart();
    record(control_kind::model, 1, "climate");
  }
  std::shared_ptr<fake_scoring> model = std::make_shared<fake_scoring>();
  // The values of all results since the last call.
  std::vector<std::string> values() {
    std::vector<std::string> out;
    for (const auto& json : jsons()) out.push_back(json.substr(json.find("\"values\":") + 9));
    for (auto& text : out) text.pop_back();
    return out;
  }
  // Journal records up to here are applied once more, from the last checkpoint on, with these marks.
  void again(std::vector<prediction_note> marks) {
    auto known = std::make_shared<prediction_notes>();
    for (auto& m : marks) known->add(std::move(m));
    models.notes = known;
    restart();
  }
};

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("predict: a result gets the class and its probability, on events and on windows") {
  predicting events;
  events.at(1000, 80);
  events.at(2000, 20);
  CHECK(events.values() == texts{R"({"t":80,"busy":"yes","busy_probability":0.8})",
                                 R"({"t":20,"busy":"no","busy_probability":0.8})"});
  CHECK(events.counters().predicted == 2);

  auto plan = minute_plan();
  plan.predict = events_plan().predict;
  predicting windows(plan);
  windows.model->features = {"t_mean", "count"};
  windows.restart();
  windows.record(control_kind::model, 1, "climate");
  windows.at(1000, 80);
  windows.at(120'000, 80);
  CHECK(windows.values() == texts{R"({"t_mean":80,"count":1,"busy":"yes","busy_probability":0.8})"});
}

TEST_CASE("predict: probabilities of every class are an option, a regression gives a number") {
  auto plan = events_plan();
  plan.predict->probabilities = true;
  predicting all(plan);
  all.at(1000, 75);
  CHECK(all.values() ==
        texts{R"({"t":75,"busy":"yes","busy_probability":0.75,"busy_p_no":0.25,"busy_p_yes":0.75})"});

  predicting number;
  number.model->classifies = false;
  number.restart();
  number.record(control_kind::model, 1, "climate");
  number.at(1000, 0);
  CHECK(number.values() == texts{R"({"t":0,"busy":0})"});
}

TEST_CASE(
    "predict: an event's own field of the name is replaced, and the only value has no comma before it") {
  predicting h;
  h.event({"d", 1000, {{"busy", std::string("old")}, {"t", 80.0}, {"prediction", 1.0}}});
  h.event({"d", 2000, {}});
  CHECK(h.values() ==
        texts{R"({"t":80,"busy":"yes","busy_probability":0.8})", R"({"prediction":"incomplete"})"});
  CHECK(h.counters().incomplete == 1);
}

TEST_CASE("predict: features are found wherever they stand in a record") {
  predicting h;
  h.model->features = {"t", "a"};
  h.restart();
  h.record(control_kind::model, 1, "climate");
  h.event({"d", 1000, {{"z", 1.0}, {"t", 80.0}, {"m", std::string("x")}, {"a", std::string("word")}}});
  CHECK(h.values() == texts{R"({"a":"word","m":"x","t":80,"z":1,"busy":"yes","busy_probability":0.8})"});
  CHECK(h.model->texts == texts{"word"});
}

TEST_CASE("predict: texts, booleans and escaped names reach the model as they are") {
  predicting h;
  h.model->features = {"a \"b\"", "word"};
  h.restart();
  h.record(control_kind::model, 1, "climate");
  h.event({"d", 1000, {{"word", std::string("x\ny")}, {"a \"b\"", true}}});
  CHECK(h.values().at(0).find(R"("busy":"no","busy_probability":0.99)") != std::string::npos);
  CHECK(h.model->texts == texts{"x\ny"});
}

TEST_CASE("predict: a model scores what the journal has behind its record, nothing before") {
  predicting h;
  h.at(1000, 30);
  h.record(control_kind::model, 3, "climate");
  h.at(2000, 30);
  h.record(control_kind::model, 1, "other");
  h.at(3000, 30);
  CHECK(h.values() == texts{R"({"t":30,"busy":"no","busy_probability":0.7})",
                            R"({"t":30,"busy":"yes","busy_probability":0.9})",
                            R"({"t":30,"busy":"yes","busy_probability":0.9})"});
  h.restart(); // the state says which one is in force
  h.at(4000, 30);
  CHECK(h.values() == texts{R"({"t":30,"busy":"yes","busy_probability":0.9})"});
}

TEST_CASE("predict: a damaged row of a look-up table is an error beside a good one of a model") {
  predicting h;
  h.checkpoint();
  h.store.data[state_family::source][table_key("rooms.csv")] = "torn";
  const auto made = shard::make(0, 1, {h.plan}, &h.store, nullptr, h.models);
  REQUIRE(made);
  const auto loaded = (*made)->load();
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().text.find("look-up table rooms.csv is damaged") != std::string::npos);
}

TEST_CASE("predict: before any model is in force results are unavailable, and nobody has to note it") {
  hands h(events_plan());
  h.models.by = {std::make_shared<fake_scoring>()};
  h.restart();
  h.at(1000, 30);
  CHECK(h.jsons().at(0).find(R"("prediction":"unavailable")") != std::string::npos);
  CHECK(h.notes.empty());
  CHECK(h.counters().unavailable == 1);
}

TEST_CASE("predict: results without an answer are flagged and noted") {
  predicting h;
  h.model->jobs_left = 0;
  const auto first = h.sequence + 1;
  h.at(1000, 30);
  h.at(2000, 40);
  CHECK(h.values() ==
        texts{R"({"t":30,"prediction":"unavailable"})", R"({"t":40,"prediction":"unavailable"})"});
  CHECK(h.notes == std::vector<prediction_note>{{"climate", first, first + 1, 0, 1, "it sleeps"}});
  CHECK(h.counters().unavailable == 2);
  h.at(3000, 80);
  CHECK(h.values() == texts{R"({"t":80,"busy":"yes","busy_probability":0.8})"});
}

TEST_CASE("predict: a long reason is cut between characters") {
  predicting h;
  h.model->why = std::string(199, 'x') + "\xc3\xa9 and more"; // e acute begins at the last byte
  h.model->jobs_left = 0;
  h.at(1000, 30);
  h.checkpoint();
  REQUIRE(h.notes.size() == 1);
  CHECK(h.notes[0].reason == std::string(199, 'x'));
}

TEST_CASE("predict: an outage is one note until something has an outcome of its own") {
  predicting h;
  const auto first = h.sequence + 1;
  for (int i = 0; i < 3; ++i) {
    h.model->jobs_left = 0;
    h.at(1000 * (i + 1), 30);
    h.logic->predict();
  }
  h.event({"d", 4000, {}}); // incomplete
  h.logic->predict();
  h.model->jobs_left = 0;
  h.at(5000, 30);
  h.checkpoint();
  CHECK(h.notes == std::vector<prediction_note>{{"climate", first, first + 2, 0, 1, "it sleeps"},
                                                {"climate", first + 4, first + 4, 0, 1, "it sleeps"}});
  CHECK(h.counters().unavailable == 4);
  CHECK(h.counters().incomplete == 1);
}

TEST_CASE("predict: what is not finite is unavailable, with all that the same record caused") {
  predicting h;
  h.at(1000, 30);
  h.at(2000, 200);
  h.at(3000, 300);
  const auto many = h.sequence += 1;
  h.event({.time = 4000, .fields = {{"t", 40.0}}, .sequence = many, .index = 0});
  h.event({.time = 4001, .fields = {{"t", 400.0}}, .sequence = many, .index = 1});
  h.at(5000, 50);
  CHECK(h.values() ==
        texts{R"({"t":30,"busy":"no","busy_probability":0.7})", R"({"t":200,"prediction":"unavailable"})",
              R"({"t":300,"prediction":"unavailable"})", R"({"t":40,"prediction":"unavailable"})",
              R"({"t":400,"prediction":"unavailable"})", R"({"t":50,"busy":"no","busy_probability":0.5})"});
  REQUIRE(h.notes.size() == 2);
  CHECK(h.notes[0].first + 1 == h.notes[0].last);
  CHECK(h.notes[1].first == many);
  CHECK(h.notes[1].last == many);
}

TEST_CASE("predict: who shares the fate of another result has nothing of its prediction") {
  predicting h;
  h.model->features = {"busy"}; // that the prediction replaces
  h.restart();
  h.record(control_kind::model, 1, "climate");
  const auto both = h.sequence += 1;
  h.event({.time = 1000, .fields = {{"busy", 40.0}}, .sequence = both, .index = 0});
  h.event({.time = 1001, .fields = {{"busy", 400.0}}, .sequence = both, .index = 1});
  CHECK(h.values() == texts{R"({"prediction":"unavailable"})", R"({"prediction":"unavailable"})"});
  CHECK(h.counters().unavailable == 2);
  CHECK(h.counters().predicted == 0);
}

TEST_CASE(
    "predict: a recovery and a replay with other shards decide by the marks, and ask for nothing else") {
  predicting h;
  h.checkpoint();
  const auto begin = h.sequence;
  const auto load = [&h, begin] {
    h.sequence = begin;
    for (const auto* device : {"a", "b", "c", "d"})
      for (int i = 0; i < 3; ++i) h.at(1000 * (i + 1), 30, device);
  };
  h.model->jobs_left = 0;
  load();
  h.logic->predict(); // fails
  h.at(9000, 30);
  const auto before = h.values();
  REQUIRE(h.notes.size() == 1);

  SUBCASE("the same shard") {
    predicting again;
    again.checkpoint();
    again.again(h.notes);
    again.sequence = begin;
    for (const auto* device : {"a", "b", "c", "d"})
      for (int i = 0; i < 3; ++i) again.at(1000 * (i + 1), 30, device);
    again.at(9000, 30);
    CHECK(again.values() == before);
    CHECK(again.model->asked == 1);
    CHECK(again.notes.empty());
  }
  SUBCASE("a mark of one shard of two leaves the devices of the other alone") {
    auto note = h.notes.front();
    note.shards = 2;
    note.shard = key_slot(device_hash("a")) % 2;
    h.again({note});
    h.model->jobs_left = -1;
    load();
    std::size_t i = 0;
    const auto values = h.values();
    for (const auto* device : {"a", "b", "c", "d"})
      for (int n = 0; n < 3; ++n, ++i) {
        const bool noted = key_slot(device_hash(device)) % 2 == note.shard;
        CHECK((values.at(i).find("unavailable") != std::string::npos) == noted);
      }
  }
}

TEST_CASE("predict: results of keys are predicted, and noted by the slot of their key") {
  auto plan = events_plan();
  plan.key = {{"site"}};
  plan.key_index = 1;
  predicting h(plan);
  const std::string key = R"({"site":"a"})";
  h.model->jobs_left = 0;
  h.event({.time = 1000, .fields = {{"t", 80.0}, {"site", std::string("a")}}, .key = key});
  CHECK(h.values() == texts{R"({"t":80,"prediction":"unavailable"})"});
  REQUIRE(h.notes.size() == 1);
  auto note = h.notes.front();
  note.shards = 2;
  for (const std::uint32_t shard : {0, 1}) {
    note.shard = shard;
    h.again({note});
    h.sequence = note.first - 1;
    h.event({.time = 1000, .fields = {{"t", 80.0}, {"site", std::string("a")}}, .key = key});
    CHECK((h.values().at(0).find("unavailable") != std::string::npos) ==
          (key_slot(device_hash(key)) % 2 == shard));
  }
}

TEST_CASE("predict: a batch that fails takes along what its first record caused in the batch before") {
  predicting h;
  std::vector<reading> all;
  const auto sequence = h.sequence += 1; // one message with more events than a batch has rows
  for (std::uint32_t i = 0; i < 4100; ++i)
    all.push_back(
        {.time = 1000 + i, .fields = {{"t", 30.0}}, .received = h.now, .sequence = sequence, .index = i});
  const auto b = make_batch(all);
  std::vector<std::uint32_t> rows(all.size());
  for (std::uint32_t i = 0; i < rows.size(); ++i) rows[i] = i;
  h.model->jobs_left = 1;
  h.logic->apply(b, rows, 0);
  std::size_t unavailable = 0;
  for (const auto& text : h.values()) unavailable += text.find("unavailable") != std::string::npos;
  CHECK(unavailable == 4100);
  CHECK(h.notes == std::vector<prediction_note>{{"climate", sequence, sequence, 0, 1, "it sleeps"}});
}

TEST_CASE("predict: conditions of `to:` see the prediction") {
  auto plan = events_plan();
  plan.conditions = {{"board", "busy = 'yes'"}, {"log", "prediction = 'incomplete'"}};
  plan.unconditional = false;
  predicting h(plan);
  h.at(1000, 80);
  h.at(2000, 20);
  h.event({"d", 3000, {}});
  const auto results = h.results();
  REQUIRE(results.size() == 2);
  CHECK(results[0].not_to == "log");
  CHECK(results[1].not_to == "board");
  CHECK(h.counters().unrouted == 1);
}
