#include "app/wiring.hpp"

#include <algorithm>
#include <random>
#include <thread>
#include <unistd.h>

#include <caf/all.hpp>

#include "actors/ingest/loop_actor.hpp"
#include "actors/ingest/reader_actor.hpp"
#include "actors/observe/status_actor.hpp"
#include "actors/predict/predictor_actor.hpp"
#include "actors/publish/file/file_actor.hpp"
#include "actors/publish/kafka/kafka_sink_actor.hpp"
#include "actors/publish/mqtt/topic_publisher.hpp"
#include "actors/publish/mqtt_sink_actor.hpp"
#include "actors/publish/thingsboard/publisher.hpp"
#include "actors/store/store_actor.hpp"
#include "actors/supervise/supervisor_actor.hpp"
#include "actors/window/shard_actor.hpp"
#include "app/source_rows.hpp"
#include "app/tables.hpp"

namespace sluice {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// How long a handler may run before its actor counts as hung; shard and store abort at twice that (a restart
// is cheaper).
constexpr milliseconds shard_limit{10000}, store_limit{15000}, sink_limit{30000};

child_spec store_row(const service_parts& p) {
  auto* slot = p.dog->add("store", store_limit, true);
  std::vector<std::string> sinks, sources;
  for (const auto& s : p.config->sinks) sinks.push_back("sink." + s.name);
  for (const auto& loop : p.plan->loops) sinks.push_back(loop_name(loop.pipeline));
  for (const auto& s : p.config->sources)
    for (auto& name : source_components(s)) sources.push_back(std::move(name));
  return child_row("store", [=](caf::actor_system& system) -> component_actor {
    store_actor_config c;
    c.service = p.config->service;
    c.log = p.log;
    c.state = p.state;
    c.clock = p.clock;
    c.names = p.names;
    c.sinks = sinks;
    c.sources = sources;
    c.quota = p.quota;
    c.slot = slot;
    return system.spawn<caf::detached>(run_store, std::move(c));
  });
}

std::function<std::unique_ptr<publish_logic>(const sink_cursor&)> publish_logic_of(const sink_options& sink) {
  return [sink](const sink_cursor& from) -> std::unique_ptr<publish_logic> {
    if (const auto* board = std::get_if<thingsboard_options>(&sink.kind))
      return std::make_unique<thingsboard::publisher>(sink.name, *board, from);
    return std::make_unique<topic_publisher>(sink.name, std::get<mqtt_sink_options>(sink.kind), from);
  };
}

child_spec sink_row(const service_parts& p, const sink_options& sink) {
  auto* slot = p.dog->add("sink." + sink.name, sink_limit, false);
  auto spec = child_row("sink." + sink.name, [=](caf::actor_system& system) -> component_actor {
    if (const auto* connection = connection_of(sink)) {
      mqtt_sink_config c;
      c.name = sink.name;
      c.connection = *connection;
      if (c.connection.client_id.empty()) c.connection.client_id = p.config->service.name + "-" + sink.name;
      c.connection.session_expiry = std::chrono::seconds(0); // what had no PUBACK comes from the outbox again
      c.make = publish_logic_of(sink);
      c.state = p.state;
      c.clock = p.clock;
      c.slot = slot;
      return system.spawn(run_mqtt_sink, std::move(c));
    }
    if (const auto* kafka = std::get_if<kafka_sink_options>(&sink.kind)) {
      kafka_sink_config c;
      c.name = sink.name;
      c.options = *kafka;
      if (c.options.connection.client_id.empty())
        c.options.connection.client_id = p.config->service.name + "-" + sink.name;
      c.transactional_id = p.config->service.name + "-" + sink.name;
      c.fresh_id = [] {
        std::random_device random;
        return std::to_string((std::uint64_t{random()} << 32) | random());
      };
      c.sync = p.config->service.keep.level == config::durability::kind::power;
      c.state = p.state;
      c.clock = p.clock;
      c.slot = slot;
      return system.spawn<caf::detached>(run_kafka_sink, std::move(c));
    }
    file_sink_config c;
    c.name = sink.name;
    c.options = std::get<file_options>(sink.kind);
    c.state = p.state;
    c.clock = p.clock;
    c.sync = p.config->service.keep.level == config::durability::kind::power;
    c.slot = slot;
    return system.spawn<caf::detached>(run_file_sink, std::move(c));
  });
  spec.shutdown = p.config->service.drain_timeout; // it empties the outbox first
  return spec;
}

// Carries results back into the journal. Started before the engine and stopped after it: a drain of the
// engine waits until the loops are empty.
child_spec loop_row(const service_parts& p, const loop_plan& loop) {
  const auto name = loop_name(loop.pipeline);
  auto* slot = p.dog->add(name, sink_limit, false);
  return child_row(name, [=](caf::actor_system& system) -> component_actor {
    loop_actor_config c;
    c.pipeline = loop.pipeline;
    c.source = loop.source;
    c.log = p.log;
    c.state = p.state;
    c.slot = slot;
    return system.spawn<caf::detached>(run_loop, std::move(c));
  });
}

// The desks of one shard, by pipeline.
shard_models models_of(const service_parts& p, std::uint32_t shard, std::shared_ptr<prediction_notes> notes,
                       watchdog_slot* slot) {
  shard_models out;
  if (!p.models || p.models->all.empty()) return out;
  out.notes = std::move(notes);
  for (const auto& plan : p.plan->pipelines) {
    if (out.by.size() <= plan.index) out.by.resize(plan.index + 1u);
    for (const auto& m : p.models->all)
      if (m.pipeline == plan.name) {
        m.desks[shard]->tell_alive([slot] { busy mark(slot); });
        out.by[plan.index] = m.desks[shard];
      }
  }
  return out;
}

// A predictor for each model and shard, and the watcher of the bundles.
std::vector<child_spec> model_rows(const service_parts& p) {
  std::vector<child_spec> rows;
  for (const auto& m : p.models->all)
    for (std::size_t i = 0; i < m.desks.size(); ++i) {
      const auto desk = m.desks[i];
      rows.push_back(child_row("predictor." + m.pipeline + "." + std::to_string(i),
                               [desk](caf::actor_system& system) -> component_actor {
                                 // When it cannot be opened the actor finds it closed, says why, and ends.
                                 if (desk->now() == scoring_desk::state::closed)
                                   static_cast<void>(desk->open());
                                 return system.spawn(run_predictor, desk);
                               }));
    }
  auto* slot = p.dog->add("models", source_limit, false);
  rows.push_back(child_row("models", [=](caf::actor_system& system) -> component_actor {
    models_actor_config c;
    c.models = p.models;
    c.kept = p.kept;
    c.files = std::make_shared<const model_files>(p.config->service.data_dir);
    c.log = p.log;
    c.clock = p.clock;
    c.slot = slot;
    return system.spawn<caf::detached>(run_models, std::move(c));
  }));
  return rows;
}

// Shards and reader share one position: one fails, all start again from the last checkpoint.
std::vector<child_spec> engine_rows(const service_parts& p) {
  const auto shards = shard_count(*p.config);
  const auto tables = kept_tables(p.config->service.data_dir); // each content is read once for all shards
  const bool predicts = p.models && !p.models->all.empty();
  const auto notes = predicts ? std::make_shared<prediction_notes>() : nullptr;
  std::vector<child_spec> rows;
  for (std::uint32_t i = 0; i < shards; ++i) {
    const auto name = "shard." + std::to_string(i);
    auto* slot = p.dog->add(name, shard_limit, true);
    rows.push_back(child_row(name, [=](caf::actor_system& system) -> component_actor {
      shard_actor_config c;
      c.id = i;
      c.shards = shards;
      c.plans = p.plan->pipelines;
      c.state = p.closed_windows;
      c.tables = tables;
      c.models = models_of(p, i, notes, slot);
      c.slot = slot;
      return system.spawn(run_shard, std::move(c));
    }));
  }
  auto* slot = p.dog->add("reader", shard_limit, true);
  rows.push_back(child_row("reader", [=](caf::actor_system& system) -> component_actor {
    reader_actor_config c;
    c.sources = p.plan->sources;
    c.pipelines = p.plan->pipelines.size();
    for (const auto& loop : p.plan->loops) c.loops.push_back(loop_name(loop.pipeline));
    c.shards = shards;
    c.log = p.log;
    c.state = p.state;
    c.clock = p.clock;
    c.names = p.names;
    c.notes = notes;
    c.slot = slot;
    return system.spawn<caf::detached>(run_reader, std::move(c));
  }));
  rows.back().shutdown = seconds(60); // a drain applies what the journal still holds
  return rows;
}

child_spec tables_row(const service_parts& p) {
  auto* slot = p.dog->add("tables", source_limit, false);
  return child_row("tables", [=](caf::actor_system& system) -> component_actor {
    table_actor_config c;
    c.tables = p.tables;
    c.kept = std::make_shared<const table_files>(p.config->service.data_dir);
    c.log = p.log;
    c.clock = p.clock;
    c.slot = slot;
    return system.spawn<caf::detached>(run_tables, std::move(c));
  });
}

child_spec status_row(const service_parts& p) {
  return child_row("status", [=](caf::actor_system& system) -> component_actor {
    status_actor_config c;
    c.path = p.config->service.data_dir + "/status.json";
    c.fixed = fixed_status(*p.config);
    c.names = p.names;
    c.hung = [dog = p.dog] { return dog->hung(); };
    c.publish = p.publish_status;
    c.draining = p.draining;
    return system.spawn(run_status, std::move(c));
  });
}

// An inner supervisor as a row of the root. Its stop may take as long as its children's stops together.
child_spec group_row(const service_parts& p, std::string name, supervision strategy,
                     std::vector<child_spec> children) {
  milliseconds shutdown{2000};
  for (const auto& c : children) shutdown += c.shutdown;
  auto spec = child_row(name, [=](caf::actor_system& system) -> component_actor {
    return system.spawn(supervise, name, strategy, children, p.names,
                        p.seed ^ std::hash<std::string>{}(name));
  });
  spec.shutdown = shutdown;
  spec.component = false;
  spec.limits.intensity = 3;
  spec.limits.period = seconds(60);
  return spec;
}

} // namespace

