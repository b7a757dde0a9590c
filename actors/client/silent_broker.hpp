// What it means that a broker did not answer CONNECT.
#pragma once

#include "actors/client/broker_url.hpp"
#include "actors/client/mqtt_options.hpp"
#include "messages/errors.hpp"

namespace sluice {

// It was connected, and said nothing for `connect_timeout`.
error no_answer(const broker_url& at, const mqtt_connection_options& options);

// It closed the connection, which is all that is known; with `timed_out` it may also have said nothing. Makes
// a second connection, which may show what TCP or TLS has against the first one, and blocks for that up to 3
// s. Sets `may_be_older` when a broker that does not speak our version may have done that.
error explain_silence(const broker_url& at, const mqtt_connection_options& options, bool timed_out,
                      bool& may_be_older);

} // namespace sluice
