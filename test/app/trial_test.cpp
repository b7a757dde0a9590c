// `sluice test`: cases in virtual time, and what it says when something else comes out.
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "actors/store/payload_json.hpp"
#include "app/trial/trial_compare.hpp"
#include "app/trial/yaml_json.hpp"
#include "app/verbs/init.hpp"
#include "app/verbs/lint.hpp"
#include "app/verbs/test.hpp"
#include "messages/exit_codes.hpp"

using namespace sluice;
namespace fs = std::filesystem;

namespace {

// A folder with a configuration and its test file, removed afterwards.
struct project {
  project() {
    std::string name = (fs::temp_directory_path() / "sluice-trial-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
    write("c.yaml", R"(sources:
  field:
    mqtt: { url: mqtt://h, topics: "p/{device}" }
    decode: { json: { time: $.time, sequence: $.seq } }
pipelines:
  mean:
    from: field
    steps:
      - window: { tumbling: "${SIZE:-10s}", watermark_delay: 0s, idle: 5s, aggregate: { t: [mean], "*": count } }
    to: out
sinks:
  out: { file: { path: o } }
)");
  }
  ~project() { fs::remove_all(path); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name, std::ios::binary) << text;
    return (path / name).string();
  }
  // Runs the cases; paths in messages are relative to the folder.
  int test(const std::string& cases) {
    write("c.test.yaml", cases);
    const auto before = fs::current_path();
    fs::current_path(path);
    std::ostringstream o, e;
    test_arguments a;
    a.configs = {"c.yaml"};
    const auto code = test_verb(a, o, e);
    fs::current_path(before);
    out = o.str(), errors = e.str();
    return code;
  }
  fs::path path;
  std::string out, errors;
};

const std::string two_readings = R"(tests:
  - name: mean of two
    input:
      - { topic: p/a, payload: { time: 1704067200000, seq: 1, t: 1 } }
      - { topic: p/a, payload: { time: 1704067201000, seq: 2, t: 2 } }
      - wait: 30s
)";

} // namespace

