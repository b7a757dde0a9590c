#include "actors/transform/table_actor.hpp"

#include <set>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include "messages/actor_guard.hpp"
#include "messages/exit_codes.hpp"
#include "messages/health.hpp"

namespace sluice {

namespace {

using self_ptr = component_actor::stateful_pointer<table_actor_state>;
using std::chrono::milliseconds;

std::optional<file_look> look(const std::string& path) {
  struct stat s {};
  if (::stat(path.c_str(), &s) != 0 || !S_ISREG(s.st_mode)) return std::nullopt;
  return file_look{s.st_ino, s.st_size, s.st_mtim.tv_sec * 1'000'000'000 + s.st_mtim.tv_nsec};
}

// What the tables' records and files need no more goes. An error here harms nobody: it is tried again.
void tidy(table_actor_state& s) {
  std::set<std::uint64_t> in_force;
  for (const auto& t : s.config.tables->files) in_force.insert(t.in_force());
  const auto first_ms = oldest_ms(*s.config.log);
  if (!first_ms) return;
  if (auto done = s.config.kept->tidy(in_force, *first_ms, s.config.clock->now_ms()); !done)
    spdlog::warn("tables: {}", done.error().text);
}

void look_at(table_actor_state& s, table_watch& table) {
  if (!table.should_read(look(table.path()))) return;
  const auto content = read_up_to(table.path(), lookup_table::most_bytes);
  if (!content) return table.failed(content.error().text);
  if (!table.is_news(*content)) {
    if (!table.trouble().empty()) spdlog::warn("tables: {}", table.trouble());
    return;
  }
  const auto hash = s.config.kept->keep(*content);
  if (!hash) return table.failed(hash.error().text);
  control record;
  record.kind = control_kind::table;
  record.name = table.path();
  record.value = *hash;
  if (auto done = s.config.log->append(record); !done) exit_now(exit_storage, done.error().text.c_str());
  table.adopt();
  ++s.reloads;
  spdlog::info("tables: {} is in force with its new content", table.path());
  tidy(s);
}

void look_at_all(self_ptr self) {
  auto& s = self->state;
  busy mark(s.config.slot);
  for (auto& table : s.config.tables->files) look_at(s, table);
}

} // namespace

component_actor::behavior_type run_tables(self_ptr self, table_actor_config config) {
  auto& s = self->state;
  s.config = std::move(config);
  guard(self);
  tidy(s);
  self->send(self, beat_atom_v);
  return {
      [self](status_atom) -> status_ptr {
        auto& s = self->state;
        auto status = std::make_shared<component_status>();
        status->state = "watching";
        status->with("tables", s.config.tables->files.size()).with("reloads", s.reloads);
        for (const auto& table : s.config.tables->files) {
          if (table.trouble().empty()) continue;
          status->level = health_level::degraded;
          status->reason += (status->reason.empty() ? "" : "; ") + table.trouble();
        }
        return status;
      },
      [self](stop_atom) { self->quit(); },
      [self](wake_atom) { look_at_all(self); },
      [self](beat_atom) {
        self->delayed_send(self, milliseconds(1000), beat_atom_v);
        look_at_all(self);
      },
  };
}

} // namespace sluice
