// Watches the files of look-up tables: looks at each once a second. A new content that is good is kept under
// DATA_DIR/tables and put in force by a TABLE record in the journal; a bad one leaves the table in force as
// it is and turns health degraded, with the reason.
//
// Life cycle: one for all tables; the tables in force are in the journal before any source opens. A restart
// loses nothing: it looks at every file anew.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/store/journal.hpp"
#include "actors/store/table_files.hpp"
#include "actors/supervise/watchdog.hpp"
#include "actors/transform/table_watch.hpp"
#include "messages/interfaces.hpp"

namespace sluice {

// The tables of one service and what is in force, shared by every incarnation of the actor. One thread at a
// time.
struct watched_tables {
  std::vector<table_watch> files;
};

struct table_actor_config {
  std::shared_ptr<watched_tables> tables;
  std::shared_ptr<const table_files> kept;
  journal* log = nullptr; // outlives the actor
  journal_clock* clock = nullptr;
  watchdog_slot* slot = nullptr;
};

struct table_actor_state {
  table_actor_state() = default;
  table_actor_config config;
  std::uint64_t reloads = 0;
  static inline const char* actor_name = "tables";
};
static_assert(!std::is_aggregate_v<table_actor_state>);

component_actor::behavior_type run_tables(component_actor::stateful_pointer<table_actor_state> self,
                                          table_actor_config config);

} // namespace sluice
