#include "actors/predict/models_actor.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include "actors/predict/bundle_copy.hpp"
#include "messages/actor_guard.hpp"
#include "messages/exit_codes.hpp"
#include "messages/health.hpp"

namespace sluice {

namespace {

using self_ptr = component_actor::stateful_pointer<models_actor_state>;
using std::chrono::milliseconds;
using time_point = caf::actor_clock::time_point;

constexpr milliseconds between_looks{1000}, while_loading{20};
constexpr std::chrono::seconds longest_load{30};

// What the records of the journal need no more goes. An error here harms nobody: it is tried again.
void tidy(models_actor_state& s) {
  std::set<std::uint64_t> in_force;
  for (const auto& m : s.config.models->all) {
    in_force.insert(m.bundle.in_force()->id);
    if (m.next) in_force.insert(m.next->id);
  }
  const auto first_ms = oldest_ms(*s.config.log);
  if (!first_ms) return;
  if (auto done = s.config.files->tidy(in_force, *first_ms, s.config.clock->now_ms()); !done)
    spdlog::warn("models: {}", done.error().text);
}

void refuse(watched_model& m, const std::string& why) {
  m.bundle.refused(why);
  spdlog::warn("models: {} keeps its model: {}", m.pipeline, why);
}

// Looks at the bundle; a new one that is good is kept, and given to the predictors.
void look_at(models_actor_state& s, watched_model& m, time_point now) {
  if (m.next || !m.bundle.should_read(look_at_bundle(m.bundle.path(), model_files::parts))) return;
  const auto copied = copy_bundle(*s.config.files, m.bundle.path(), m.options.max_size, m.pipeline);
  if (!copied && copied.error().code == ec::invalid) return refuse(m, copied.error().text);
  if (!copied) return m.bundle.failed(copied.error().text);
  const auto id = copied->facts.id;
  if (!m.bundle.is_news(copied->facts)) {
    s.config.files->discard(copied->folder);
    if (!m.bundle.trouble().empty()) spdlog::warn("models: {}", m.bundle.trouble());
    return;
  }
  if (auto done = s.config.files->keep(copied->folder, id); !done) return m.bundle.failed(done.error().text);
  auto known = s.config.kept->facts(id);
  if (!known) return m.bundle.failed(known.error().text);
  m.next = std::move(*known);
  m.next_since = now;
  for (const auto& desk : m.desks) desk->prepare(m.next->id);
}

// Puts a model in force once its predictors have it; one that they do not get is refused.
void look_at_next(models_actor_state& s, watched_model& m, time_point now) {
  if (!m.next) return;
  const auto has_it = [&](const auto& desk) {
    if (desk->prepared(m.next->id)) return true;
    desk->prepare(m.next->id); // again, where the thread is another one since
    return false;
  };
  if (!std::all_of(m.desks.begin(), m.desks.end(), has_it)) {
    if (now - m.next_since < longest_load) return;
    m.next = nullptr;
    return refuse(m, m.bundle.path() + ": the new model is not loaded within " +
                         std::to_string(longest_load.count()) + " s");
  }
  for (const auto& desk : m.desks)
    if (const auto trouble = desk->trouble_with(m.next->id)) {
      m.next = nullptr;
      return refuse(m, "the new model cannot be loaded: " + trouble->text);
    }
  control record;
  record.kind = control_kind::model;
  record.name = m.pipeline;
  record.value = m.next->id;
  if (auto done = s.config.log->append(record); !done) exit_now(exit_storage, done.error().text.c_str());
  spdlog::info("models: {}: {} version {} is in force (hash {})", m.pipeline, m.next->name, m.next->version,
               m.next->hash);
  m.bundle.adopt(std::move(m.next));
  m.next = nullptr;
  ++m.swaps;
  tidy(s);
}

bool any_next(const models_actor_state& s) {
  return std::any_of(s.config.models->all.begin(), s.config.models->all.end(),
                     [](const auto& m) { return m.next != nullptr; });
}

// Looks at the bundles where it is time to, and at what is being loaded. Returns when to come again.
time_point look_at_all(self_ptr self) {
  auto& s = self->state;
  busy mark(s.config.slot);
  const auto& clock = self->clock();
  if (clock.now() >= s.next_look) {
    for (auto& m : s.config.models->all) look_at(s, m, clock.now());
    s.next_look = clock.now() + between_looks;
  }
  for (auto& m : s.config.models->all) look_at_next(s, m, clock.now());
  return any_next(s) ? std::min(s.next_look, clock.now() + while_loading) : s.next_look;
}

void blame(component_status& status, const std::string& why) {
  status.level = health_level::degraded;
  status.reason += (status.reason.empty() ? "" : "; ") + why;
}

void describe(const watched_model& m, component_status& status) {
  const auto& facts = *m.bundle.in_force();
  const auto name = [&](const std::string& what) { return m.pipeline + "." + what; };
  status.with(name("model"), facts.name).with(name("version"), facts.version).with(name("hash"), facts.hash);
  status.with(name("swaps"), m.swaps);
  std::uint64_t rows = 0, refused = 0;
  batch_times::micros slowest{0}, mean{0};
  drift_window drift;
  std::string missing;
  for (const auto& desk : m.desks) {
    const auto counted = desk->status();
    rows += counted.rows, refused += counted.refused;
    slowest = std::max(slowest, counted.times.slowest());
    mean = std::max(mean, counted.times.mean());
    if (counted.model == facts.id) drift += counted.drift; // around a swap a desk may be behind
    if (const auto now = desk->now(); now != scoring_desk::state::open)
      missing = now == scoring_desk::state::closed ? desk->why_closed() : "the model is being loaded";
  }
  status.with(name("scored"), rows).with(name("refused_batches"), refused);
  status.with(name("batch_us"), std::llround(mean.count()));
  status.with(name("slowest_us"), std::llround(slowest.count()));
  status.with(name("drift_rows"), drift.rows());
  const auto figures = drift.against(facts);
  for (std::size_t k = 0; k < figures.size(); ++k)
    status.with(name("drift." + facts.features[k]), figures[k]);
  if (!missing.empty()) blame(status, "predictions of " + m.pipeline + " are unavailable: " + missing);
  if (!m.bundle.trouble().empty()) blame(status, m.bundle.trouble());
}

} // namespace

component_actor::behavior_type run_models(self_ptr self, models_actor_config config) {
  auto& s = self->state;
  s.config = std::move(config);
  guard(self);
  tidy(s);
  self->send(self, beat_atom_v);
  return {
      [self](status_atom) -> status_ptr {
        auto status = std::make_shared<component_status>();
        status->state = "watching";
        for (const auto& m : self->state.config.models->all) describe(m, *status);
        return status;
      },
      [self](stop_atom) { self->quit(); },
      [self](wake_atom) { look_at_all(self); },
      [self](beat_atom) {
        const auto again = look_at_all(self);
        self->delayed_send(self, again - self->clock().now(), beat_atom_v);
      },
  };
}

} // namespace sluice
