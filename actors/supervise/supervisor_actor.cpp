#include "actors/supervise/supervisor_actor.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include "messages/actor_guard.hpp"
#include "messages/exit_codes.hpp"
#include "messages/health.hpp"

namespace sluice {

namespace {

using self_ptr = supervisor_actor::stateful_pointer<supervisor_state>;

std::int64_t now_ms(self_ptr self) {
  const auto now = self->clock().now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

// The class of an end, from the reason CAF reports. Our own errors keep their code; anything else that is not
// a normal end is a bug.
ec code_of(const caf::error& reason) {
  if (!reason || reason == caf::exit_reason::normal || reason == caf::exit_reason::user_shutdown)
    return ec::none;
  if (reason.category() == caf::detail::error_factory<ec>::category) return static_cast<ec>(reason.code());
  return ec::bug;
}

std::string text_of(self_ptr self, const caf::error& reason) {
  if (code_of(reason) == ec::none) return "";
  if (reason.category() == caf::detail::error_factory<ec>::category) {
    std::string text = to_string(static_cast<ec>(reason.code()));
    if (reason.context().match_elements<std::string>())
      text += ": " + reason.context().get_as<std::string>(0);
    return text;
  }
  return self->system().render(reason);
}

void publish(self_ptr self, const supervisor_state::child& c, std::string state, std::string reason) {
  if (state == "running" && c.history.restarts != 0)
    spdlog::info("{}: started again as id {}", c.spec.name, c.id);
  else if (state != "running" && !reason.empty() && !self->state.stopping)
    spdlog::warn("{} (id {}): {}: {}", c.spec.name, c.id, state, reason);
  if (!c.spec.component) return;
  self->state.names->put(
      {c.spec.name, c.id, c.history.restarts, std::move(state), std::move(reason), c.handle});
}

void start_child(self_ptr self, std::size_t i, std::string reason) {
  auto& c = self->state.children[i];
  c.timer = 0;
  c.history.started_ms = now_ms(self);
  c.id = self->state.names->next_id();
  c.handle = c.spec.make(self->system());
  self->monitor(c.handle);
  publish(self, c, "running", std::move(reason));
}

// Stops the last child that still runs; quits when there is none.
void stop_next(self_ptr self) {
  auto& s = self->state;
  for (auto c = s.children.rbegin(); c != s.children.rend(); ++c) {
    if (!c->handle) continue;
    self->send(c->handle, stop_atom_v);
    c->timer = ++s.timers;
    self->delayed_send(self, c->spec.shutdown, restart_atom_v, c->spec.name, c->timer);
    return;
  }
  self->quit(s.end);
}

void begin_stop(self_ptr self, caf::error end) {
  auto& s = self->state;
  if (s.stopping) return;
  s.stopping = true;
  s.end = std::move(end);
  s.to_restart.clear();
  for (auto& c : s.children) c.timer = 0;
  stop_next(self);
}

// Kills the children that share the fate of `failed` and remembers to start all of them when they are down.
void restart_group(self_ptr self, std::size_t failed) {
  auto& s = self->state;
  const std::size_t from = s.strategy == supervision::one_for_all ? 0 : failed;
  s.to_restart.clear();
  for (std::size_t i = from; i < s.children.size(); ++i) {
    s.to_restart.push_back(i);
    s.children[i].timer = 0;
  }
  for (std::size_t i = s.children.size(); i-- > from;)
    if (s.children[i].handle) self->send_exit(s.children[i].handle, caf::exit_reason::kill);
}

void start_group_if_down(self_ptr self) {
  auto& s = self->state;
  for (auto i : s.to_restart)
    if (s.children[i].handle) return;
  auto group = std::move(s.to_restart);
  s.to_restart.clear();
  for (auto i : group) start_child(self, i, s.group_reason);
}

void child_ended(self_ptr self, std::size_t i, const caf::error& why) {
  auto& s = self->state;
  auto& c = s.children[i];
  c.handle = nullptr;
  const auto text = text_of(self, why);
  if (s.stopping) {
    publish(self, c, "stopped", text);
    c.timer = 0;
    stop_next(self);
    return;
  }
  if (!s.to_restart.empty()) { // it was killed because its group restarts
    ++c.history.restarts;
    publish(self, c, "stopped", s.group_reason);
    start_group_if_down(self);
    return;
  }
  const double random = std::uniform_real_distribution<double>(0.0, 1.0)(s.random);
  const auto decision = decide(c.spec.limits, c.spec.kind, c.history, code_of(why), now_ms(self), random);
  using action = restart_decision::action;
  switch (decision.what) {
  case action::leave:
    publish(self, c, "stopped", text);
    return;
  case action::die:
    exit_now(exit_storage, (c.spec.name + ": " + text).c_str());
  case action::escalate:
    publish(self, c, "failed", text);
    begin_stop(self, caf::make_error(ec::escalate, c.spec.name + " ended too often, last: " + text));
    return;
  case action::restart:
    break;
  }
  if (s.strategy != supervision::one_for_one) {
    s.group_reason = c.spec.name + " ended: " + text;
    publish(self, c, "stopped", text);
    restart_group(self, i);
    start_group_if_down(self);
    return;
  }
  c.timer = ++s.timers;
  publish(self, c, "backing_off", text);
  if (decision.after.count() == 0)
    start_child(self, i, text);
  else
    self->delayed_send(self, decision.after, restart_atom_v, c.spec.name, c.timer);
}

void timer_fired(self_ptr self, const std::string& name, std::uint64_t timer) {
  auto& s = self->state;
  for (std::size_t i = 0; i < s.children.size(); ++i) {
    auto& c = s.children[i];
    if (c.spec.name != name || c.timer != timer) continue;
    if (s.stopping) { // its stop took too long
      if (c.handle) self->send_exit(c.handle, caf::exit_reason::kill);
    } else if (!c.handle) {
      for (const auto& e : s.names->all())
        if (e.name == name) return start_child(self, i, e.reason);
      start_child(self, i, "");
    }
    return;
  }
}

} // namespace

supervisor_actor::behavior_type supervise(self_ptr self, std::string name, supervision strategy,
                                          std::vector<child_spec> children, std::shared_ptr<directory> names,
                                          std::uint64_t seed) {
  auto& s = self->state;
  s.name = std::move(name);
  s.strategy = strategy;
  s.names = std::move(names);
  s.random.seed(seed);
  for (auto& spec : children) {
    s.children.emplace_back();
    s.children.back().spec = std::move(spec);
  }
  self->set_down_handler([self](caf::down_msg& down) {
    auto& kids = self->state.children;
    for (std::size_t i = 0; i < kids.size(); ++i) // late messages of an earlier incarnation match nobody
      if (kids[i].handle && kids[i].handle.address() == down.source) return child_ended(self, i, down.reason);
  });
  guard(self);
  for (std::size_t i = 0; i < s.children.size(); ++i) start_child(self, i, "");
  return {
      [self](status_atom) -> status_ptr {
        auto status = std::make_shared<component_status>();
        status->name = self->state.name;
        status->state = self->state.stopping ? "stopping" : "running";
        return status;
      },
      [self](stop_atom) { begin_stop(self, caf::error{}); },
      [](wake_atom) {},
      [](beat_atom) {},
      [self](restart_atom, const std::string& child, std::uint64_t timer) {
        timer_fired(self, child, timer);
      },
  };
}

} // namespace sluice
