// The publisher against a ThingsBoard of a few lines, in virtual time; a close ends the publisher, and a new
// one begins from what was stored, as the supervisor does it.
#pragma once

#include "actors/publish/thingsboard/publisher.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace sluice::thingsboard {

using ms = std::chrono::milliseconds;

struct in_wire {
  std::uint64_t token;
  std::string payload;
};

struct rig {
  thingsboard_options options;
  std::vector<outbox_record> outbox;
  sink_cursor stored;
  std::uint64_t delivered = 0, value_range = 0;
  std::vector<dead_letter> dead;
  std::unique_ptr<publisher> pub;
  std::deque<in_wire> wire; // sent, not answered
  std::vector<std::string> log;
  std::uint64_t tokens = 0;
  int connections = 0;
  ms now{1000};

  std::uint64_t add(const std::string& device, const std::string& values, const std::string& identity = "",
                    std::uint32_t revision = 0) {
    auto sequence = outbox.size() + 1;
    outbox.push_back({sequence, "climate", identity.empty() ? std::to_string(sequence) : identity, revision,
                      R"({"pipeline":"climate","device":")" + device + R"(","start":0,"end":)" +
                          std::to_string(sequence) + R"(,"revision":0,"values":)" + values + "}"});
    return sequence;
  }
  std::uint64_t transition(const std::string& device, const std::string& alarm, bool raised) {
    auto sequence = outbox.size() + 1;
    outbox.push_back({sequence, "climate", std::to_string(sequence), 0,
                      R"({"pipeline":"climate","device":")" + device + R"(","time":)" +
                          std::to_string(sequence) + R"(,"alarm":")" + alarm + R"(","state":")" +
                          (raised ? "raised" : "cleared") + R"(","number":1,"values":{}})"});
    return sequence;
  }
  void start() {
    pub = std::make_unique<publisher>("board", options, stored);
    wire.clear();
  }
  void connect() {
    if (!pub) start();
    pub->connected(now);
    ++connections;
  }
  void store() {
    auto progress = pub->take_progress();
    if (!progress) return;
    stored = progress->cursor;
    delivered += progress->delivered;
    value_range += progress->value_range;
    for (auto& letter : progress->dead) dead.push_back(letter);
  }
  void pump() {
    for (auto wish = pub->wants(); wish.most > 0;) {
      std::vector<outbox_record> read;
      for (auto& r : outbox)
        if (r.sequence > wish.after && read.size() < wish.most) read.push_back(r);
      bool none = read.empty();
      pub->offer(std::move(read));
      if (none) break;
      wish = pub->wants();
    }
    while (auto command = pub->next(now)) {
      wire.push_back({++tokens, command->payload});
      log.push_back(command->payload);
      pub->sent(tokens, now);
    }
    store();
  }
  void answer(std::size_t index = 0, int code = 0) {
    auto token = wire.at(index).token;
    wire.erase(wire.begin() + static_cast<std::ptrdiff_t>(index));
    pub->acked(token, code, now);
    pump();
  }
  error close(ec code = ec::connection_lost) {
    auto why = pub->lost({code, "closed"}, now);
    store();
    pub.reset();
    now += std::chrono::seconds(1);
    return why;
  }
  // A server that answers everything, for as long as there is something to do. `poisonous` payloads get
  // `on_poison`.
  template <class F> void serve(const std::string& poisonous, F on_poison, int most_connections = 50) {
    most_connections += connections;
    for (int step = 0; step < 100000; ++step) {
      if (!pub) {
        if (connections >= most_connections) return;
        connect();
      }
      pump();
      if (wire.empty()) {
        auto wait = pub->wait(now);
        if (pub->wants_restart()) {
          store();
          pub.reset();
          continue;
        }
        if (!wait) return;
        now += *wait;
        pub->tick(now);
        continue;
      }
      now += ms(1);
      if (wire.front().payload.find(poisonous) != std::string::npos)
        on_poison();
      else
        answer();
    }
    FAIL("no end");
  }
  bool all_done() const { return delivered + dead.size() == outbox.size() && stored.acked == outbox.size(); }
};

} // namespace sluice::thingsboard