std::uint32_t shard_count(const configuration& c) {
  if (c.service.shards != 0) return c.service.shards;
  return std::clamp(std::thread::hardware_concurrency(), 1u, key_slots);
}

status_input fixed_status(const configuration& c) {
  status_input in;
  in.name = c.service.name;
  in.version = SLUICE_VERSION;
  for (const auto& s : c.sources) {
    in.names.sources.push_back(s.name);
    for (auto& name : source_components(s)) in.source_components.push_back(std::move(name));
  }
  for (const auto& p : c.pipelines) in.names.pipelines.push_back(p.name);
  for (const auto& s : c.sinks) in.names.sinks.push_back(s.name);
  in.journal.quota = c.service.journal.quota_bytes;
  in.process.pid = ::getpid();
  for (const auto& s : c.sources)
    if (const auto* mqtt = s.mqtt())
      in.secrets.push_back(mqtt->connection.password);
    else if (const auto* kafka = s.kafka())
      in.secrets.push_back(kafka->connection.password);
  for (const auto& s : c.sinks)
    if (const auto* connection = connection_of(s)) {
      if (std::holds_alternative<thingsboard_options>(s.kind))
        in.secrets.push_back(connection->user); // the token
      in.secrets.push_back(connection->password);
    } else if (const auto* kafka = std::get_if<kafka_sink_options>(&s.kind)) {
      in.secrets.push_back(kafka->connection.password);
    }
  std::erase(in.secrets, "");
  return in;
}

