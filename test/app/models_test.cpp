// Which model is in force when a service starts.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "actors/window/table_row.hpp"
#include "app/models.hpp"
#include "test/predict/model_fixture.hpp"
#include "test/store/store_fixture.hpp"

using namespace sluice;
namespace fs = std::filesystem;

namespace {

// A service of one pipeline `p` that predicts with the bundle in the folder, and its data directory.
struct service {
  test::temp_dir folder;
  test::temp_dir data;
  configuration c;
  plans plan;
  std::unique_ptr<store> state;
  std::unique_ptr<test::open_journal> log;
  model_files files{data.path()};

  std::string path() const { return folder.path() + "/rooms"; }
  std::uint64_t save(const std::string& version, const std::vector<std::string>& classes = {}) const {
    auto b = test::python_bundle(classes.empty() ? "number.ubj" : "binary.ubj", classes);
    b.version = version;
    const auto saved = save_bundle(b, path());
    REQUIRE_MESSAGE(saved, (saved ? "" : saved.error().text));
    return model_id(*saved);
  }
  // `aggregate`: of the window before the step, in YAML.
  void configure(const std::string& aggregate, const std::string& more = "") {
    std::ofstream(folder.path() + "/c.yaml") << "sources:\n"
                                                "  field:\n"
                                                "    mqtt: { url: mqtt://h, topics: \"r/{device}\" }\n"
                                                "    decode: { json: { time: $.time, fields: { t: $.t } } }\n"
                                                "pipelines:\n"
                                                "  p:\n"
                                                "    from: field\n"
                                                "    steps:\n"
                                                "      - window: { tumbling: 1m, aggregate: { t: { " +
                                                    aggregate +
                                                    " } } }\n"
                                                    "      - predict: { model: " +
                                                    path() + ", into: busy" + more +
                                                    " }\n"
                                                    "    to: out\n"
                                                    "sinks:\n"
                                                    "  out: { file: { path: o } }\n";
    config::report findings;
    c = load_configuration(folder.path() + "/c.yaml", load_flags{.read_tables = false}, findings);
    REQUIRE(findings.text() == "");
    plan = make_plans(c);
  }
  outcome<std::shared_ptr<watched_models>> start() {
    state.reset(), log.reset();
    auto opened = store::open(data.path(), test::process_options(), plan.pipeline_names, {});
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().text));
    state = std::move(*opened);
    log = std::make_unique<test::open_journal>(data.path());
    return open_models(c, plan.pipelines, files, *models_kept_in(data.path()), *state, *log->log);
  }
  // As the shards do it when they have applied the MODEL record.
  void put_row(std::uint64_t id) const {
    checkpoint part;
    part.reader.state.push_back({state_family::source, model_key("p"), encode_table_hash(id)});
    REQUIRE(state->commit(std::move(part)));
  }
  std::optional<std::string> row() const { return state->get(state_family::source, model_key("p")); }
};

constexpr const char* all = "mean: temperature, max: humidity, min: light";

} // namespace

TEST_CASE("a service does not start with a model whose features its results do not have") {
  service s;
  s.save("1");
  s.configure("mean: temperature, max: humidity, min: lihgt");
  const auto got = s.start();
  REQUIRE_FALSE(got);
  CHECK(got.error().code == ec::invalid);
  CHECK(got.error().text.find("model rooms 1 does not fit pipeline p: a feature of the model is no output of "
                              "the window, did you mean \"lihgt\"? (got \"light\"") != std::string::npos);
  CHECK(fs::is_empty(s.data.path() + "/models")); // no copy is left
}

TEST_CASE("a service does not start when probabilities of classes would have the names of outputs") {
  service s;
  s.save("1", {"no", "yes"});
  const auto clash = std::string(all) + ", sum: busy_p_yes";
  s.configure(clash);
  CHECK(s.start());
  s.configure(clash, ", probabilities: true");
  const auto got = s.start();
  REQUIRE_FALSE(got);
  CHECK(got.error().code == ec::invalid);
  CHECK(got.error().text.find("an output of the window and of predict have one name (got \"busy_p_yes\"") !=
        std::string::npos);
}

TEST_CASE("a bundle that does not fit leaves the model of before in force, if that one fits") {
  service s;
  const auto good = s.save("1");
  s.configure(all);
  REQUIRE(s.start());
  s.put_row(good);
  auto b = test::python_bundle("number.ubj", {});
  b.features[0].name = "warmth";
  REQUIRE(save_bundle(b, s.path()));
  const auto models = s.start();
  REQUIRE_MESSAGE(models, (models ? "" : models.error().text));
  CHECK((*models)->all[0].bundle.in_force()->id == good);
  CHECK((*models)->all[0].bundle.trouble().find("\"warmth\"") != std::string::npos);
  s.configure("mean: temperature, max: humidity"); // now neither fits
  const auto none = s.start();
  REQUIRE_FALSE(none);
  CHECK(none.error().code == ec::invalid);
}

TEST_CASE("a start says in the journal which model is in force, and nothing of what was before") {
  service s;
  const auto id = s.save("1");
  s.configure(all);
  REQUIRE(s.start());
  CHECK_FALSE(s.row()); // what waits below the record has none, as in a replay
  auto at = s.log->log->read(1);
  REQUIRE(at->next() == journal::cursor::kind::control);
  CHECK(at->record().kind == control_kind::model);
  CHECK(at->record().value == id);
  s.put_row(id);
  const auto next = s.save("2");
  const auto models = s.start();
  REQUIRE(models);
  CHECK((*models)->all[0].bundle.in_force()->id == next);
  CHECK(s.row() == encode_table_hash(id)); // until the record of the new one is applied
}

TEST_CASE("a model in force that is damaged is an error; one that is gone was forgotten") {
  service s;
  const auto id = s.save("1");
  s.configure(all);
  REQUIRE(s.start());
  s.put_row(id);
  s.save("2");
  std::ofstream(s.files.path(id) + "/bundle.json") << "torn";
  const auto damaged = s.start();
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().code == ec::corrupt);
  CHECK(damaged.error().text.find("the model in force is damaged") != std::string::npos);
  CHECK(s.row() == encode_table_hash(id)); // is not replaced
  fs::remove_all(s.files.path(id));
  CHECK(s.start());
  CHECK_FALSE(s.row());
}

TEST_CASE("a kept model that is damaged is repaired by its bundle") {
  service s;
  const auto id = s.save("1");
  s.configure(all);
  REQUIRE(s.start());
  s.put_row(id);
  fs::remove(s.files.path(id) + "/samples.jsonl");
  const auto models = s.start();
  REQUIRE_MESSAGE(models, (models ? "" : models.error().text));
  CHECK(make_desks(**models, models_kept_in(s.data.path()), 1));
}
