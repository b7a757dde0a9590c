// What kafka_sink_actor does between the outbox and a producer that has joined.
#pragma once

#include "actors/publish/kafka/kafka_sink_actor.hpp"

namespace sluice {

// Stores how far the sink is; without `now` only now and then. Ends the process where that fails.
void store_progress(kafka_sink_state& s, bool now, bool synced = false);

// Where the mark of the sink's transactions lies.
kafka_mark_place mark_place(const kafka_sink_state& s);

// Sends what is in the outbox, waits a moment for answers, takes them up, and takes a transaction on. True
// iff all that there is now is sent and answered.
bool deliver(kafka_sink_state& s);

// Stores how far the sink is and gives the producer up. Readers of committed records wait for the end of a
// transaction, so one that is under way is aborted.
void leave(kafka_sink_state& s);

} // namespace sluice
