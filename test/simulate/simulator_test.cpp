// The simulator against a real mosquitto, and against brokers that break off or refuse.
#include <fstream>
#include <future>
#include <set>
#include <thread>

#include <doctest/doctest.h>

#include "actors/simulate/simulator.hpp"
#include "test/support/mosquitto_process.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

struct running {
  std::atomic<bool> stop{false}, abandon{false};
  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t published = 0;
  std::vector<std::string> troubles;
  simulate_options options;
  std::future<outcome<publish_progress>> end;

  explicit running(simulate_options o) : options(std::move(o)) {
    end = std::async(std::launch::async, [this] {
      publish_listener tell;
      tell.progress = [this](const publish_progress& p) {
        std::lock_guard lock(mutex);
        published = p.published;
        changed.notify_all();
      };
      tell.trouble = [this](const error& e) {
        std::lock_guard lock(mutex);
        troubles.push_back(e.text);
        changed.notify_all();
      };
      return simulate(options, stop, abandon, tell);
    });
  }
  ~running() { abandon = true; }
  template <class F> bool until(F holds) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 30s, [&] { return holds(); });
  }
};

simulate_options options_for(const std::string& url, const std::string& ack_log) {
  simulate_options o;
  o.url = url;
  o.client_id = "simulator";
  o.topic = "greenhouse/{device}/climate";
  o.fleet.devices = 10;
  o.rate = 2000;
  o.duration = 1s;
  o.ack_log = ack_log;
  return o;
}

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream in(path);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

// Reads exact PUBLISH packets of one connection (all below 128 bytes of body).
struct raw_broker {
  free_port at;
  int fd = -1;
  raw_broker() { listen(at.fd, 4); }
  ~raw_broker() { hang_up(); }
  void hang_up() {
    if (fd >= 0) close(fd);
    fd = -1;
  }
  void meet() {
    hang_up();
    fd = accept(at.fd, nullptr, nullptr);
    packet(); // CONNECT
    say(std::string("\x20\x02\0\0", 4));
  }
  void say(const std::string& bytes) { REQUIRE(send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0); }
  std::string packet() {
    unsigned char head[2];
    REQUIRE(recv(fd, head, 2, MSG_WAITALL) == 2);
    std::string all(2 + head[1], '\0');
    all[0] = static_cast<char>(head[0]);
    REQUIRE(recv(fd, all.data() + 2, head[1], MSG_WAITALL) == head[1]);
    return all;
  }
  static int id_of(const std::string& publish) {
    const auto topic = static_cast<std::size_t>(static_cast<unsigned char>(publish[3]));
    return static_cast<unsigned char>(publish[4 + topic]) << 8 |
           static_cast<unsigned char>(publish[5 + topic]);
  }
  void acknowledge(int id) {
    say("\x40\x02" + std::string(1, static_cast<char>(id >> 8)) +
        std::string(1, static_cast<char>(id & 0xff)));
  }
};

} // namespace

TEST_CASE("simulate publishes at its rate, then two last readings per device, and logs every PUBACK") {
  mosquitto_process broker;
  scratch_folder folder;
  running one(options_for(broker.url(), folder.file("acks")));
  const auto end = one.end.get();
  REQUIRE_MESSAGE(end, end.error().text);
  CHECK(end->published <= 2000 + 20);
  CHECK(end->published > 1500);
  CHECK(end->resent == 0);
  const auto lines = lines_of(folder.file("acks"));
  CHECK(lines.size() == end->published);
  CHECK(std::set<std::string>(lines.begin(), lines.end()).size() == lines.size());
  CHECK(lines[0].find(R"({"topic":"greenhouse/room-1/climate","payload":"{\"time\":)") == 0);
}

TEST_CASE("what has no PUBACK when the connection breaks is sent again with DUP and logged once") {
  raw_broker broker;
  scratch_folder folder;
  auto options = options_for("mqtt://127.0.0.1:" + std::to_string(broker.at.port), folder.file("acks"));
  options.window = 5;
  options.rate = 0;
  options.sentinel = 0ms;
  running one(options);
  broker.meet();
  std::vector<std::string> first;
  for (int i = 0; i < 5; ++i) first.push_back(broker.packet());
  broker.acknowledge(raw_broker::id_of(first[1]));
  broker.meet(); // hangs up first
  for (const int i : {0, 2, 3, 4}) {
    auto expected = first[static_cast<std::size_t>(i)];
    CHECK(expected[0] == '\x32');
    expected[0] = '\x3a';
    const auto again = broker.packet();
    CHECK(again == expected);
    broker.acknowledge(raw_broker::id_of(again));
  }
  one.stop = true;
  std::thread rest([&] { // whatever was made before the stop
    char bytes[1];
    while (recv(broker.fd, bytes, 1, MSG_PEEK) == 1) {
      const auto p = broker.packet();
      if ((p[0] & '\xf0') == '\x30') broker.acknowledge(raw_broker::id_of(p));
      if (p[0] == '\xe0') break; // DISCONNECT
    }
  });
  const auto end = one.end.get();
  rest.join();
  REQUIRE_MESSAGE(end, end.error().text);
  CHECK(end->resent >= 4);
  const auto lines = lines_of(folder.file("acks"));
  CHECK(lines.size() == end->published);
  CHECK(std::set<std::string>(lines.begin(), lines.end()).size() == lines.size());
}

TEST_CASE("simulate outlives a killed and restarted broker and ends with every publish acknowledged") {
  mosquitto_process broker;
  scratch_folder folder;
  auto options = options_for(broker.url(), folder.file("acks"));
  options.duration = 3s;
  running one(options);
  REQUIRE(one.until([&] { return one.published > 0; }));
  broker.kill();
  REQUIRE(one.until([&] { return !one.troubles.empty(); }));
  REQUIRE(broker.start());
  const auto end = one.end.get();
  REQUIRE_MESSAGE(end, end.error().text);
  const auto lines = lines_of(folder.file("acks"));
  CHECK(lines.size() == end->published);
  CHECK(std::set<std::string>(lines.begin(), lines.end()).size() == lines.size());
  CHECK(end->published > 3000);
}

TEST_CASE("a broker that is not there yet is waited for, a refused login is not") {
  scratch_folder folder;
  free_port nobody;
  nobody.release();
  {
    running one(options_for("mqtt://127.0.0.1:" + std::to_string(nobody.port), ""));
    REQUIRE(one.until([&] { return one.troubles.size() >= 2; }));
    one.abandon = true;
    const auto end = one.end.get();
    REQUIRE_FALSE(end);
    CHECK(end.error().code == ec::connection_lost);
  }
  folder.write("passwords", "");
  mosquitto_process closed("", "allow_anonymous false\npassword_file " + folder.file("passwords"));
  running two(options_for(closed.url(), ""));
  const auto end = two.end.get();
  REQUIRE_FALSE(end);
  CHECK(end.error().code == ec::refused);
}

TEST_CASE("a topic needs {device} and nothing else") {
  CHECK(device_topics("a/{device}/b", 2).value() == std::vector<std::string>{"a/room-1/b", "a/room-2/b"});
  for (const auto* bad : {"a/b", "a/{site}/{device}", "a/+/{device}", "", "$share/g/{device}"})
    CHECK_MESSAGE(!device_topics(bad, 1), bad);
}
