// The transport-duplicate rule of one MQTT source (semantics.md section 2, step 1), N = the Receive Maximum
// we announce:
//   DUP = 1: a duplicate iff topic, payload and user properties equal those of one of the last 2 N messages
//            of this session that has its packet id, or of the last one that has it, up to 65 000 messages
//            ago; not of QoS 2, whose packet ids say more (unreleased.hpp) and which come under the next;
//   and a duplicate iff the payload carries its own time or sequence, the message is among the first N after
//            a reconnect, and topic, payload and user properties equal those of one of the last 2 N, received
//            before that reconnect (a broker that was rolled back sends again without the flag).
// A packet id that has come again was free in between, so its last message is the only one that a broker may
// still repeat. N should bound how long ago that is, but mosquitto 2.0.11 has a whole backlog under way
// (ARCHITECTURE.md section 16); brokers that number their messages in turn use an id again after 65 535.
// A session that the broker did not keep (session present = 0) is a new one: nothing before it counts for
// either rule. Messages are remembered as 64-bit XXH3 hashes: 2000 messages are compared by chance once in
// 10^16 redeliveries.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ingest/packet_ids.hpp"
#include "actors/store/message.hpp"
#include "messages/checkpoint.hpp"

namespace sluice {

// What is remembered of a message.
struct message_mark {
  std::uint64_t topic = 0;   // hash of the topic
  std::uint64_t content = 0; // hash of topic, payload and user properties
};
message_mark mark_of(const message_out& m) noexcept;

class redelivery {
public:
  // Looks back `most` messages for the last one of a packet id, and 2 N at least.
  redelivery(std::string_view source, std::size_t receive_maximum, std::size_t most = 65'000);

  // True iff the message is a duplicate by the rules above. Remembers nothing.
  bool is_duplicate(const message_out& m, const message_mark& mark,
                    bool carries_time_or_sequence) const noexcept {
    if (m.dup && m.qos < 2 && (is_last_of_id(m.packet_id, mark) || is_recent_of_id(m.packet_id, mark)))
      return true;
    return carries_time_or_sequence && count_ - reconnected_at_ < maximum_ && came_before_reconnect(mark);
  }
  // Every received message is remembered, duplicates too.
  void remember(const message_out& m, const message_mark& mark);
  // A new connection, at journal sequence `sequence`.
  void connected(std::uint64_t sequence, bool session_present) noexcept;
  // Content hash of the newest message of a topic, of the last 2 N.
  std::optional<std::uint64_t> last_of(std::uint64_t topic) const noexcept;

  // Oldest journal sequence from which everything here can be rebuilt on top of the last save(); nullopt:
  // none is needed.
  std::optional<std::uint64_t> needs() const noexcept;
  // Adds what changed since the last save(), as of journal position `position`, for state_family::source;
  // keys begin with prefix(). So that its messages do not hold the journal.
  void save(std::uint64_t position, std::vector<state_write>& out);
  const std::string& prefix() const noexcept { return prefix_; }
  // Takes back what was written, row by row, also with another N; `key` is the one behind the prefix. False
  // iff it is damaged. Records at or below saved() are inside it.
  bool load(std::string_view key, std::string_view value);
  std::uint64_t saved() const noexcept { return saved_; }

private:
  struct entry {
    std::uint64_t topic;
    std::uint16_t packet_id;
  };
  bool is_last_of_id(std::uint16_t packet_id, const message_mark& mark) const noexcept;
  bool is_recent_of_id(std::uint16_t packet_id, const message_mark& mark) const noexcept;
  bool came_before_reconnect(const message_mark& mark) const noexcept;
  bool load_recent(std::string_view value);
  void add_recent(std::uint64_t content, const entry& made);
  // Messages are counted since ever; the oldest of the last 2 N.
  std::uint64_t oldest() const noexcept { return count_ - contents_.size(); }
  std::size_t place_of(std::uint64_t number) const noexcept;
  // True iff one of the last 2 N of this session, but for those from number `end` on, has this content and
  // matches.
  template <class Match>
  bool any_recent(std::uint64_t end, std::uint64_t content, Match&& matches) const noexcept;

  std::string prefix_;
  std::size_t maximum_, most_;
  std::vector<std::uint64_t> contents_; // grows into a ring of 2 N, apart from the rest: this is searched
  std::vector<entry> entries_;          // runs beside it
  packet_ids ids_;
  std::size_t next_ = 0;             // place of the next message in the ring
  std::uint64_t count_ = 0;          // messages remembered since ever
  std::uint64_t session_begin_ = 0;  // first message (counted likewise) of this session
  std::uint64_t reconnected_at_ = 0; // messages before the last connect
  std::uint64_t saved_ = 0;          // journal position of the last save
  std::uint64_t first_unsaved_ = 0;  // first journal sequence above it that changed anything here; 0 = none
};

} // namespace sluice
