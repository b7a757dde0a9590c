#include "actors/window/shard.hpp"

#include <algorithm>
#include <map>

#include "actors/transform/lookup_tables.hpp"
#include "actors/window/keyed_pipeline.hpp"
#include "actors/window/pipeline_shard.hpp"
#include "actors/window/result_router.hpp"
#include "actors/window/shard_predictions.hpp"
#include "actors/window/source_link.hpp"
#include "actors/window/table_row.hpp"
#include "messages/exit_codes.hpp"
#include "messages/faults.hpp"

namespace sluice {

struct shard::impl {
  std::uint32_t id = 0, shards = 1;
  const state_source* state = nullptr;
  shard_output out;
  std::unique_ptr<lookup_tables> tables;                   // the steps point into it
  std::vector<std::string> changed_tables;                 // since the last checkpoint part, by path
  std::map<std::string, source_link, std::less<>> sources; // by name
  std::vector<std::unique_ptr<pipeline_runner>> pipelines; // in the order of the plans
  std::map<std::uint16_t, result_router> routers; // by pipeline index, where not every sink gets every result
  std::unique_ptr<shard_predictions> models;

  // Decides where the results go; takes out what goes nowhere, and counts it.
  void route(std::vector<pipeline_counters>& counted) {
    if (routers.empty()) return;
    std::erase_if(out.results, [&](result_record& r) {
      const auto router = routers.find(r.order.pipeline);
      if (router == routers.end() || router->second.route(r)) return false;
      ++counted[r.order.pipeline].unrouted;
      return true;
    });
  }

  // As if the rows had been applied before: state changes, nothing leaves, nothing but devices is counted.
  // What others wait to have revised goes on waiting.
  void apply_for_state(const event_batch& batch, std::span<const std::uint32_t> rows, std::uint16_t key,
                       bool checks) noexcept {
    const auto results = out.results.size(), dead_letters = out.dead_letters.size();
    for (auto& p : pipelines) {
      if (p->plan().source != batch.source || p->plan().key_index != key) continue;
      auto counted = p->take_counters();
      for (const auto& row : rows) {
        const auto marked = p->marked();
        p->apply(batch, {&row, 1}, false, checks);
        if (p->marked() > marked) p->revise(batch.rows[row].sequence, marked);
        out.results.resize(results);
        out.dead_letters.resize(dead_letters);
      }
      const auto passed = p->take_counters();
      counted.devices += passed.devices, counted.quarantined += passed.quarantined;
      p->count(counted);
    }
  }

