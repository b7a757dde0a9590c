// What a message costs through MQTT, against a real mosquitto: received (client and journal alone, beside a
// raw socket and mosquitto_sub), and MQTT -> filter -> MQTT through the service, beside the raw socket. Each
// side is a process of its own, whose CPU the system counts; one JSON line per measurement.
//
//   mqtt_bench [SECONDS [RATE]]   everything, or what is sent with RATE messages a second (0 = without a
//   break);
//                                 SECONDS for each measurement (3)
//   mqtt_bench through grouped|paho|forward power|process RATE SECONDS
#include <cstdio>
#include <filesystem>
#include <thread>

#include "actors/client/mqtt_client.hpp"
#include "actors/ingest/puback.hpp"
#include "test/bench/mqtt_floor.hpp"
#include "test/bench/mqtt_rig.hpp"

using namespace sluice;
using namespace sluice::bench;
using clock_ = std::chrono::steady_clock;

namespace {

// Callbacks that end this process when something fails.
mqtt_callbacks careful() {
  mqtt_callbacks calls;
  calls.on_connect_failed = calls.on_subscribe_failed =
      calls.on_lost = [](const error& e) { give_up(e.text); };
  return calls;
}

void ready() {
  std::puts("ready");
  std::fflush(stdout);
}

mqtt_connection_options connection(int port, const std::string& kind) {
  mqtt_connection_options o;
  o.urls = {"mqtt://127.0.0.1:" + std::to_string(port)};
  o.client = kind == "paho" ? mqtt_client_kind::paho : mqtt_client_kind::grouped;
  o.client_id = kind + std::to_string(getpid());
  o.session_expiry = std::chrono::seconds(0);
  return o;
}

// Subscribes and takes `count` messages; with durability memory nothing is kept.
void receive(const std::string& kind, int port, const std::string& topic, std::uint64_t count,
             const std::string& durability, const std::string& dir) {
  arrivals seen(count);
  if (kind == "floor" || kind == "forward") {
    mqtt_floor({port, topic, dir + "/floor", durability == "power", kind == "forward", count}, ready,
               [&](std::string_view p) { seen.add(p); });
    return seen.print();
  }
  journal_clock time(system_clock_source());
  std::unique_ptr<journal> log;
  std::optional<keeper> keep;
  if (durability != "memory") {
    config::service_options options;
    options.keep.level =
        durability == "power" ? config::durability::kind::power : config::durability::kind::process;
    log = std::move(journal::open(dir, options, time, 0).value());
    keep.emplace("field", 256 * 1024, false, *log, time);
  }
  event done, connected;
  auto calls = careful();
  calls.on_connected = [&](bool, int) { connected.set(); };
  calls.on_subscribed = ready;
  calls.on_messages = [&](std::span<const mqtt_message> batch) {
    if (keep) keep->keep(batch);
    bool last = false;
    for (const auto& m : batch) last = seen.add(m.payload);
    if (last) done.set();
  };
  const auto client = make_mqtt_client(connection(port, kind), calls);
  client->connect();
  connected.wait();
  client->subscribe({{topic, 1, 1}});
  done.wait();
  seen.print();
}

// Publishes `count` messages at `rate` a second, 0 = as fast as the broker takes them.
void load(int port, const std::string& topic, std::uint64_t count, std::uint64_t rate) {
  under_way open;
  event connected;
  auto calls = careful();
  calls.on_connected = [&](bool, int) { connected.set(); };
  calls.on_acknowledged = [&](std::uint64_t, int code, bool failed) {
    if (failed || code != 0) give_up("a publish was not acknowledged, code " + std::to_string(code));
    open.ended();
  };
  const auto client = make_mqtt_client(connection(port, "load"), calls);
  client->connect();
  connected.wait();
  const auto begin = clock_::now();
  const auto due = [&] {
    if (rate == 0) return count;
    const auto ns = static_cast<std::uint64_t>((clock_::now() - begin).count());
    return std::min(count, rate * ns / 1'000'000'000 + 1);
  };
  for (std::uint64_t sent = 0; sent < count;) {
    for (const auto until = due(); sent < until; ++sent) {
      if (const auto token = client->publish({topic, payload()}); !token) give_up(token.error().text);
      open.sent();
    }
    if (sent < count) std::this_thread::sleep_for(std::chrono::microseconds(500)); // its own pace
  }
  open.wait_for_all();
}

void measure(const std::string& self, const std::string& kind, const std::string& durability,
             std::uint64_t rate, double seconds) {
  bound_time(seconds);
  broker mosquitto;
  scratch_folder dir;
  const auto port = std::to_string(mosquitto.port());
  const bool one_by_one = kind == "paho" && durability == "power"; // syncs each: some hundreds a second
  const auto count = static_cast<std::uint64_t>(
      (one_by_one ? 1'000 : static_cast<double>(rate == 0 ? 60'000 : rate)) * seconds);
  std::vector<std::string> command = {
      self, "receive", kind, port, "in/#", std::to_string(count), durability, dir.path().string()};
  if (kind == "mosquitto_sub") {
    child(std::vector<std::string>{"mosquitto_pub", "-p", port, "-t", "in/0", "-m", "ready", "-r"}).end();
    command = {"stdbuf", "-oL", "mosquitto_sub",          "-F", "x", "-p", port, "-t", "in/#", "-q",
               "1",      "-C",  std::to_string(count + 1)};
  }
  child receiver(command);
  receiver.line(); // "ready", or a retained message
  child loader({self, "load", port, "in/1", std::to_string(count), std::to_string(rate)});
  loader.end();
  std::string told = kind == "mosquitto_sub" ? "" : receiver.line();
  const auto used = receiver.end();
  std::printf("{\"bench\":\"mqtt\",\"case\":\"receive\",\"client\":\"%s\",\"durability\":\"%s\",\"rate\":%"
              "llu,\"process_us\":%.2f,\"mb\":%.0f%s%s}\n",
              kind.c_str(), durability.c_str(), static_cast<unsigned long long>(rate),
              cpu_us(used) / static_cast<double>(count), static_cast<double>(used.ru_maxrss) / 1024,
              told.empty() ? "" : ",", told.c_str());
  std::fflush(stdout);
}

// MQTT -> filter -> MQTT: the service, or the raw socket.
void through(const std::string& self, const std::string& kind, const std::string& durability,
             std::uint64_t rate, double seconds) {
  bound_time(seconds);
  broker mosquitto;
  scratch_folder dir;
  const auto port = std::to_string(mosquitto.port()), at = mosquitto.url();
  const auto count = std::to_string(static_cast<std::uint64_t>(static_cast<double>(rate) * seconds));
  const auto data = dir.path().string() + "/data";
  dir.write("bench.yaml",
            "service: { name: bench, data_dir: " + data + ", durability: " + durability + " }\n" +
                "sources: { field: { mqtt: { url: \"" + at + "\", client: " + kind +
                ", topics: \"in/{device}\" }, decode: { json: { time: arrival } } } }\n" +
                "pipelines: { all: { from: field, steps: [filter: temperature > 0], to: out } }\n" +
                "sinks: { out: { mqtt: { url: \"" + at + "\", client: " + kind +
                ", topic: \"out/{device}\", payload: values } } }\n");
  const auto service = (std::filesystem::path(self).parent_path() / "sluice").string();
  child worker(kind == "forward" ? std::vector<std::string>{self, "receive", kind, port, "in/#", count,
                                                            durability, dir.path().string()}
                                 : std::vector<std::string>{service, "run", dir.file("bench.yaml")});
  kind == "forward" ? worker.wait_ready() : wait_ready(worker, data + "/status.json");
  child collector({self, "receive", "grouped", port, "out/#", count, "memory", dir.path().string()});
  collector.wait_ready();
  const double before = cpu_us_of(worker.pid);
  child loader({self, "load", port, "in/1", count, std::to_string(rate)});
  loader.end();
  const auto told = collector.line();
  const double used = kind == "forward" ? cpu_us(worker.end()) : cpu_us_of(worker.pid) - before;
  if (kind != "forward") kill(worker.pid, SIGTERM), worker.end();
  collector.end();
  std::printf(
      "{\"bench\":\"mqtt\",\"case\":\"through\",\"client\":\"%s\",\"durability\":\"%s\",\"rate\":%llu,"
      "\"process_us\":%.2f,%s}\n",
      kind.c_str(), durability.c_str(), static_cast<unsigned long long>(rate), used / std::stod(count),
      told.c_str());
  std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> given(argv, argv + argc);
  if (argc == 8 && given[1] == "receive")
    return receive(given[2], std::stoi(given[3]), given[4], std::stoull(given[5]), given[6], given[7]), 0;
  if (argc == 6 && given[1] == "load")
    return load(std::stoi(given[2]), given[3], std::stoull(given[4]), std::stoull(given[5])), 0;
  const auto self = std::filesystem::read_symlink("/proc/self/exe").string();
  if (argc == 6 && given[1] == "through")
    return through(self, given[2], given[3], std::stoull(given[4]), std::stod(given[5])), 0;
  const double seconds = argc > 1 ? std::stod(given[1]) : 3;
  const bool sub = std::system("command -v mosquitto_sub >/dev/null") == 0; // package mosquitto-clients
  for (const std::uint64_t rate : {5'000u, 10'000u, 20'000u, 40'000u, 0u}) {
    if (argc > 2 && std::stoull(argv[2]) != rate) continue;
    for (const std::string durability : {"power", "process"})
      for (const std::string kind : {"floor", "grouped", "paho"})
        measure(self, kind, durability, rate, seconds);
    for (const std::string kind : {"grouped", "paho", "mosquitto_sub"})
      if (sub || kind != "mosquitto_sub") measure(self, kind, "memory", rate, seconds);
    for (const std::string durability : {"power", "process"})
      for (const std::string kind : {"forward", "grouped", "paho"})
        if (rate != 0) through(self, kind, durability, rate, seconds);
  }
}
