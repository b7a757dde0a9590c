// What a valid configuration becomes: structs, canonical text, meaning, and the reference.
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "app/configuration.hpp"
#include "config/interpolate.hpp"

using namespace sluice;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

// A folder of its own for one test.
struct folder {
  folder() {
    std::string name = (fs::temp_directory_path() / "sluice-configuration-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~folder() { fs::remove_all(path); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name, std::ios::binary) << text;
    return (path / name).string();
  }
  fs::path path;
};

using variables = std::map<std::string, std::string>;

configuration load(const std::string& path, config::report& out, const variables& environment = {}) {
  auto world = config::process_surroundings();
  world.environment = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    if (found == environment.end()) return std::nullopt;
    return found->second;
  };
  return load_configuration_in(path, world, out);
}

configuration load_text(const std::string& text, const variables& environment = {}) {
  const folder f;
  config::report out;
  auto made = load(f.write("c.yaml", text), out, environment);
  CHECK(out.text() == "");
  return made;
}

std::string greenhouse() {
  return std::string(SLUICE_SOURCE_DIR) + "/config/pipelines/greenhouse.yaml";
}

std::string pipeline_text(const std::string& window,
                          const std::string& json = "time: $.time, sequence: $.seq",
                          const std::string& more = "") {
  return "sources:\n  field:\n    mqtt: { url: mqtt://h, topics: \"p/{device}\" }\n    decode: { json: { " +
         json +
         " } }\npipelines:\n  climate:\n    from: field\n    steps:\n      - filter: temperature > -40\n     "
         " - window: { " +
         window + ", aggregate: { temperature: [mean, max], \"*\": count } }\n    to: out\n" + more +
         "sinks:\n  out: { file: { path: out.jsonl } }\n";
}

} // namespace

TEST_CASE("the shipped example becomes what it says, with the documented defaults") {
  config::report out;
  const auto c = load(greenhouse(), out);
  CHECK(out.text() == "");
  CHECK(c.service.name == "greenhouse");
  CHECK(c.service.data_dir == "./data");
  CHECK(c.service.keep.level == config::durability::kind::power);
  CHECK(c.service.journal.quota_bytes == 8ull << 30);
  CHECK(c.service.journal.retain == 0ms);
  REQUIRE(c.sources.size() == 1);
  const auto& source = c.sources[0];
  CHECK(source.name == "field");
  CHECK(source.mqtt()->connection.urls == std::vector<std::string>{"mqtt://127.0.0.1:1883"});
  CHECK(source.mqtt()->connection.session_expiry == 7 * 24h);
  CHECK(source.mqtt()->max_message == 256u << 10);
  CHECK(source.mqtt()->qos == 1);
  REQUIRE(source.mqtt()->topics.size() == 1);
  CHECK(source.mqtt()->topics[0].filter() == "greenhouse/+/climate");
  CHECK(!source.decode.json.time.arrival);
  CHECK(source.decode.json.time.path == "$.time");
  CHECK(source.decode.json.sequence_path == "$.seq");
  CHECK(source.decode.future == 5min);
  CHECK(source.decode.oldest_ms == 946684800000);
  REQUIRE(c.pipelines.size() == 1);
  const auto& p = c.pipelines[0];
  CHECK(p.from == "field");
  CHECK(p.to == std::vector<std::string>{"board", "archive"});
  CHECK(p.device_forget == 30 * 24h);
  REQUIRE(p.steps.size() == 2);
  CHECK(std::get<filter_options>(p.steps[0]).id == "filter-1");
  CHECK(std::get<derive_options>(p.steps[1]).fields[0].name == "dew_point");
  REQUIRE(p.window);
  CHECK(p.window->size == 10s);
  CHECK(p.window->watermark_delay == 10s);
  CHECK(p.window->allowed_lateness == 80s);
  CHECK(p.window->idle == 2min);
  CHECK(p.window->late == late_policy::dead_letter);
  REQUIRE(p.window->aggregates.size() == 8);
  CHECK(p.window->aggregates[0].output == "temperature_mean");
  CHECK(p.window->aggregates[4].output == "rh");
  CHECK(p.window->aggregates[6].output == "count");
  CHECK(p.window->aggregates[7].output == "set_hash");
  CHECK(p.window->aggregates[7].kind == aggregate_kind::set_hash);
  REQUIRE(c.sinks.size() == 2);
  const auto& board = std::get<thingsboard_options>(c.sinks[0].kind);
  CHECK(board.connection.user == "greenhouse-gateway");
  CHECK(board.publish_as == thingsboard_options::mode::gateway);
  CHECK(std::get<file_options>(c.sinks[1].kind).path == "results.jsonl");
}

