// What we publish and the broker has not acknowledged yet (MQTT 5, 4.3, 4.9): packet ids, the answers that
// are owed, and what waits because the broker takes no more at once. Answers may come in any order.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "actors/client/mqtt/encode.hpp"
#include "actors/client/mqtt/packet.hpp"

namespace sluice::packets {

// How a publish ended: acknowledged with `code` (0x80 and more: refused); QoS 0 ends when it is written.
struct publish_end {
  std::uint64_t token = 0;
  std::uint8_t code = 0;
};

class publish_window {
public:
  // Packet ids above this one are free for SUBSCRIBE.
  static constexpr unsigned last_id = most_waiting_publishes;

  // `receive_maximum`: how many of QoS 1 and 2 the broker takes without having acknowledged them.
  publish_window(int protocol, unsigned receive_maximum);

  // Appends the PUBLISH to `out`, or keeps it until answers have made room; the order stays.
  void add(const mqtt_publish& what, std::uint64_t token, std::string& out);
  // Takes a PUBACK, PUBREC or PUBCOMP. What it ends is added to `ended`, what may go now (and PUBREL) to
  // `out`. An answer to nothing is ignored, for a broker may repeat itself; one of the wrong kind is an
  // error.
  decoded<void> answered(kind type, const acknowledgement& answer, std::string& out,
                         std::vector<publish_end>& ended);
  // All that was appended to `out` has left: what had QoS 0 has ended.
  void written(std::vector<publish_end>& ended);

  unsigned under_way() const noexcept { return under_way_; } // of QoS 1 and 2
  // What has not ended, also QoS 0 that is not written.
  std::size_t size() const noexcept { return under_way_ + waiting_.size() + unwritten_.size(); }

private:
  enum class owes : std::uint8_t { nothing, puback, pubrec, pubcomp };
  struct slot {
    std::uint64_t token = 0;
    std::uint16_t id = 0;
    owes next = owes::nothing;
  };
  struct waiting {
    std::string packet; // its id is 0 yet
    std::size_t id_at;
    std::uint64_t token;
    std::uint8_t qos;
  };

  slot& slot_of(std::uint16_t id) noexcept { return slots_[id & (slots_.size() - 1)]; }
  std::uint16_t next_id(std::uint64_t token, int qos);
  void grow();
  void send_waiting(std::string& out);

  int protocol_;
  unsigned maximum_;
  std::vector<slot> slots_; // by packet id, modulo their number (a power of two, twice what is under way)
  unsigned under_way_ = 0;
  std::uint16_t last_ = 0;
  std::deque<waiting> waiting_;
  std::vector<std::uint64_t> unwritten_; // QoS 0
};

} // namespace sluice::packets
