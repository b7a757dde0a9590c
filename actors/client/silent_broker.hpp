// What it means that a broker did not answer CONNECT.
#pragma once

#include <utility>

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

// The versions of MQTT that one broker is asked in: `protocol` alone, or, with 0, version 5 and then 3.1.1.
// One that closed without an answer is asked in version 5 once more: so does a proxy whose broker is starting
// up, too, and over 3.1.1 user properties would be missing.
class versions {
public:
  explicit versions(int protocol) : any_(protocol == 0), now_(protocol == 4 ? 4 : 5) {}
  int now() const noexcept { return now_; }
  // An attempt with now() has failed for `why`. True: now() is to be tried next.
  bool go_on(const error& why, bool may_be_older) noexcept {
    if (!any_ || !may_be_older || now_ == 4) return false;
    const bool silent = why.code == ec::connection_lost;
    if (!silent || std::exchange(was_silent_, true)) now_ = 4;
    return true;
  }

private:
  bool any_, was_silent_ = false;
  int now_;
};

} // namespace sluice