TEST_CASE("the shipped example takes its places and its window from the environment") {
  config::report out;
  const auto c = load(greenhouse(), out,
                      {{"SLUICE_DATA", "/tmp/d"},
                       {"MQTT_URL", "mqtt://127.0.0.1:4711"},
                       {"WINDOW", "2s"},
                       {"IDLE", "never"},
                       {"TB_URL", "mqtts://board"},
                       {"TB_TOKEN", "s3cret"},
                       {"RESULTS", "/tmp/d/r.jsonl"}});
  CHECK(out.text() == "");
  CHECK(c.service.data_dir == "/tmp/d");
  CHECK(c.sources[0].mqtt()->connection.urls[0] == "mqtt://127.0.0.1:4711");
  CHECK(c.pipelines[0].window->size == 2s);
  CHECK(c.pipelines[0].window->allowed_lateness == 16s);
  CHECK(!c.pipelines[0].window->idle);
  CHECK(std::get<thingsboard_options>(c.sinks[0].kind).connection.urls[0] == "mqtts://board:8883");
  CHECK(c.redacted.find("s3cret") == std::string::npos);
  CHECK(c.redacted.find("token: \"***\"") != std::string::npos);
}

TEST_CASE("the redacted text holds everything in force, defaults included") {
  const auto c = load_text(pipeline_text("tumbling: 1m"));
  CHECK(c.redacted.find("watermark_delay: 10s") != std::string::npos);
  CHECK(c.redacted.find("allowed_lateness: 8m") != std::string::npos);
  CHECK(c.redacted.find("session_expiry: 7d") != std::string::npos);
  CHECK(c.redacted.find("quota: 8GiB") != std::string::npos);
  CHECK(c.redacted.find("idle: 2m") != std::string::npos);
}

TEST_CASE("secrets never stand in the redacted text") {
  const folder f;
  const auto password = f.write("password", "from-a-file\n"), user = f.write("user", "user-from-a-file\n");
  ::chmod(password.c_str(), 0600);
  ::chmod(user.c_str(), 0600);
  config::report out;
  const auto c =
      load(f.write("c.yaml",
                   "sources:\n  field:\n    mqtt:\n      url: mqtt://h\n      topics: \"p/{device}\"\n"
                   "      user: ${file:" +
                       user + "}\n      password: \"${file:" + password +
                       "}\"\n    decode: { json: { time: $.t } }\n"
                       "pipelines: { p: { from: field, to: board } }\n"
                       "sinks: { board: { thingsboard: { url: mqtt://h:1884, token: plain-token } } }\n"),
           out);
  CHECK(out.text() == "");
  CHECK(c.sources[0].mqtt()->connection.password == "from-a-file");
  for (const char* secret : {"from-a-file", "plain-token", "user-from-a-file"}) {
    CAPTURE(std::string(secret));
    CHECK(c.redacted.find(secret) == std::string::npos);
    CHECK(c.pipelines[0].meaning.find(secret) == std::string::npos);
  }
}

TEST_CASE("a secret file that everybody may read is a warning that names the path") {
  const folder f;
  const auto password = f.write("password", "x");
  ::chmod(password.c_str(), 0644);
  config::report out;
  load(f.write("c.yaml", pipeline_text("tumbling: 1m", "time: $.t",
                                       "service: { name: \"${file:" + password + "}\" }\n")),
       out);
  CHECK(out.empty());
  CHECK(out.text().find("warning: the secret file " + password + " can be read by everybody") !=
        std::string::npos);
}

TEST_CASE("the meaning of a pipeline changes with what gives its state meaning, and with nothing else") {
  const auto meaning = [](const std::string& window,
                          const std::string& json = "time: $.time, sequence: $.seq",
                          const std::string& more = "") {
    return load_text(pipeline_text(window, json, more)).pipelines[0].meaning;
  };
  const auto base = meaning("tumbling: 1m");
  CHECK(base == meaning("tumbling: 60s"));
  CHECK(base == meaning("watermark_delay: 10s, tumbling: 1m"));
  CHECK(base == meaning("tumbling: 1m, idle: never"));
  CHECK(base == meaning("tumbling: 1m, late: drop"));
  CHECK(base == meaning("tumbling: 1m", "time: $.time, sequence: $.seq, max_depth: 5"));
  CHECK(base == meaning("tumbling: 1m", "time: { path: $.time, unit: ms }, sequence: $.seq"));
  CHECK(base ==
        meaning("tumbling: 1m", "time: $.time, sequence: $.seq", "service: { name: other, shards: 3 }\n"));
  CHECK(base != meaning("tumbling: 2m"));
  CHECK(base != meaning("tumbling: 1m, allowed_lateness: 9m"));
  CHECK(base != meaning("tumbling: 1m, watermark_delay: 9s"));
  CHECK(base != meaning("tumbling: 1m", "time: $.t, sequence: $.seq"));
  CHECK(base != meaning("tumbling: 1m", "time: { path: $.time, unit: s }, sequence: $.seq"));
  CHECK(base != meaning("tumbling: 1m", "time: $.time, sequence: $.s"));
  CHECK(base != meaning("tumbling: 1m", "time: $.time, sequence: $.seq, device: $.id"));
}

