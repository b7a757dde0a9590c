// What the grouped client does and Paho does not: batches, acknowledgements together, a slow disk, hostile
// brokers, a broker that has gone silent.
#include <doctest/doctest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include <sys/resource.h>
#include <unistd.h>

#include "test/client/no_threads.hpp"
#include "test/client/raw_broker.hpp"
#include "test/client/recorder.hpp"
#include "test/support/mosquitto_process.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::string_literals;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// The recorder's callbacks; `largest` becomes the size of the largest batch.
mqtt_callbacks measuring(recorder& seen, std::atomic<std::size_t>& largest) {
  auto callbacks = seen.callbacks();
  callbacks.on_messages = [record = callbacks.on_messages, &largest](std::span<const mqtt_message> batch) {
    largest = std::max(largest.load(), batch.size());
    record(batch);
  };
  return callbacks;
}

std::string publish_1(int id, const std::string& payload) { // 3.1.1, topic "t"
  const auto body = "\0\1t"s + static_cast<char>(id >> 8) + static_cast<char>(id) + payload;
  return "\x32"s + static_cast<char>(body.size()) + body;
}

void connect_4(session& one, raw_broker& broker) { // over 3.1.1; no session is present
  one.client.connect();
  broker.packet();
  broker.send("\x20\2\0\0"s);
  REQUIRE(one.seen.until([&] { return one.seen.connects == 1; }));
}

std::size_t resident_bytes() { // of this process
  std::size_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

} // namespace

TEST_CASE(
    "what has arrived is one batch, and its PUBACKs leave in one piece after the callback has returned") {
  raw_broker broker;
  std::mutex m;
  std::condition_variable changed;
  std::vector<std::size_t> batches;
  bool leave = false;
  mqtt_callbacks callbacks;
  callbacks.on_messages = [&](std::span<const mqtt_message> batch) {
    std::unique_lock lock(m);
    batches.push_back(batch.size());
    changed.notify_all();
    changed.wait_for(lock, seconds(20), [&] { return leave; });
  };
  auto options = grouped(broker.url(), 4);
  options.gather = milliseconds(0);
  const auto client = make_mqtt_client(options, callbacks);
  client->connect();
  broker.packet();
  broker.send("\x20\2\0\0"s);
  std::string out, acks;
  for (int i = 1; i <= 100; ++i) {
    out += publish_1(i, "x");
    acks += "\x40\2\0"s + static_cast<char>(i);
  }
  broker.send(out);
  {
    std::unique_lock lock(m);
    REQUIRE(changed.wait_for(lock, seconds(20), [&] { return !batches.empty(); }));
    CHECK(batches[0] == 100);
  }
  CHECK_FALSE(broker.readable(milliseconds(200)));
  {
    std::lock_guard lock(m);
    leave = true;
    changed.notify_all();
  }
  CHECK(broker.read(acks.size()) == acks);
}

TEST_CASE(
    "PUBREC and PUBCOMP leave in one piece after the callback has returned, and every repetition is seen") {
  raw_broker broker;
  recorder seen;
  std::mutex disk; // slow while the test holds it
  auto callbacks = seen.callbacks();
  const auto record = callbacks.on_messages;
  callbacks.on_messages = [&](std::span<const mqtt_message> batch) {
    record(batch);
    std::lock_guard lock(disk);
  };
  auto options = grouped(broker.url(), 4, "kept");
  const auto client = make_mqtt_client(options, callbacks);
  const auto first = "\x34\6\0\1t\0\7x"s, again = "\x3c\6\0\1t\0\7x"s;
  {
    std::lock_guard lock(disk);
    client->connect();
    broker.packet();
    broker.send("\x20\2\1\0"s + again + "\x62\2\0\5"s + first);
    REQUIRE(seen.until([&] { return seen.messages.size() == 2; }));
    CHECK_FALSE(broker.readable(milliseconds(200)));
  }
  CHECK(broker.read(12) == "\x50\2\0\7\x70\2\0\5\x50\2\0\7"s);
  CHECK(seen.released == std::vector<int>{5});
  CHECK(seen.messages[0].dup);
  CHECK(seen.messages[0].qos == 2);
  CHECK_FALSE(seen.messages[1].dup);
}

