// The one page of typed actor interfaces. Read this first: who can be asked what.
// Every component answers `status`, may be told to `stop` (it ends by itself when it is done), and may be
// woken ("there may be something new for you": the journal grew, the outbox grew, the quota changed). Nobody
// pushes data: they pull from logs.
#pragma once

#include <cstdint>
#include <string>

#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "messages/type_ids.hpp"

namespace sluice {

using component_actor =
    caf::typed_actor<caf::replies_to<status_atom>::with<status_ptr>, // never blocks on another actor
                     caf::reacts_to<stop_atom>,  // finish what you have, then quit normally
                     caf::reacts_to<wake_atom>,  // look for work
                     caf::reacts_to<beat_atom>>; // its own timer

// Owns the devices of its key slots.
using shard_actor = component_actor::extend<
    caf::replies_to<load_atom>::with<done_atom>, // read state from the store, once, before any work
    caf::replies_to<work_ptr>::with<done_ptr>,   // apply, in order
    caf::reacts_to<done_atom, std::uint64_t>>;   // the checkpoint at this position is committed

// Pulls the journal, decodes, hands out work, runs the checkpoints. One per engine.
using reader_actor = component_actor;

// Writes checkpoints, trims logs, watches the quota, takes the ledger's snapshot.
using store_actor = component_actor::extend<
    caf::replies_to<engine_atom>::with<std::uint64_t>,    // a new engine begins: its number; older ones are
                                                          // refused from now on
    caf::replies_to<checkpoint_ptr>::with<std::uint64_t>, // commit; answers the position
    caf::replies_to<ledger_atom>::with<ledger_ptr>>;      // all counters at one snapshot

// Connects, subscribes, appends to the journal inside the message callback.
using source_actor =
    component_actor::extend<caf::reacts_to<event_atom, std::string, caf::error>>; // something the client
                                                                                  // library reported

// Reads the outbox from its own cursor, sends, moves the cursor on the sink's acknowledgement.
using sink_actor =
    component_actor::extend<caf::reacts_to<event_atom, std::string, std::uint64_t, std::int32_t,
                                           caf::error>>; // what the client library reported

// Starts children in order, stops them in reverse order, restarts them by their restart policy; the only
// holder of child handles.
using supervisor_actor = component_actor::extend<
    caf::reacts_to<restart_atom, std::string, std::uint64_t>>; // its own timer: start child now, if still due

// Collects every component's status and the ledger once a second and writes status.json.
using status_actor = component_actor;

} // namespace sluice