TEST_CASE("each kind of window is read, has its default of lateness, and a meaning of its own") {
  const auto window = [](const std::string& text) {
    return *load_text(pipeline_text(text)).pipelines[0].window;
  };
  const auto hopping = window("hopping: { size: 1h, every: 5m }, offset: 1m");
  CHECK(hopping.kind == window_kind::hopping);
  CHECK(hopping.size == 1h);
  CHECK(hopping.every == 5min);
  CHECK(hopping.offset == 1min);
  CHECK(hopping.allowed_lateness == 8h);
  const auto session = window("session: { gap: 30m }");
  CHECK(session.kind == window_kind::session);
  CHECK(session.gap == 30min);
  CHECK(session.allowed_lateness == 0s);
  const auto counted = window("count: 100, allowed_lateness: 0s");
  CHECK(counted.kind == window_kind::count);
  CHECK(counted.count == 100);
  CHECK(counted.allowed_lateness == 0s);
  const auto running = window("running: { every: 1m }");
  CHECK(running.kind == window_kind::running);
  CHECK(running.every == 1min);
  CHECK(running.allowed_lateness == 8min);
  CHECK(window("running: each").every.amount() == 0);
  CHECK(window("running: {}").allowed_lateness == 0s);
  const auto quarter = window("tumbling: 3mo, timezone: Europe/Berlin, offset: 6h");
  CHECK(quarter.size == window_length(3, length_unit::month));
  CHECK(quarter.timezone == "Europe/Berlin");
  CHECK(quarter.allowed_lateness == 8 * 3 * 31 * 24h);
  std::set<std::string> meanings;
  const std::vector<std::string> all{"tumbling: 1m",
                                     "tumbling: 1m, offset: 1s",
                                     "tumbling: 1d",
                                     "tumbling: 1d, timezone: Europe/Berlin",
                                     "tumbling: 1w",
                                     "hopping: { size: 1h, every: 5m }",
                                     "hopping: { size: 1h, every: 6m }",
                                     "session: { gap: 1m }",
                                     "session: { gap: 2m }",
                                     "count: 2",
                                     "count: 3",
                                     "running: each",
                                     "running: { every: 1m }",
                                     "running: { every: 2m }"};
  for (const auto& text : all) meanings.insert(load_text(pipeline_text(text)).pipelines[0].meaning);
  CHECK(meanings.size() == all.size());
}

TEST_CASE("a tumbling window means what it meant before there were others") {
  const auto meaning = load_text(pipeline_text("tumbling: 1d")).pipelines[0].meaning;
  for (const auto* word : {"hopping", "session", "running", "timezone", "offset"})
    CHECK(meaning.find(word) == std::string::npos);
  CHECK(meaning.find("tumbling: 1d\n") != std::string::npos);
}

TEST_CASE("a folder is merged by name") {
  const folder f;
  f.write("10-source.yaml", "sources:\n  field:\n    mqtt: { url: mqtt://h, topics: \"p/{device}\" }\n"
                            "    decode: { json: { time: $.t } }\nservice: { name: plant }\n");
  f.write("20-more.yml", "pipelines: { p: { from: field, to: [a, b] } }\nservice: { data_dir: /tmp/x }\n"
                         "sinks: { a: { file: { path: a.jsonl } } }\n");
  f.write("30-sinks.yaml", "sinks: { b: { file: { path: b.jsonl } } }\n");
  f.write("40-empty.yaml", "# nothing\n");
  f.write(".hidden.yaml", "not: [yaml");
  f.write("notes.txt", "not: [yaml");
  config::report out;
  const auto c = load(f.path.string(), out);
  CHECK(out.text() == "");
  CHECK(c.service.name == "plant");
  CHECK(c.service.data_dir == "/tmp/x");
  CHECK(c.sinks.size() == 2);
}

TEST_CASE("a folder without configurations is an error") {
  const folder f;
  config::report out;
  load(f.path.string(), out);
  CHECK(out.text() ==
        f.path.string() +
            ":1:1: error: the folder holds no configuration (got no file, want *.yaml or *.yml)\n");
}

