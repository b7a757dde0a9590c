#include "app/source_rows.hpp"

#include <algorithm>
#include <variant>

#include <caf/all.hpp>

#include "actors/ingest/file/file_source_actor.hpp"
#include "actors/ingest/kafka/kafka_source_actor.hpp"
#include "actors/ingest/mqtt_source_actor.hpp"

namespace sluice {

namespace {

child_spec file_source_row(const service_parts& p, const source_options& source) {
  const auto name = "source." + source.name;
  auto* slot = p.dog->add(name, source_limit, false);
  return child_row(name, [=](caf::actor_system& system) -> component_actor {
    file_source_config c;
    c.name = source.name;
    c.options = *source.file();
    c.log = p.log;
    c.state = p.state;
    c.clock = p.clock;
    c.quota = p.quota;
    c.slot = slot;
    c.ended = [finish = p.finish, name = source.name] { finish->ended(name); };
    return system.spawn<caf::detached>(run_file_source, std::move(c));
  });
}

// True iff what the step does depends on events before.
bool keeps_memory(const step_options& step) {
  return std::holds_alternative<deduplicate_options>(step) || std::holds_alternative<latest_options>(step) ||
         std::holds_alternative<on_change_options>(step) || std::holds_alternative<alarm_options>(step);
}

// The numbers of devices that windows do not judge are known again for so long.
constexpr std::chrono::hours numbers_kept{1};

// kafka_memory::horizon of a pipeline.
std::optional<std::chrono::milliseconds> horizon_of(const pipeline_plan& plan) {
  if (std::any_of(plan.steps.begin(), plan.steps.end(), keeps_memory)) return std::nullopt;
  if (!plan.window) return numbers_kept;
  const auto& w = *plan.window;
  const bool in_time = w.kind == window_kind::tumbling || w.kind == window_kind::hopping;
  if (!in_time || !w.idle) return std::nullopt;
  return std::chrono::milliseconds(w.size.count()) + w.watermark_delay + w.allowed_lateness;
}

void add_name(std::string& names, const std::string& name) {
  names += (names.empty() ? "" : ", ") + name;
}

// What the pipelines of the source remember.
void tell_memory(const std::vector<pipeline_plan>& plans, const std::string& source, kafka_source_config& c) {
  for (const auto& plan : plans) {
    const bool remembers =
        plan.window || plan.sequence || std::any_of(plan.steps.begin(), plan.steps.end(), keeps_memory);
    if (!remembers || plan.link_name() != source) continue;
    const bool follows = plan.source_name == source && c.options.rebuild.what != kafka_rebuild::how::none;
    if (!follows) add_name(c.staying, plan.name);
    if (plan.source_name != source) continue;
    if (plan.key) add_name(c.mixing, plan.name);
    if (plan.window && plan.window->idle) c.memory.idle = std::max(c.memory.idle, *plan.window->idle);
    const auto own = horizon_of(plan);
    c.memory.any = true;
    c.memory.mixed = c.memory.mixed || plan.key || c.options.subscriptions().size() > 1;
    c.memory.horizon =
        c.memory.horizon && own ? std::optional(std::max(*c.memory.horizon, *own)) : std::nullopt;
  }
}

child_spec kafka_source_row(const service_parts& p, const source_options& source) {
  const auto name = "source." + source.name;
  auto* slot = p.dog->add(name, source_limit, false);
  return child_row(name, [=](caf::actor_system& system) -> component_actor {
    kafka_source_config c;
    c.name = source.name;
    c.options = *source.kafka();
    const auto own = p.config->service.name + "-" + source.name;
    for (auto* text : {&c.options.connection.client_id, &c.options.group, &c.options.instance})
      if (text->empty()) *text = own;
    c.log = p.log;
    c.state = p.state;
    c.clock = p.clock;
    c.quota = p.quota;
    c.slot = slot;
    tell_memory(p.plan->pipelines, source.name, c);
    return system.spawn<caf::detached>(run_kafka_source, std::move(c));
  });
}

child_spec mqtt_source_row(const service_parts& p, const source_options& source, const std::string& name,
                           std::uint8_t connection, const std::shared_ptr<source_links>& links) {
  auto* slot = p.dog->add(name, source_limit, false);
  return child_row(name, [=](caf::actor_system& system) -> component_actor {
    mqtt_source_config c;
    c.options = source;
    c.connection = connection;
    c.links = links;
    auto& mqtt = *c.options.mqtt();
    mqtt.connection.client_id = client_ids(p.config->service.name, source)[connection];
    c.log = p.log;
    c.clock = p.clock;
    c.quota = p.quota;
    c.slot = slot;
    return system.spawn(run_mqtt_source, std::move(c));
  });
}

} // namespace

std::vector<child_spec> source_rows_of(const service_parts& p, const source_options& source) {
  if (source.file() != nullptr) return {file_source_row(p, source)};
  if (source.kafka() != nullptr) return {kafka_source_row(p, source)};
  std::vector<child_spec> rows;
  const auto links = std::make_shared<source_links>(*p.log, source.name, source.mqtt()->connections);
  for (const auto& name : source_components(source))
    rows.push_back(mqtt_source_row(p, source, name, static_cast<std::uint8_t>(rows.size()), links));
  return rows;
}

} // namespace sluice
