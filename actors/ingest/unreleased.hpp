// The rule of QoS 2 (MQTT 5, 4.3.3; semantics.md section 2, step 1): until the broker has released a packet
// id, the message under it may come again. What was received outlives connections and restarts in the state,
// so nothing of it is read back from the journal.
//
// mosquitto 2.0.11 also sends messages again that it has released, if the connection after the one that lost
// our PUBCOMP is lost as well. A released id is therefore kept until its PUBCOMP is known to have arrived:
// the release of a message that was received behind it answers a PUBREC that we sent after that PUBCOMP.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/store/message.hpp"
#include "messages/checkpoint.hpp"
#include "messages/control.hpp"

namespace sluice {

// What control_kind::pubrel says: the packet ids that the broker has released over a connection of a source,
// in the order of arrival; its value is the number of the connection.
control to_control(std::string_view source, std::uint8_t connection, std::span<const std::uint16_t> released);
// The other way; nothing where `record` is no such record.
std::vector<std::uint16_t> released_ids(const control& record);
// The source of such a record.
std::string_view released_source(const control& record) noexcept;

class unreleased_ids {
public:
  unreleased_ids(std::string_view source, std::size_t receive_maximum)
      : key_("unreleased|" + std::string(source)), maximum_(receive_maximum) {}

  // True iff the message, with that hash of its content, was received before and
  //   its packet id is not released; or
  //   it is, the message has DUP = 1, and the broker takes its ids one after the other, so that this one can
  //   be no new message already. A broker that takes the lowest that is free gives a new message none above
  //   the Receive Maximum, nor above the number of those it may have in use.
  // Other content is another message: a power cut may have taken the release, if `durability` allows.
  bool receive(const message_out& m, std::uint64_t content);
  // A message of QoS 1 has come: it has its packet ids from the same broker, and how many it has in use is
  // not known here.
  void share_ids() noexcept;
  void release(std::uint16_t packet_id, std::uint64_t sequence);
  // A new connection, at journal sequence `sequence`. A session that the broker has not kept has no ids.
  void connected(std::uint64_t sequence, bool session_present) noexcept;
  std::size_t size() const noexcept { return ids_.size(); }

  // Adds all of it iff it has changed since the last call, for state_family::source under key().
  void take_writes(std::vector<state_write>& out);
  const std::string& key() const noexcept { return key_; }
  // Takes back what was written; false iff it is damaged.
  bool load(std::string_view saved);

private:
  struct entry {
    std::uint64_t content = 0;
    std::uint64_t first_at = 0;    // journal sequence of its first copy; 0 = had DUP, or is older than load()
    std::uint64_t released_at = 0; // 0 = not
  };
  // The PUBCOMPs of what was released before that journal sequence have arrived.
  void forget_before(std::uint64_t sequence);

  std::string key_;
  std::size_t maximum_;
  std::map<std::uint16_t, entry> ids_;
  std::deque<std::pair<std::uint64_t, std::uint16_t>> releases_; // in their order, with journal sequence
  std::uint64_t connected_at_ = 0;
  bool in_turn_ = false; // the broker of this session takes its ids one after the other
  bool shared_ = false;  // with messages of QoS 1
  bool changed_ = false;
};

} // namespace sluice