TEST_CASE("a data directory that is a file is refused") {
  const folder f;
  const auto file = f.write("data", "");
  config::report out;
  const auto path =
      f.write("c.yaml", pipeline_text("tumbling: 1m", "time: $.t", "service: { data_dir: " + file + " }\n"));
  load(path, out);
  CHECK(out.text() == path + ":12:22: error: service.data_dir is no folder (got \"" + file +
                          "\", want a folder, or a name that is free)\n");
}

TEST_CASE("sources and sinks are read in the order of the file, sinks by their kind") {
  const auto c = load_text(
      "sources:\n  b: { mqtt: { url: [mqtt://h, \"mqtts://[::1]:8884\"], topics: [\"b/{device}\"] }, "
      "decode: { json: { time: $.t }, future: off, oldest: 1990-01-01 } }\n"
      "  a: { mqtt: { url: mqtt://h:1, topics: a, protocol: 3.1.1, retained: ignore }, "
      "decode: { json: { time: { path: '$[\"a b\"]', unit: us }, device: $.id, fields: { t: $.t.v } } } }\n"
      "pipelines:\n  p: { from: b, to: out }\n  q: { from: a, to: out, device: { forget: 1h } }\n"
      "service: { durability: { bounded: 20ms } }\n"
      "sinks: { out: { file: { path: \"%F.jsonl\" } } }\n");
  CHECK(c.service.keep.level == config::durability::kind::bounded);
  CHECK(c.service.keep.bound == 20ms);
  REQUIRE(c.sources.size() == 2);
  CHECK(c.sources[0].name == "b");
  CHECK(c.sources[0].mqtt()->connection.urls ==
        std::vector<std::string>{"mqtt://h:1883", "mqtts://[::1]:8884"});
  CHECK(!c.sources[0].decode.future);
  CHECK(c.sources[0].decode.oldest_ms == 631152000000);
  CHECK(c.sources[1].mqtt()->connection.protocol == 4);
  CHECK(!c.sources[1].mqtt()->accept_retained);
  CHECK(c.sources[1].decode.json.time.unit == time_unit::us);
  CHECK(c.sources[1].decode.json.device_path == "$.id");
  REQUIRE(c.sources[1].decode.json.fields.size() == 1);
  CHECK(c.sources[1].decode.json.fields[0].path == "$.t.v");
  CHECK(c.pipelines[1].device_forget == 1h);
  CHECK(!c.pipelines[0].window);
}

TEST_CASE("sources and sinks share a connection, and their own options win") {
  const auto c = load_text(R"(connections:
  plant: { mqtt: { url: mqtt://broker, user: u, keep_alive: 7s } }
  board: { mqtt: { url: mqtts://tb, tls: { verify: true } } }
sources:
  a: { mqtt: { connection: plant, topics: "a/{device}" }, decode: { json: { time: $.t } } }
  b: { mqtt: { connection: plant, topics: "b/{device}", url: mqtt://other:1, user: v }, decode: { json: { time: $.t } } }
pipelines:
  a: { from: a, to: [tb, out] }
  b: { from: b, to: out }
sinks:
  tb: { thingsboard: { connection: board, token: secret } }
  out: { file: { path: out.jsonl } }
)");
  REQUIRE(c.sources.size() == 2);
  const auto &a = c.sources[0].mqtt()->connection, &b = c.sources[1].mqtt()->connection;
  CHECK(a.urls == std::vector<std::string>{"mqtt://broker:1883"});
  CHECK(a.user == "u");
  CHECK(a.keep_alive == 7s);
  CHECK(b.urls == std::vector<std::string>{"mqtt://other:1"});
  CHECK(b.user == "v");
  CHECK(b.keep_alive == 7s);
  CHECK(std::get<thingsboard_options>(c.sinks[0].kind).connection.urls ==
        std::vector<std::string>{"mqtts://tb:8883"});
  CHECK(c.redacted.find("connection:") == std::string::npos);
}

TEST_CASE("a folder shares connections and templates between its files, and its tests are no configuration") {
  const folder f;
  f.write("1.yaml",
          "connections: { plant: { mqtt: { url: mqtt://broker } } }\nuse: [{ hall: { name: north } }]\n");
  f.write("2.yaml", R"(templates:
  hall:
    parameters: { name: text }
    sources: { $(name): { mqtt: { connection: plant, topics: "$(name)/{device}" }, decode: { json: { time: $.t } } } }
    pipelines: { $(name): { from: $(name), to: out } }
)");
  f.write("3.yaml", "use: [{ hall: { name: south } }]\nsinks: { out: { file: { path: o } } }\n");
  f.write("north.test.yaml", "tests: []\n");
  config::report out;
  const auto c = load(f.path.string(), out);
  CHECK(out.text() == "");
  REQUIRE(c.sources.size() == 2);
  CHECK(c.sources[1].mqtt()->topics[0].text() == "south/{device}");
  CHECK(c.pipelines[1].from == "south");
}
