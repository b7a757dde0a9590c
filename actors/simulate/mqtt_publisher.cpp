// Packets of MQTT 3.1.1, sections 3.1 to 3.4.
#include "actors/simulate/mqtt_publisher.hpp"

#include <algorithm>

#include "actors/client/mqtt_reason.hpp"

namespace sluice {

namespace {

constexpr std::uint8_t connack = 0x20, puback = 0x40, pingresp = 0xd0;
constexpr unsigned most_open = 60000;
constexpr std::size_t longest_packet = 1 << 20; // what a broker sends a publisher is a few bytes

void put_short(std::uint16_t value, std::string& out) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value & 0xff);
}

void put_text(std::string_view text, std::string& out) {
  put_short(static_cast<std::uint16_t>(text.size()), out);
  out += text;
}

void put_length(std::size_t length, std::string& out) {
  do {
    const auto low = static_cast<unsigned char>(length % 128);
    length /= 128;
    out += static_cast<char>(length ? low | 0x80 : low);
  } while (length);
}

} // namespace

mqtt_publisher::mqtt_publisher(unsigned window, acknowledged on_ack)
    : window_(std::clamp(window, 1u, most_open)), on_ack_(std::move(on_ack)), slots_(65536) {}

void mqtt_publisher::connect(const mqtt_login& login, std::string& out) {
  input_.clear();
  std::string body;
  put_text("MQTT", body);
  body += '\4';
  const bool user = !login.user.empty(), password = !login.password.empty();
  body += static_cast<char>(0x02 | (user ? 0x80 : 0) | (password ? 0x40 : 0));
  put_short(login.keep_alive_s, body);
  put_text(login.client_id, body);
  if (user) put_text(login.user, body);
  if (password) put_text(login.password, body);
  out += '\x10';
  put_length(body.size(), out);
  out += body;
}

outcome<void> mqtt_publisher::receive(std::string_view bytes, const std::string& url, std::string& out) {
  input_ += bytes;
  std::size_t at = 0;
  while (at < input_.size()) {
    const auto header = static_cast<std::uint8_t>(input_[at]);
    if (header != connack && header != puback && header != pingresp)
      return fail(ec::connection_lost,
                  url + ": the broker sends packets that a publisher does not expect (first byte " +
                      std::to_string(header) + ")");
    std::size_t length = 0, used = 1;
    bool whole = false;
    for (; used < 5 && at + used < input_.size() && !whole; ++used) {
      const auto byte = static_cast<unsigned char>(input_[at + used]);
      length |= static_cast<std::size_t>(byte & 0x7f) << (7 * (used - 1));
      whole = !(byte & 0x80);
    }
    if (length > longest_packet || (!whole && used == 5))
      return fail(ec::connection_lost, url + ": what the broker sends is not MQTT");
    if (!whole || input_.size() - at < used + length) break;
    if (auto ok = take(header, std::string_view(input_).substr(at + used, length), url, out); !ok) return ok;
    at += used + length;
  }
  input_.erase(0, at);
  return {};
}

outcome<void> mqtt_publisher::take(std::uint8_t header, std::string_view body, const std::string& url,
                                   std::string& out) {
  if (header == connack && body.size() == 2) {
    const int code = static_cast<unsigned char>(body[1]);
    if (code != 0) return tl::unexpected(connack_error(4, code, url));
    connected_ = true;
    for (const auto id : order_) {
      if (!slots_[id].open) continue;
      send(id, true, out);
      ++resent_;
    }
    return {};
  }
  if (header == puback && body.size() == 2) {
    const auto id = static_cast<std::uint16_t>(static_cast<unsigned char>(body[0]) << 8 |
                                               static_cast<unsigned char>(body[1]));
    auto& slot = slots_[id];
    if (!slot.open) return {}; // a second PUBACK for a repetition
    slot.open = false;
    --open_;
    ++published_;
    on_ack_(slot.topic, slot.payload);
    while (!order_.empty() && !slots_[order_.front()].open) order_.pop_front();
    return {};
  }
  if (header == pingresp && body.empty()) return {};
  return fail(ec::connection_lost,
              url + ": a packet of type " + std::to_string(header >> 4) + " has a wrong length");
}

void mqtt_publisher::lost() noexcept {
  connected_ = false;
  input_.clear();
}

bool mqtt_publisher::room() const noexcept {
  return connected_ && open_ < window_ && order_.size() < most_open;
}

void mqtt_publisher::publish(std::string topic, std::string payload, std::string& out) {
  next_ = next_ == 65535
              ? 1
              : static_cast<std::uint16_t>(next_ + 1); // free: room() keeps order_ shorter than all ids
  auto& slot = slots_[next_];
  slot.topic = std::move(topic);
  slot.payload = std::move(payload);
  slot.open = true;
  ++open_;
  order_.push_back(next_);
  send(next_, false, out);
}

void mqtt_publisher::send(std::uint16_t id, bool again, std::string& out) const {
  const auto& slot = slots_[id];
  out += static_cast<char>(again ? 0x3a : 0x32); // PUBLISH, QoS 1, DUP
  put_length(2 + slot.topic.size() + 2 + slot.payload.size(), out);
  put_text(slot.topic, out);
  put_short(id, out);
  out += slot.payload;
}

} // namespace sluice