supervisor_actor spawn_service(caf::actor_system& system, const service_parts& p) {
  std::vector<child_spec> sinks, loops, sources;
  for (const auto& loop : p.plan->loops) loops.push_back(loop_row(p, loop));
  for (const auto& sink : p.config->sinks) sinks.push_back(sink_row(p, sink));
  for (const auto& source : p.config->sources)
    for (auto& row : source_rows_of(p, source)) sources.push_back(std::move(row));
  std::vector<child_spec> rows;
  rows.push_back(store_row(p));
  rows.push_back(status_row(p)); // stopped late: it shows the drain
  rows.push_back(group_row(p, "sinks", supervision::one_for_one, std::move(sinks)));
  if (!loops.empty()) rows.push_back(group_row(p, "loops", supervision::one_for_one, std::move(loops)));
  // A bad model backs off for ever and takes nobody along.
  if (p.models && !p.models->all.empty())
    rows.push_back(group_row(p, "predictors", supervision::one_for_one, model_rows(p)));
  rows.push_back(group_row(p, "engine", supervision::one_for_all, engine_rows(p)));
  if (p.tables && !p.tables->files.empty()) rows.push_back(tables_row(p));
  rows.push_back(group_row(p, "ingest", supervision::one_for_one, std::move(sources)));
  return system.spawn(supervise, std::string("root"), supervision::one_for_one, std::move(rows), p.names,
                      p.seed);
}

} // namespace sluice
