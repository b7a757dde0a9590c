// Short ways to make checkpoints for the tests of the database.
#pragma once

#include <string>

#include "actors/store/store.hpp"
#include "test/store/store_fixture.hpp"

namespace sluice::test {

inline const std::vector<std::string> two_pipelines{"climate", "power"};
inline const std::vector<sink_route> two_sinks{{"board", {"climate", "power"}}, {"file", {"power"}}};

inline std::unique_ptr<store> open_store(const std::string& dir, std::vector<sink_route> sinks = two_sinks,
                                         const config::service_options& o = process_options()) {
  auto opened = store::open(dir, o, two_pipelines, std::move(sinks));
  if (!opened) FAIL(opened.error().text);
  return std::move(*opened);
}

inline checkpoint checkpoint_at(std::uint64_t position, std::uint64_t engine = 1, std::size_t shards = 2) {
  checkpoint c;
  c.engine = engine;
  c.reader.position = position;
  c.reader.pipeline_in = {0, 0};
  for (std::size_t i = 0; i < shards; ++i) {
    shard_part part;
    part.shard = static_cast<std::uint32_t>(i), part.position = position;
    part.pipelines.resize(2);
    c.shards.push_back(std::move(part));
  }
  return c;
}

inline result_record result_of(std::uint16_t pipeline, std::uint64_t sequence, const std::string& device,
                               std::int64_t start = 0) {
  result_record r;
  r.order.sequence = sequence, r.order.pipeline = pipeline, r.order.device = device, r.order.start = start;
  r.identity = device + "|" + std::to_string(start);
  r.json = "{\"device\":\"" + device + "\",\"at\":" + std::to_string(sequence) + "}";
  return r;
}

inline void must_commit(store& s, checkpoint c) {
  if (auto done = s.commit(std::move(c)); !done) FAIL(done.error().text);
}

// `count` results of `pipeline` in one checkpoint.
inline void commit_results(store& s, std::uint64_t position, std::uint16_t pipeline, std::size_t count) {
  auto c = checkpoint_at(position);
  for (std::size_t i = 0; i < count; ++i)
    c.shards[0].results.push_back(
        result_of(pipeline, position, "d" + std::to_string(i), static_cast<std::int64_t>(i)));
  must_commit(s, std::move(c));
}

inline std::uint64_t pending_of(const store_snapshot& s, std::string_view sink) {
  for (const auto& [name, n] : s.sink_pending)
    if (name == sink) return n;
  FAIL("no such sink");
  return 0;
}
inline sink_counters counters_of(const store_snapshot& s, std::string_view sink) {
  for (const auto& [name, n] : s.sinks)
    if (name == sink) return n;
  return {};
}

} // namespace sluice::test