  void set_link(source_link& link, bool up, std::int64_t now) noexcept {
    link.up = up;
    if (up) link.since = now;
    link.changed = true;
  }
};

namespace {

template <class T> outcome<std::unique_ptr<pipeline_runner>> as_runner(outcome<std::unique_ptr<T>> made) {
  if (!made) return tl::unexpected(made.error());
  return std::unique_ptr<pipeline_runner>(std::move(*made));
}

// The tuned one for the usual pipeline, the general one for everything else.
outcome<std::unique_ptr<pipeline_runner>> make_pipeline(pipeline_plan plan, const state_source* state,
                                                        shard_output& out, const step_world& world) {
  if (!plan.key && (!plan.window || is_plain(*plan.window)))
    return as_runner(pipeline_shard::make(std::move(plan), state, out, world));
  return as_runner(keyed_pipeline::make(std::move(plan), state, out, world));
}

// A tick by the pipeline's own clock.
control as_seen_by(const pipeline_plan& plan, control tick) {
  if (plan.lag)
    tick.now_ms = subtract_ms(tick.now_ms, plan.lag->count());
  else
    tick.value = 0; // as if the clock were not trusted: idle closing and forgetting rest
  return tick;
}

} // namespace

shard::shard(std::unique_ptr<impl> p) : impl_(std::move(p)) {}
shard::~shard() = default;

outcome<std::unique_ptr<shard>> shard::make(std::uint32_t id, std::uint32_t shards,
                                            std::vector<pipeline_plan> plans, const state_source* state,
                                            std::shared_ptr<table_cache> tables, shard_models models) {
  auto p = std::make_unique<impl>();
  p->id = id, p->shards = shards, p->state = state;
  p->tables = std::make_unique<lookup_tables>(std::move(tables));
  p->models = std::make_unique<shard_predictions>(id, shards, std::move(models));
  for (const auto& plan : plans)
    for (const auto& step : plan.steps)
      if (const auto* lookup = std::get_if<lookup_options>(&step)) p->tables->declare(lookup->spec());
  for (auto& plan : plans) {
    p->sources.try_emplace(plan.link_name());
    if (!plan.conditions.empty() || !plan.not_to.empty()) {
      auto router = result_router::make(plan.conditions, plan.unconditional, plan.not_to);
      if (!router) return fail(ec::invalid, "pipeline " + plan.name + ": " + router.error().text);
      p->routers.emplace(plan.index, std::move(*router));
    }
    p->models->add(plan);
    auto made = make_pipeline(std::move(plan), state, p->out, {p->tables.get()});
    if (!made) return tl::unexpected(made.error());
    p->pipelines.push_back(std::move(*made));
  }
  return std::unique_ptr<shard>(new shard(std::move(p)));
}

outcome<void> shard::load() {
  auto& s = *impl_;
  if (auto done = s.models->load(s.state); !done) return done;
  if (s.state == nullptr) return {};
  for (auto& [name, link] : s.sources) {
    const auto value = s.state->get(state_family::source, source_link_key(name));
    if (!value) continue;
    const auto decoded = decode_source_link(*value);
    if (!decoded)
      return fail(ec::corrupt, "stored state of source " + name + " is damaged (got " +
                                   std::to_string(value->size()) + " bytes, want 9)");
    link = *decoded;
  }
  outcome<void> found;
  s.state->scan(state_family::source, table_key_prefix, [&](std::string_view key, std::string_view value) {
    const auto path = key.substr(table_key_prefix.size());
    if (const auto hash = decode_table_hash(value))
      found = s.tables->put_in_force(path, *hash);
    else
      found = fail(ec::corrupt, "the stored hash of look-up table " + std::string(path) +
                                    " is damaged (got " + std::to_string(value.size()) + " bytes, want 8)");
    return found.has_value();
  });
  if (!found) return found;
  for (auto& p : s.pipelines)
    for (unsigned slot = s.id; slot < key_slots; slot += s.shards)
      if (auto done = p->load(slot); !done) return done;
  return {};
}

void shard::apply(const event_batch& batch, std::span<const std::uint32_t> rows, std::uint16_t key) noexcept {
  if (rows.empty()) return;
  if (faults::drop_event()) rows = rows.subspan(1);
  const bool throws = faults::throw_in_apply();
  const bool again = batch.only != event_batch::everyone;
  const bool checks = !faults::off(faults::protection::duplicate_check);
  if (batch.takeover != 0) return impl_->apply_for_state(batch, rows, key, checks);
  for (auto& p : impl_->pipelines)
    if (p->plan().source == batch.source && p->plan().key_index == key &&
        (!again || p->plan().index == batch.only))
      p->apply(batch, rows, throws, checks);
}

void shard::apply(const control& record) noexcept {
  auto& s = *impl_;
  switch (record.kind) {
  case control_kind::tick:
    for (auto& p : s.pipelines)
      p->tick(as_seen_by(p->plan(), record), s.sources.find(p->plan().link_name())->second);
    break;
  case control_kind::start:
    for (auto& [name, link] : s.sources) s.set_link(link, false, record.now_ms);
    break;
  case control_kind::source_up:
  case control_kind::source_down:
    if (auto at = s.sources.find(record.name); at != s.sources.end())
      s.set_link(at->second, record.kind == control_kind::source_up, record.now_ms);
    if (record.kind == control_kind::source_down)
      for (auto& p : s.pipelines)
        if (p->plan().shared && p->plan().source_name == record.name) p->revise(record.sequence);
    break;
  case control_kind::source_end: // a pipeline has one source: all of its sources have ended
    for (auto& p : s.pipelines)
      if (p->plan().source_name == record.name) p->end(record);
    break;
  case control_kind::table: {
    const auto in_force = s.tables->in_force().find(record.name);
    if (in_force != s.tables->in_force().end() && in_force->second == record.value) break;
    // Without the content that the journal names no answer is right: nothing goes on.
    if (auto done = s.tables->put_in_force(record.name, record.value); !done)
      exit_now(exit_storage, done.error().text.c_str());
    s.changed_tables.push_back(record.name);
    break;
  }
  case control_kind::partition:
    for (auto& p : s.pipelines)
      if (p->plan().source_name == record.name) {
        p->revise(record.sequence);
        if (record.value != 0) p->let_go(static_cast<std::uint16_t>(record.value));
      }
    break;
  case control_kind::model:
    predict(); // what came before it is the old one's
    if (auto done = s.models->put_in_force(record); !done) exit_now(exit_storage, done.error().text.c_str());
    break;
  case control_kind::release:
    for (auto& p : s.pipelines) p->release(record.name);
    break;
  case control_kind::session:
  case control_kind::config:
  case control_kind::unavailable:
  case control_kind::pubrel:
    break; // nothing of a shard's
  }
}

void shard::predict() noexcept {
  impl_->models->predict(impl_->out.results);
}

shard_part shard::take_part(std::uint64_t position) {
  auto& s = *impl_;
  predict();
  shard_part part;
  part.shard = s.id;
  part.position = position;
  std::uint16_t most = 0;
  for (const auto& p : s.pipelines) most = std::max(most, p->plan().index);
  if (!s.pipelines.empty()) part.pipelines.resize(most + 1u);
  for (auto& p : s.pipelines) {
    p->take(part);
    part.pipelines[p->plan().index] += p->take_counters();
  }
  for (auto& [name, link] : s.sources) {
    if (!std::exchange(link.changed, false) || s.id != 0 || s.state == nullptr)
      continue; // all shards know the same
    part.state.push_back({state_family::source, source_link_key(name), encode_source_link(link)});
  }
  for (const auto& path : std::exchange(s.changed_tables, {})) {
    const auto in_force = s.tables->in_force().find(path);
    if (in_force == s.tables->in_force().end() || s.id != 0 || s.state == nullptr) continue;
    part.state.push_back({state_family::source, table_key(path), encode_table_hash(in_force->second)});
  }
  s.models->take(part, s.id == 0 && s.state != nullptr); // all shards know the same
  s.route(part.pipelines);
  part.results = std::exchange(s.out.results, {});
  // Moving records while the vector grows costs more than one result; a burst's room is not kept.
  s.out.results.reserve(std::min<std::size_t>(part.results.size(), 4096));
  part.dead_letters = std::exchange(s.out.dead_letters, {});
  return part;
}

void shard::committed(std::uint64_t position) noexcept {
  for (auto& p : impl_->pipelines) p->committed(position);
}

bool shard::waits_for_time() const noexcept {
  return std::any_of(impl_->pipelines.begin(), impl_->pipelines.end(),
                     [](const auto& p) { return p->waits_for_time(); });
}

bool shard::has_output() const noexcept {
  return !impl_->out.results.empty() || !impl_->out.dead_letters.empty();
}

} // namespace sluice