TEST_CASE("a case whose results and dead letters are as expected passes") {
  project p;
  CHECK(p.test(two_readings + R"(    results:
      - { pipeline: mean, device: a, start: 2024-01-01, end: 2024-01-01T00:00:10Z, revision: 0, values: { t_mean: 1.5, count: 2.0 } }
)") == exit_ok);
  CHECK(p.out == "ok      c.test.yaml:2:5: mean of two\n1 cases, 0 failed\n");
  CHECK(p.errors == "");
}

TEST_CASE("what differs is named with what was wanted and what came") {
  project p;
  CHECK(p.test(two_readings + R"(    results:
      - { device: a, pipeline: mean, values: { t_mean: 1.25, count: 2, t_max: 2 } }
      - { device: a, pipeline: mean, start: 2024-01-01T00:00:10Z }
      - { device: b, pipeline: mean }
    dead_letters: [{ reason: late }]
    counters: { mean: { applied: 3, nothing: 1 } }
)") == 1);
  CHECK(p.out == "FAILED  c.test.yaml:2:5: mean of two\n"
                 "    results of mean a: number 1 differs\n"
                 "      values.t_mean: want 1.25, got 1.5\n"
                 "      values.t_max: want 2, got nothing\n"
                 "    results of mean a: number 2 is missing\n"
                 "      want {\"device\":\"a\",\"pipeline\":\"mean\",\"start\":1704067210000}\n"
                 "    results of mean b: number 1 is missing\n"
                 "      want {\"device\":\"b\",\"pipeline\":\"mean\"}\n"
                 "    dead letters: number 1 is missing\n"
                 "      want {\"reason\":\"late\"}\n"
                 "    counters: mean.applied: want 3, got 2\n"
                 "    counters: there is no mean.nothing\n"
                 "1 cases, 1 failed\n");
}

TEST_CASE("a result that nobody expected fails a case, and so does a dead letter") {
  project p;
  CHECK(p.test(two_readings + "      - { topic: p/b, payload: oops }\n    results: []\n") == 1);
  CHECK(p.out.find("results of mean a: number 1 was not expected\n      got  {\"pipeline\":\"mean\"") !=
        std::string::npos);
  CHECK(p.out.find("dead letters: number 1 was not expected\n      got  {\"source\":\"field\"") !=
        std::string::npos);
}

TEST_CASE("silence counts while the source is up only, and an end closes windows") {
  project p;
  CHECK(p.test(R"(tests:
  - name: down
    input:
      - { topic: p/a, payload: { time: 1704067200000, seq: 1, t: 1 } }
      - down: field
      - wait: 1m
    results: []
  - name: end
    input:
      - { topic: p/a, payload: { time: 1704067200000, seq: 1, t: 1 } }
      - end: field
    results: [{ device: a, pipeline: mean, values: { t_mean: 1, count: 1 } }]
)") == exit_ok);
  CHECK(p.out.find("2 cases, 0 failed") != std::string::npos);
}

TEST_CASE("a message that the broker sends again is a duplicate") {
  project p;
  CHECK(p.test(R"(tests:
  - name: dup
    input:
      - { topic: p/a, payload: { time: 1704067200000, seq: 1, t: 1 } }
      - { topic: p/a, payload: { time: 1704067200000, seq: 1, t: 1 }, dup: true }
    counters: { field: { decoded: 1, duplicate: 1 }, mean: { in: 1 } }
)") == exit_ok);
}

TEST_CASE("a configuration under test sees the variables of its test file and no others") {
  project p;
  ::setenv("SIZE", "1h", 1);
  const std::string cases = two_readings + "    results: [{ device: a, pipeline: mean, end: ";
  CHECK(p.test(cases + "2024-01-01T00:00:10Z }]\n") == exit_ok);
  CHECK(p.test("environment: { SIZE: 20s }\n" + cases + "2024-01-01T00:00:20Z }]\n") == exit_ok);
  ::unsetenv("SIZE");
}

TEST_CASE("a variable without value is refused where it decides what is computed") {
  project p;
  p.write("c.yaml", R"(sources:
  field: { mqtt: { url: "${URL}", topics: "p/{device}" }, decode: { json: { time: $.time } } }
pipelines: { mean: { from: field, steps: [{ window: { tumbling: "${SIZE}", aggregate: { t: [mean] } } }], to: out } }
sinks: { out: { file: { path: o } } }
)");
  CHECK(p.test("tests: [{ name: n, input: [] }]\n") == exit_config);
  CHECK(p.errors ==
        "c.yaml:3:65: error: a variable without value decides what the configuration does (got nothing, "
        "want its value under environment: in c.test.yaml)\n");
}

TEST_CASE("a wrong test file is reported with its places, and nothing runs") {
  project p;
  CHECK(p.test("test: []\n" + two_readings) == exit_config);
  CHECK(p.errors ==
        "c.test.yaml:1:1: error: unknown key in a test file, did you mean \"tests\"? (got \"test\", want "
        "one of environment, tests)\n");
  CHECK(p.test(R"(tests:
  - name: ""
    start: yesterday
    input: [{ wait: soon }, { topic: a }, { payload: a, up: field }, { payload_base64: "*" }, 5]
    result: []
  - { name: a, input: 5, results: {}, dead_letters: [5], counters: { mean: { in: -1 } } }
)") == exit_config);
  CHECK(p.errors == R"(c.test.yaml:2:11: error: a test.name is empty (got "", want e.g. a window closes)
c.test.yaml:3:12: error: a test.start is not a time (got "yesterday", want e.g. 2024-01-01T00:00:00Z)
c.test.yaml:4:21: error: input.wait is not a duration (got "soon", want e.g. "30s")
c.test.yaml:4:29: error: an input is one message or one event (got neither, want payload, wait, up, down or end)
c.test.yaml:4:43: error: an input is one message or one event (got both, want payload, wait, up, down or end)
c.test.yaml:4:88: error: input.payload_base64 is not base64 (got "*", want e.g. eyJ0IjoxfQ==)
c.test.yaml:4:95: error: input is not a map of options (got "5", want keys source, topic, payload, payload_base64, properties, dup, retain, wait, up, down, end)
c.test.yaml:5:5: error: unknown key in a test, did you mean "results"? (got "result", want one of name, start, input, results, dead_letters, counters)
c.test.yaml:6:23: error: a test.input is not a list (got "5", want e.g. - wait: 30s)
c.test.yaml:6:35: error: a test.results is not a list (got a map, want - { .. }, or [])
c.test.yaml:6:54: error: a test.dead_letters holds something else (got "5", want { KEY: VALUE })
c.test.yaml:6:82: error: a test.counters.mean.in is out of bounds (got "-1", want a whole number from 0 to 9223372036854775807)
)");
  CHECK(p.out == "0 cases, 0 failed\n");
}

TEST_CASE("an input for a source that is not there fails its case") {
  project p;
  CHECK(p.test("tests: [{ name: n, input: [{ source: hall, topic: p/a, payload: x }] }]\n") == 1);
  CHECK(p.out.find("c.test.yaml:1:28: there is no source hall") != std::string::npos);
}

TEST_CASE("a configuration without test file is no success") {
  project p;
  std::ostringstream out, errors;
  test_arguments a;
  a.configs = {(p.path / "c.yaml").string()};
  CHECK(test_verb(a, out, errors) == 1);
  CHECK(errors.str().find("has no test file beside it") != std::string::npos);
}

TEST_CASE("what init writes lints clean, passes its tests and is never written over") {
  project p;
  const auto file = (p.path / "start.yaml").string();
  std::ostringstream out, errors;
  CHECK(init_verb(file, out, errors) == exit_ok);
  lint_arguments lint;
  lint.configs = {file};
  CHECK(lint_verb(lint, errors) == exit_ok);
  CHECK(errors.str() == "");
  test_arguments a;
  a.configs = {file};
  CHECK(test_verb(a, out, errors) == exit_ok);
  CAPTURE(out.str());
  CHECK(errors.str() == "");
  CHECK(init_verb(file, out, errors) == exit_usage);
  CHECK(errors.str().find("start.yaml is there already") != std::string::npos);
}

TEST_CASE("YAML values are the JSON they stand for") {
  config::yaml_node text = config::yaml_node::scalar("5"), quoted = config::yaml_node::words("5");
  CHECK(to_json(text).dump() == "5");
  CHECK(to_json(quoted).dump() == "\"5\"");
  for (const auto& [yaml, json] : {std::pair("1e3", "1000.0"),
                                   {"true", "true"},
                                   {"yes", "\"yes\""},
                                   {"-0.5", "-0.5"},
                                   {"12:30", "\"12:30\""},
                                   {"null", "\"null\""},
                                   {"[1]", "\"[1]\""}}) {
    CAPTURE(yaml);
    CHECK(to_json(config::yaml_node::scalar(yaml)).dump() == json);
  }
  CHECK(to_json(config::yaml_node()).dump() == "null");
  CHECK(from_base64("aGkh") == "hi!");
  CHECK(from_base64("aGk=") == "hi");
  CHECK(!from_base64("a"));
}
