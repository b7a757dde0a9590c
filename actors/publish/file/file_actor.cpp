#include "actors/publish/file/file_actor.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include "messages/actor_guard.hpp"
#include "messages/exit_codes.hpp"
#include "messages/faults.hpp"
#include "messages/health.hpp"

namespace sluice {

namespace {

using self_ptr = sink_actor::stateful_pointer<file_sink_state>;
using std::chrono::milliseconds;

constexpr std::size_t most_records = 4096, most_bytes = 1 << 20; // per write

void move(file_sink_state& s, std::uint64_t delivered) {
  s.at.mark = s.file->mark();
  const auto done = s.config.state->move_cursor(s.config.name, s.at, delivered, 0, {}, s.config.sync);
  if (!done) exit_now(exit_storage, done.error().text.c_str());
}

// A file that is not what its mark says stays failed until somebody looks; a disk error passes.
void give_up(self_ptr self, const error& e) {
  auto& s = self->state;
  if (e.code != ec::corrupt) return self->quit(caf::make_error(e.code, e.text));
  s.failure = e.text;
  spdlog::error("sink.{}: {}", s.config.name, e.text);
}

// Writes what is in the outbox for this sink.
void work(self_ptr self) {
  auto& s = self->state;
  if (!s.failure.empty()) return;
  busy mark(s.config.slot);
  for (;;) {
    const auto records = s.config.state->read_outbox(s.config.name, s.at.acked, most_records, most_bytes);
    if (records.empty()) break;
    const auto aimed = s.file->aim(s.config.clock->now_ms());
    if (!aimed) return give_up(self, aimed.error());
    if (*aimed) move(s, 0);
    const auto last = records.back().sequence;
    if (faults::off(faults::protection::acknowledge_before_cursor)) {
      s.at.acked = last;
      move(s, records.size());
    }
    if (auto done = s.file->append(records); !done) return give_up(self, done.error());
    if (!faults::off(faults::protection::acknowledge_before_cursor)) {
      s.at.acked = last;
      move(s, records.size());
    }
    s.lines += records.size();
  }
}

} // namespace

sink_actor::behavior_type run_file_sink(self_ptr self, file_sink_config config) {
  guard(self);
  auto& s = self->state;
  s.config = std::move(config);
  s.at = s.config.state->cursor(s.config.name);
  s.at.above.clear(); // a file is written in order; they are of a sink of another kind that had this name
  auto opened = line_file::open(s.config.options.path, s.at.mark, s.config.clock->now_ms());
  if (opened)
    s.file.emplace(std::move(*opened));
  else
    give_up(self, opened.error());
  self->send(self, wake_atom_v);
  return {
      [self](status_atom) -> status_ptr {
        auto& s = self->state;
        auto status = std::make_shared<component_status>();
        status->state = s.failure.empty() ? "running" : "failed";
        status->reason = s.failure;
        status->with("lines", s.lines);
        if (s.file) status->with("path", s.file->path()).with("length", s.file->length());
        if (!s.failure.empty()) status->level = health_level::failed;
        return status;
      },
      [self](stop_atom) {
        work(self);
        self->quit();
      },
      [self](wake_atom) { work(self); },
      [](beat_atom) {},
      [](event_atom, const std::string&, std::uint64_t, std::int32_t, const caf::error&) {},
  };
}

} // namespace sluice
