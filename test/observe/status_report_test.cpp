// The document of status.json: its shape, when it says ready, what turns health red, and that no secret gets
// into it.
#include "actors/observe/status_report.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace sluice;
using nlohmann::json;

namespace {

status_input running_service() {
  status_input in;
  in.state = "running";
  in.name = "greenhouse";
  in.version = "0.1.0";
  in.time_ms = 1423018800000;
  in.uptime_s = 12.5;
  in.store_answered = true;
  in.names = {{"field"}, {"climate"}, {"board"}};
  in.source_components = {"source.field"};
  component_status source("source.field", 7, "connected");
  source.with("last_event_age_s", 0.25)
      .with("subscribed", true)
      .with("messages", 12u)
      .with("broker", "127.0.0.1");
  in.components = {source, component_status("sink.board", 9, "connected")};
  journal_tally journal{10, {{"field", 10}}, {{"field", 0}}};
  store_snapshot snapshot;
  source_counters field;
  field.decoded = 10;
  snapshot.sources = {{"field", field}};
  in.books = compute_ledger(snapshot, journal, in.names);
  in.journal = {1, 10, 10, 4096, 8ull << 30};
  in.process = {42, 30 << 20};
  return in;
}

} // namespace

TEST_CASE("status.json has the documented shape") {
  auto doc = json::parse(status_report(running_service()));
  CHECK(doc["state"] == "running");
  CHECK(doc["ready"] == true);
  CHECK(doc["uptime_s"] == 12.5);
  auto source = doc["components"]["source.field"];
  CHECK(source["id"] == 7);
  CHECK(source["state"] == "connected");
  CHECK(source["restarts"] == 0);
  CHECK(source["last_event_age_s"] == 0.25);
  CHECK(source["subscribed"] == true);
  CHECK(source["messages"] == 12);
  CHECK(source["broker"] == "127.0.0.1");
  CHECK(doc["ledger"]["balanced"] == true);
  for (auto key : {"received", "decoded", "duplicate", "dead_lettered", "pending"})
    CHECK(doc["ledger"]["sources"]["field"][key].is_number_unsigned());
  for (auto key : {"in", "applied", "filtered", "duplicate", "late", "dead_lettered", "pending"})
    CHECK(doc["ledger"]["pipelines"]["climate"][key].is_number_unsigned());
  for (auto key : {"results", "delivered", "pending", "dead_lettered"})
    CHECK(doc["ledger"]["sinks"]["board"][key].is_number_unsigned());
  CHECK(doc["health"]["level"] == "ok");
  CHECK(doc["health"]["reasons"].empty());
  CHECK(doc["journal"]["applied"] == 10);
  CHECK(doc["process"]["pid"] == 42);
}

TEST_CASE("status.json is one line") {
  auto in = running_service();
  in.components[0].reason = "first line\nsecond line";
  CHECK(status_report(in).find('\n') == std::string::npos);
}

TEST_CASE("ready needs every source subscribed") {
  auto in = running_service();
  in.components[0].state = "connecting";
  in.components[0].reason = "connection refused";
  auto verdict = judge(in);
  CHECK_FALSE(verdict.ready);
  CHECK(verdict.level == health_level::degraded);
  CHECK(verdict.reasons.at(0) == "source.field is connecting, not connected: connection refused");
  in.components.clear();
  CHECK_FALSE(judge(in).ready);
}

TEST_CASE("ready needs every connection of a source") {
  auto in = running_service();
  in.source_components = {"source.field#1", "source.field#2"};
  in.components = {component_status("source.field#1", 7, "connected"),
                   component_status("source.field#2", 8, "connecting")};
  CHECK(judge(in).reasons.at(0) == "source.field#2 is connecting, not connected");
  in.components[1].state = "connected";
  CHECK(judge(in).ready);
}

TEST_CASE("ready needs the store's answer to its last write") {
  auto in = running_service();
  in.store_answered = false;
  auto verdict = judge(in);
  CHECK_FALSE(verdict.ready);
  CHECK(verdict.reasons.at(0).find("store") != std::string::npos);
}

TEST_CASE("a service that starts or drains is not ready") {
  for (auto state : {"starting", "draining", "stopped"}) {
    auto in = running_service();
    in.state = state;
    CHECK_FALSE(judge(in).ready);
  }
}

TEST_CASE("a dead sink does not make the service unready, and says so") {
  auto in = running_service();
  in.components[1].state = "backing_off";
  in.components[1].level = health_level::degraded;
  in.components[1].reason = "connection refused";
  auto verdict = judge(in);
  CHECK(verdict.ready);
  CHECK(verdict.level == health_level::degraded);
  CHECK(verdict.reasons.at(0) == "sink.board is degraded: connection refused");
}

TEST_CASE("a ledger mismatch turns health red and names the identity") {
  auto in = running_service();
  in.books.mismatches.push_back(
      {"source field", 2, 1, "source field: received 2 is not .. = 1 (1 unaccounted for)"});
  auto doc = json::parse(status_report(in));
  CHECK(doc["health"]["level"] == "failed");
  CHECK(doc["ledger"]["balanced"] == false);
  CHECK(doc["ledger"]["mismatches"].size() == 1);
}

TEST_CASE("85 % of the quota is degraded") {
  auto in = running_service();
  in.journal.quota = 1000;
  in.journal.bytes = 849;
  CHECK(judge(in).level == health_level::ok);
  in.journal.bytes = 850;
  CHECK(judge(in).level == health_level::degraded);
  CHECK(judge(in).reasons.at(0) == "journal.quota is 85 % used (850 of 1000 bytes)");
}

TEST_CASE("no secret reaches status.json") {
  auto in = running_service();
  in.secrets = {"hunter2", "hunter2-long", ""};
  in.components[0].reason = "refused password hunter2-long at mqtt://app:pw@broker:1883 (hunter2)";
  in.components[1].with("url", "mqtts://u:p@h:1");
  auto text = status_report(in);
  CHECK(text.find("hunter2") == std::string::npos);
  CHECK(text.find("-long") == std::string::npos);
  CHECK(text.find("app:pw") == std::string::npos);
  CHECK(text.find("mqtts://***@h:1") != std::string::npos);
}

TEST_CASE("an address without a password stays readable") {
  CHECK(redact("mqtt://127.0.0.1:1883 and a@b.c", {}) == "mqtt://127.0.0.1:1883 and a@b.c");
}

TEST_CASE("bytes of a broken peer in a reason are replaced, never thrown about") {
  auto in = running_service();
  in.components[0].reason = "unexpected \xff\xfe";
  CHECK_NOTHROW(status_report(in));
}