TEST_CASE("a batch holds no more than its size, and a packet longer than the buffer arrives whole") {
  raw_broker broker;
  auto options = grouped(broker.url(), 4);
  options.batch = 10;
  recorder seen;
  std::atomic<std::size_t> largest{0};
  const auto client = make_mqtt_client(options, measuring(seen, largest));
  client->connect();
  broker.packet();
  std::string out = "\x20\2\0\0"s;
  for (int i = 1; i <= 95; ++i) out += publish_1(i, std::to_string(i));
  const std::string big(300'000, 'b');
  out += "\x30\xe3\xa7\x12\0\1t"s + big; // 300 003
  for (int i = 96; i <= 100; ++i) out += publish_1(i, std::to_string(i));
  broker.send(out);
  REQUIRE(seen.until([&] { return seen.messages.size() == 101; }));
  CHECK(largest == 10);
  CHECK(seen.messages[95].payload == big);
  for (int i = 1; i <= 100; ++i)
    CHECK(seen.messages[static_cast<std::size_t>(i <= 95 ? i - 1 : i)].payload == std::to_string(i));
  CHECK(broker.read(400).size() == 400);
}

TEST_CASE("a batch of long messages outgrows the first buffer") {
  raw_broker broker;
  auto options = grouped(broker.url(), 4);
  options.batch = 100;
  recorder seen;
  std::atomic<std::size_t> largest{0};
  std::mutex disk; // slow while the test holds it
  auto callbacks = measuring(seen, largest);
  const auto record = callbacks.on_messages;
  callbacks.on_messages = [&](std::span<const mqtt_message> batch) {
    record(batch);
    std::lock_guard lock(disk);
  };
  const auto client = make_mqtt_client(options, callbacks);
  client->connect();
  broker.packet();
  broker.send("\x20\2\0\0"s);
  std::string block;
  for (char i = 1; i <= 100; ++i) block += "\x32\xd5\x0f\0\1t\0"s + i + std::string(2000, 'x'); // 2 005
  for (std::size_t round = 1; round <= 50 && largest <= 40; ++round) { // 32 fill 64 KiB
    {
      std::lock_guard lock(disk);
      broker.send(publish_1(101, "first"));
      REQUIRE(seen.until([&] { return seen.messages.size() == 101 * (round - 1) + 1; }));
      broker.send(block);
    }
    REQUIRE(seen.until([&] { return seen.messages.size() == 101 * round; }));
    broker.skip(4 * 101);
  }
  CHECK(largest.load() > 40);
}

TEST_CASE("a disk that is slow for longer than the keep alive costs no connection") {
  raw_broker broker;
  auto options = grouped(broker.url(), 4);
  options.keep_alive = seconds(1);
  recorder seen;
  std::mutex disk; // slow while the test holds it
  auto callbacks = seen.callbacks();
  const auto record = callbacks.on_messages;
  callbacks.on_messages = [&](std::span<const mqtt_message> batch) {
    std::lock_guard lock(disk);
    record(batch);
  };
  const auto client = make_mqtt_client(options, callbacks);
  const auto no_ping = [&] {
    for (;;)
      if (auto one = broker.packet(); one != "\xc0\0"s) return one;
  };
  {
    std::lock_guard lock(disk);
    client->connect();
    broker.packet();
    broker.send("\x20\2\0\0"s + publish_1(1, "one"));
    for (int i = 0; i < 3; ++i) {
      CHECK(broker.packet() == "\xc0\0"s);
      broker.send("\xd0\0"s);
    }
    CHECK(seen.messages.empty());
  }
  CHECK(no_ping() == "\x40\2\0\1"s);
  broker.send(publish_1(2, "two"));
  CHECK(no_ping() == "\x40\2\0\2"s);
  CHECK(seen.losses.empty());
  CHECK(seen.messages.size() == 2);
}

TEST_CASE("a broker that has gone silent is pinged and given up") {
  mosquitto_process broker;
  auto options = grouped(broker.url());
  options.keep_alive = seconds(1);
  session one(options);
  REQUIRE(one.connect());
  CHECK_FALSE(one.seen.until([&] { return !one.seen.losses.empty(); }, seconds(2))); // it answers pings
  broker.pause();
  REQUIRE(one.seen.until([&] { return !one.seen.losses.empty(); }));
  CHECK(one.seen.losses[0].text.find("the broker does not answer") != std::string::npos);
}

TEST_CASE("a broker that reads nothing more is given up while our socket is full") {
  raw_broker broker;
  auto options = grouped(broker.url());
  options.keep_alive = seconds(1);
  session one(options);
  one.client.connect();
  broker.packet();
  broker.send("\x20\3\0\0\0"s);
  REQUIRE(one.seen.until([&] { return one.seen.connects == 1; }));
  const std::string much(1 << 20, 'x');
  for (int i = 0; i < 32; ++i) REQUIRE(one.client.publish({"t", much})); // more than any socket holds
  REQUIRE(one.seen.until([&] { return !one.seen.losses.empty(); }));
  CHECK(one.seen.losses[0].text.find("the broker does not answer") != std::string::npos);
}

TEST_CASE("what was sent is not kept while the socket stays full") {
  raw_broker broker;
  session one(grouped(broker.url(), 4));
  connect_4(one, broker);
  const mqtt_publish piece{"t", std::string(512 << 10, 'x')};
  const std::size_t packet = 1 + 3 + 3 + 2 + piece.payload.size();
  constexpr int ahead = 48, rounds = 500; // 24 MiB are under way, more than any socket holds; 250 MiB in all
  for (int i = 0; i < ahead; ++i) REQUIRE(one.client.publish(piece));
  const auto before = resident_bytes();
  for (int i = 1; i <= rounds; ++i) {
    broker.skip(packet);
    broker.send("\x40\2"s + static_cast<char>(i >> 8) + static_cast<char>(i));
    REQUIRE(one.seen.until([&] { return one.seen.acks.size() == static_cast<std::size_t>(i); }));
    REQUIRE(one.client.publish(piece));
  }
  CHECK(resident_bytes() < before + (96u << 20)); // twice what is under way, and once more while that grows
}

TEST_CASE("a broker that breaks the protocol is told why, and the error says what and where") {
  raw_broker broker;
  session one(grouped(broker.url()));
  one.client.connect();
  broker.packet();
  broker.send("\x20\3\0\0\0"s + "\x32\6\0\1t\0\7\0"s + "\x30\6\0\3a/#\0"s);
  REQUIRE(one.seen.until([&] { return !one.seen.losses.empty(); }));
  CHECK(one.seen.losses[0].code == ec::connection_lost);
  CHECK(one.seen.losses[0].text ==
        broker.url() +
            ": connection lost: the broker broke the protocol: PUBLISH: the topic has a wildcard (byte 0)");
  CHECK(one.seen.messages.size() == 1); // what came before counts
  CHECK(broker.read(7) == "\x40\2\0\7\xe0\1\x81"s);
}

TEST_CASE(
    "a client that goes away before the broker has answered says goodbye, so that no will is published") {
  for (const int protocol : {5, 4}) {
    CAPTURE(protocol);
    raw_broker broker;
    auto options = grouped(broker.url(), protocol);
    options.will = mqtt_publish{"will", "gone"};
    auto one = std::make_unique<session>(options);
    one->client.connect();
    CHECK(broker.packet().find("gone") != std::string::npos);
    one.reset();
    CHECK(broker.packet() == "\xe0\0"s);
  }
}

TEST_CASE("a broker that never stops sending what is no message does not hold up the destructor") {
  raw_broker broker;
  auto one = std::make_unique<session>(grouped(broker.url(), 4));
  one->client.connect();
  broker.packet();
  broker.send("\x20\2\0\0"s);
  REQUIRE(one->seen.until([&] { return one->seen.connects == 1; }));
  std::string answers; // to nothing of ours
  for (int i = 0; i < 16384; ++i) answers += "\x40\2\x7f\x7f"s;
  std::atomic<std::size_t> sent{0};
  std::atomic<bool> over{false};
  std::thread other([&] {
    broker.flood(answers, sent);
    over = true;
  });
  while (sent < (64u << 20) && !over) std::this_thread::yield(); // more than sockets hold: it is being read
  CHECK_FALSE(over);
  const auto begin = std::chrono::steady_clock::now();
  one.reset();
  CHECK(std::chrono::steady_clock::now() - begin < seconds(10)); // the broker goes on for longer
  other.join();
}

TEST_CASE("what the last url did wrong is not told to the next one") {
  raw_broker wrong, right;
  auto options = grouped(wrong.url());
  options.urls.push_back(right.url());
  auto one = std::make_unique<session>(options);
  one->client.connect();
  wrong.packet();
  wrong.send("\x20\3\0\0\1"s); // a property that is not there
  right.packet();
  right.send("\x20\3\0\0\0"s);
  REQUIRE(one->seen.until([&] { return one->seen.connects == 1; }));
  one.reset();
  CHECK(right.packet() == "\xe0\0"s);
}

TEST_CASE("a backlog longer than our Receive Maximum comes over one connection, whatever the broker sends at "
          "once") {
  mosquitto_process broker("", "max_inflight_messages 0");
  auto options = grouped(broker.url(), 5, "backlog");
  options.receive_maximum = 20;
  {
    session before(options);
    REQUIRE(before.connect());
    REQUIRE(before.subscribe("backlog"));
  }
  constexpr std::size_t count = 500;
  {
    session writer(options_for(broker.url()));
    REQUIRE(writer.connect());
    for (std::size_t i = 0; i < count; ++i) REQUIRE(writer.client.publish({"backlog", std::to_string(i)}));
    REQUIRE(writer.seen.until([&] { return writer.seen.acks.size() == count; }));
  }
  recorder seen;
  std::atomic<std::size_t> largest{0};
  const auto client = make_mqtt_client(options, measuring(seen, largest));
  client->connect();
  REQUIRE(seen.until([&] { return seen.messages.size() == count || !seen.losses.empty(); }));
  CHECK_MESSAGE(seen.losses.empty(), seen.losses[0].text);
  for (std::size_t i = 0; i < count; ++i) CHECK(seen.messages[i].payload == std::to_string(i));
  CHECK(largest <= 20);
}

TEST_CASE("a connection that ends within a packet is lost, at every byte") {
  const auto stream = "\x20\3\0\0\0"s + "\x32\x0d\0\1t\0\7\7\x26\0\1a\0\1b"s;
  for (std::size_t length = 5; length < stream.size(); length += 3) {
    raw_broker broker;
    session one(grouped(broker.url()));
    one.client.connect();
    broker.packet();
    broker.send(stream.substr(0, length));
    broker.hang_up();
    REQUIRE(one.seen.until([&] { return !one.seen.losses.empty(); }));
    CHECK(one.seen.messages.empty());
  }
}

TEST_CASE("publishes leave together, and also when nobody waits for them") {
  raw_broker broker;
  session one(grouped(broker.url(), 4));
  connect_4(one, broker);
  const auto before = broker.segments();
  std::string out;
  for (int i = 1; i <= 1000; ++i) {
    REQUIRE(one.client.publish({"t", "x"}));
    out += publish_1(i, "x");
  }
  CHECK(broker.read(out.size()) == out);
  CHECK(broker.segments() - before < 100);
}

TEST_CASE("publishes of each QoS arrive in their order") {
  mosquitto_process broker("", "max_inflight_messages 0");
  session reader(grouped(broker.url())), writer(grouped(broker.url(), 4));
  REQUIRE(reader.connect());
  REQUIRE(writer.connect());
  REQUIRE(reader.subscribe("many", 2));
  constexpr std::size_t count = 10'000;
  for (std::size_t i = 0; i < count; ++i)
    REQUIRE(writer.client.publish({"many", std::to_string(i), static_cast<int>(i % 3)}));
  REQUIRE(writer.seen.until([&] { return writer.seen.acks.size() == count; }));
  REQUIRE(reader.seen.until([&] { return reader.seen.messages.size() == count; }));
  std::vector<std::size_t> last(3, 0); // each QoS keeps its order
  bool ordered = true;
  for (const auto& m : reader.seen.messages) {
    const auto i = std::stoul(m.payload);
    auto& before = last[static_cast<std::size_t>(m.qos)];
    ordered = ordered && i + 1 > before && i % 3 == static_cast<std::size_t>(m.qos);
    before = i + 1;
  }
  CHECK(ordered);
}

TEST_CASE("a system that has no descriptor left is an error of the connection") {
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none{0, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  session one(grouped("mqtt://127.0.0.1:1"));
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK_FALSE(one.connect());
  REQUIRE(one.seen.failures.size() == 1);
  CHECK(one.seen.failures[0].text == "mqtt: no eventfd: Too many open files");
}

TEST_CASE("a connection for which the system has no thread that pings is lost, and what came is kept") {
  raw_broker broker;
  session one(grouped(broker.url(), 4));
  one.client.connect();
  broker.packet();
  {
    const no_threads none;
    broker.send("\x20\2\0\0"s + publish_1(7, "x"));
    REQUIRE(one.seen.until([&] { return !one.seen.losses.empty(); }));
  }
  CHECK(one.seen.losses[0].code == ec::connection_lost);
  CHECK(one.seen.losses[0].text == broker.url() + ": mqtt: no thread: Resource temporarily unavailable");
  CHECK(one.seen.messages.size() == 1);
  CHECK(broker.packet() == "\x40\2\0\7"s);
}

TEST_CASE("shared subscriptions split a topic between two connections, and lose nothing") {
  mosquitto_process broker("", "max_inflight_messages 0");
  recorder seen; // of both
  std::atomic<std::size_t> by[2] = {0, 0};
  std::unique_ptr<mqtt_client> readers[2];
  for (int i = 0; i < 2; ++i) {
    auto callbacks = seen.callbacks();
    const auto record = callbacks.on_messages;
    callbacks.on_messages = [&, i, record](std::span<const mqtt_message> batch) {
      by[i] += batch.size();
      record(batch);
    };
    readers[i] = make_mqtt_client(grouped(broker.url()), callbacks);
    readers[i]->connect();
    REQUIRE(seen.until([&] { return seen.connects == i + 1; }));
    readers[i]->subscribe({{"$share/g/s", 1, 1}});
    REQUIRE(seen.until([&] { return seen.subscribes == i + 1; }));
  }
  session writer(grouped(broker.url()));
  REQUIRE(writer.connect());
  for (int i = 0; i < 1000; ++i) REQUIRE(writer.client.publish({"s", std::to_string(i)}));
  REQUIRE(writer.seen.until([&] { return writer.seen.acks.size() == 1000; }));
  REQUIRE(seen.until([&] { return seen.messages.size() == 1000; }));
  CHECK(by[0] > 0);
  CHECK(by[1] > 0);
}
