#include "app/plans.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "actors/ingest/result_loop.hpp"
#include "actors/transform/steps.hpp"
#include "app/chains.hpp"
#include "app/pipeline_sinks.hpp"

namespace sluice {

namespace {

// The source's fields a pipeline reads: operands of its steps and aggregates, less what steps make
// themselves.
std::set<std::string> fields_of(const pipeline_options& p) {
  std::vector<std::string> reads;
  if (p.window)
    for (const auto& a : p.window->aggregates)
      if (a.field != "*") reads.push_back(a.field);
  const auto compiled = steps::compile(p.steps, {}, reads);
  if (!compiled) return {}; // lint has said it
  std::set<std::string> used(compiled->base_fields().begin(), compiled->base_fields().end());
  if (p.key)
    for (const auto& name : *p.key)
      if (name != "device") used.insert(name);
  return used;
}

// The number of the pipeline's key among those of its source, a new one if need be.
std::uint16_t number_of_key(const pipeline_options& p, std::uint16_t index, reader_source& source) {
  auto& keys = source.keys;
  auto found = std::find_if(keys.begin(), keys.end(), [&](const auto& k) { return k.fields == *p.key; });
  if (found == keys.end()) {
    if (keys.empty()) source.forget = p.device_forget;
    keys.push_back(reader_key{*p.key, {}});
    found = keys.end() - 1;
  }
  source.forget = std::max(source.forget, p.device_forget);
  found->pipelines.emplace_back(index, p.name);
  return static_cast<std::uint16_t>(found - keys.begin() + 1);
}

// The internal source of a pipeline that others read: results as events (actors/ingest/chained_result.hpp).
source_options source_of_results(const std::string& pipeline) {
  source_options source;
  source.name = pipeline;
  source.kind = pipeline_source_options{pipeline};
  source.decode.json.device_path = "$.device"; // not from the topic
  source.decode.future.reset();                // their times were judged at the beginning of the chain
  source.decode.oldest_ms = std::numeric_limits<std::int64_t>::min();
  return source;
}

// True iff the events at the beginning of the pipeline's chain have no time of their own.
bool without_time(const configuration& c, const pipeline_options& p) {
  const auto* root = root_of(c, p);
  return root != nullptr && !root->decode.carries_time();
}

} // namespace

plans make_plans(const configuration& c) {
  plans result;
  const auto read_again = read_by_others(c);
  for (const auto& source : c.sources) result.sources.emplace_back().options = source;
  for (const auto* p : read_again) result.sources.emplace_back().options = source_of_results(p->name);
  std::vector<std::set<std::string>> used(result.sources.size());
  for (const auto& p : c.pipelines) {
    const auto source =
        static_cast<std::size_t>(std::find_if(result.sources.begin(), result.sources.end(),
                                              [&](const auto& s) { return s.options.name == p.from; }) -
                                 result.sources.begin());
    const auto& event = result.sources[source].options.decode.event();
    pipeline_plan plan;
    plan.name = p.name;
    plan.index = static_cast<std::uint16_t>(result.pipelines.size());
    plan.source = static_cast<std::uint16_t>(source);
    plan.source_name = p.from;
    plan.sequence = !event.sequence_path.empty();
    plan.shared = result.sources[source].options.kafka() != nullptr;
    plan.arrival = without_time(c, p);
    if (upstream_of(c, p) != nullptr) {
      plan.root_name = root_of(c, p)->name;
      plan.lag = lag_of(c, p);
    }
    const auto sinks = sinks_of(p);
    plan.steps = p.steps;
    for (auto& step : plan.steps)
      if (auto* alarm = std::get_if<alarm_options>(&step))
        alarm->not_to = missing_in(sinks_of(p, *alarm), sinks);
    plan.not_to = missing_in(p.to, sinks);
    plan.window = p.window;
    plan.predict = p.predict;
    for (std::size_t i = 0; i < p.to.size(); ++i)
      if (!p.when[i].empty()) plan.conditions.push_back({p.to[i], p.when[i]});
    const bool read_by_another =
        std::any_of(c.pipelines.begin(), c.pipelines.end(), [&](const auto& o) { return o.from == p.name; });
    plan.unconditional = plan.conditions.size() < p.to.size() || read_by_another;
    plan.device_forget = p.device_forget;
    used[source].merge(fields_of(p));
    auto& reads = result.sources[source];
    reads.all_fields = reads.all_fields || !p.window;
    reads.pipelines.emplace_back(plan.index, plan.name);
    plan.key = p.key;
    if (p.key) plan.key_index = number_of_key(p, plan.index, reads);
    result.pipeline_names.push_back(p.name);
    result.pipelines.push_back(std::move(plan));
  }
  for (std::size_t i = 0; i < used.size(); ++i)
    result.sources[i].used_fields.assign(used[i].begin(), used[i].end());
  for (const auto& sink : c.sinks) {
    sink_route route;
    route.name = sink.name;
    for (const auto& p : c.pipelines)
      if (leads_to(p, sink.name)) route.pipelines.push_back(p.name);
    result.routes.push_back(std::move(route));
  }
  for (const auto* p : read_again) {
    result.routes.push_back({loop_name(p->name), {p->name}});
    result.loops.push_back({p->name, p->from});
  }
  return result;
}

} // namespace sluice
