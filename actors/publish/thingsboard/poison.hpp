// Tells a record that ThingsBoard will never take from an outage. A record is condemned only for what
// happened while it was alone in its publish; the knowledge survives restarts in the mark of the sink's
// cursor.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "messages/errors.hpp"

namespace sluice::thingsboard {

// What a PUBACK's reason code says (MQTT 5, 3.4.2.1).
enum class answer {
  accepted,       // < 0x80
  record_refused, // 0x99 payload format invalid, and whatever else is said about one publish
  unclear,        // 0x80, 0x83: something went wrong there
  throttled,      // 0x97 quota exceeded
  all_refused,    // 0x87 not authorized, 0x90 topic name invalid: not about this record
};
answer judge(int code) noexcept;

// What the end of a connection says. The reason code of an MQTT 5 DISCONNECT is the "(0xNN)" that the
// client's text ends with.
enum class farewell {
  unknown,    // anybody in flight may be the cause
  rate_limit, // 0x83 (ThingsBoard's, also for 600 s of silence), 0x97, or announced on v1/gateway/disconnect
  no_record,  // 0x8e session taken over, or the client calls it a refusal: not about any record
};
farewell judge(const error& lost) noexcept;

// The numbers of the verdicts.
struct verdicts {
  static constexpr unsigned proved_closes =
      2; // closes right after the record alone, others acknowledged on that connection
  static constexpr unsigned closes =
      5; // closes with the record alone in flight, nothing else to compare with
  // See poison::timed_out: about an hour of silence beside acknowledged records, because the records of a
  // device that ThingsBoard does not know yet get no answer while its database is down.
  static constexpr unsigned timeout_points = 240;
  static constexpr unsigned unclear_answers = 3; // PUBACK 0x80 or 0x83 for the record alone
};

// Acknowledgements of other publishes while a record had none.
enum class evidence {
  none,    // nothing was acknowledged on this connection
  earlier, // publishes before it were: it may still be the connection
  later,   // a publish sent after it was: the connection is well
};

class poison {
public:
  struct suspicion {
    bool alone = false;   // goes in a publish of its own from now on
    bool closing = false; // was unacknowledged when the connection closed: goes with nothing else in flight
    unsigned closes = 0, proved = 0, timeouts = 0, unclear = 0;
  };

  // Each returns true iff the record is condemned; it is forgotten by `clear`.
  // The connection was closed while exactly this record was in flight, as a probe.
  bool closed_alone(std::uint64_t sequence, bool right_after, bool others_acknowledged);
  // A PUBACK with a code that judge() calls record_refused or unclear.
  bool refused(std::uint64_t sequence, answer what, bool was_alone);
  // No PUBACK in time on a live connection: 2 points with later evidence, 1 with earlier, 0 without any.
  bool timed_out(std::uint64_t sequence, evidence others, bool was_alone);

  // Was in flight with others when the connection closed.
  void suspect(std::uint64_t sequence) { table_[sequence].closing = true; }
  void send_alone(std::uint64_t sequence) { table_[sequence].alone = true; }
  void clear(std::uint64_t sequence) { table_.erase(sequence); }

  // nullptr for a record without any suspicion.
  const suspicion* find(std::uint64_t sequence) const;
  // True while a record must be sent with nothing else in flight.
  bool probing() const { return suspects() > 0; }
  std::size_t suspects() const;
  const std::map<std::uint64_t, suspicion>& all() const noexcept { return table_; }

  // As text for the mark; "" iff there is no suspicion. decode ignores what it does not know: the worst is to
  // find out again.
  std::string encode() const;
  static poison decode(std::string_view text);

private:
  std::map<std::uint64_t, suspicion> table_;
};

} // namespace sluice::thingsboard
