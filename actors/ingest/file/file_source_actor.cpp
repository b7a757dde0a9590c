#include "actors/ingest/file/file_source_actor.hpp"

#include <algorithm>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include "actors/ingest/source_notes.hpp"
#include "actors/ingest/unapplied.hpp"
#include "messages/actor_guard.hpp"
#include "messages/exit_codes.hpp"
#include "messages/health.hpp"

namespace sluice {

namespace {

using self_ptr = source_actor::stateful_pointer<file_source_state>;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds ahead_pause{5};
constexpr milliseconds room_pause{1000};
constexpr milliseconds budget{50}; // per message handled, then the mailbox is looked at

void note(file_source_state& s, control_kind kind) {
  note_source(*s.config.log, kind, s.config.name);
  if (kind == control_kind::source_up) s.up = true;
  if (kind == control_kind::source_down) s.up = false;
}

// How far each path was read: the state knows what is applied, the journal what is not.
outcome<file_positions> positions(const file_source_config& c) {
  file_positions known;
  const auto applied = c.state->applied();
  const auto prefix = file_positions_prefix(c.name);
  c.state->scan(state_family::source, prefix, [&](std::string_view key, std::string_view value) {
    if (const auto at = file_position::load(value))
      known.by_path[std::string(key.substr(prefix.size()))] = *at;
    return true;
  });
  c.state->scan(state_family::source, left_positions_prefix(c.name),
                [&](std::string_view, std::string_view value) {
                  if (const auto at = file_position::load(value)) known.left[at->identity.inode] = *at;
                  return true;
                });
  const auto done = each_unapplied(*c.log, applied, c.name, [&known](const message_out& m) {
    if (const auto at = position_of(m)) known.take(std::string(m.topic), *at);
  });
  if (!done) return tl::unexpected(done.error());
  return known;
}

void schedule(self_ptr self, milliseconds in) {
  auto& s = self->state;
  if (s.scheduled || s.stopping) return;
  s.scheduled = true;
  if (in.count() == 0)
    self->send(self, beat_atom_v);
  else
    self->delayed_send(self, in, beat_atom_v);
}

void look(file_source_state& s) {
  const auto begin = steady_clock::now();
  s.files->look();
  const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
  // A folder of very many files must not keep a core busy.
  s.next_look = steady_clock::now() + std::max(s.config.options.poll, 20 * took);
  const auto& problems = s.files->problems();
  for (const auto& p : problems)
    if (std::find(s.problems.begin(), s.problems.end(), p) == s.problems.end())
      spdlog::warn("source.{}: {}", s.config.name, p);
  s.problems = problems;
}

void append(file_source_state& s, std::span<const message_in> records) {
  std::uint64_t bytes = 0;
  for (const auto& m : records) bytes += m.payload.size() + m.topic.size() + 96; // with properties and header
  const auto done = s.config.log->append(s.config.name, records);
  if (!done) exit_now(exit_storage, done.error().text.c_str());
  s.ahead.appended(*done, bytes);
  s.last_ms = s.config.clock->now_ms();
}

void end(file_source_state& s) {
  note(s, control_kind::source_end);
  note(s, control_kind::source_down);
  s.ended = true;
  s.phase = "ended";
  if (s.config.ended) s.config.ended();
}

void work(self_ptr self) {
  auto& s = self->state;
  if (s.ended || s.stopping) return;
  if (s.config.quota && s.config.quota->sources_must_disconnect()) {
    if (s.up) note(s, control_kind::source_down);
    s.phase = "waiting_for_room";
    return schedule(self, room_pause);
  }
  if (!s.files) {
    const auto known = asked_again([&s] { return positions(s.config); });
    if (!known) exit_now(exit_storage, known.error().text.c_str());
    s.files.emplace(s.config.options, *known);
  }
  if (steady_clock::now() >= s.next_look) look(s);
  if (!s.up) note(s, control_kind::source_up);
  for (const auto until = steady_clock::now() + budget; steady_clock::now() < until;) {
    if (s.ahead.full(s.config.state->applied())) {
      s.phase = "reading";
      return schedule(self, ahead_pause);
    }
    const auto records = s.files->read();
    if (records.empty()) {
      if (s.files->complete()) return end(s);
      s.phase = s.config.options.follow ? "following" : "waiting";
      const auto wait = std::chrono::ceil<milliseconds>(s.next_look - steady_clock::now());
      return schedule(self, std::max(wait, milliseconds(1)));
    }
    append(s, records);
  }
  s.phase = "reading";
  schedule(self, milliseconds(0));
}

} // namespace

file_source_state::~file_source_state() {
  if (up) note(*this, control_kind::source_down);
}

source_actor::behavior_type run_file_source(self_ptr self, file_source_config config) {
  auto& s = self->state;
  s.config = std::move(config);
  guard(self);
  schedule(self, milliseconds(0));
  return {
      [self](status_atom) -> status_ptr {
        auto& s = self->state;
        auto status = std::make_shared<component_status>();
        status->state = s.phase;
        if (s.files) {
          status->with("files", s.files->files()).with("records", s.files->records());
          status->with("bytes", s.files->bytes()).with("skipped", s.files->skipped());
          if (!s.files->reading().empty()) status->with("path", s.files->reading());
        }
        if (s.last_ms != 0)
          status->with("last_event_age_s",
                       static_cast<double>(s.config.clock->now_ms() - s.last_ms) / 1000.0);
        if (!s.problems.empty()) {
          status->reason = s.problems.front();
          if (s.problems.size() > 1)
            status->reason += " (and " + std::to_string(s.problems.size() - 1) + " more)";
        }
        if (!s.problems.empty() || s.phase == "waiting_for_room") status->level = health_level::degraded;
        return status;
      },
      [self](stop_atom) {
        auto& s = self->state;
        s.stopping = true;
        if (s.up) note(s, control_kind::source_down);
        self->quit();
      },
      [self](wake_atom) { work(self); },
      [self](beat_atom) {
        auto& s = self->state;
        busy mark(s.config.slot);
        s.scheduled = false;
        work(self);
      },
      [](event_atom, const std::string&, const caf::error&) {},
  };
}

} // namespace sluice
