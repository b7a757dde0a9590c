#include "actors/simulate/mqtt_publisher.hpp"

#include <algorithm>

#include "actors/client/mqtt/encode.hpp"
#include "actors/client/mqtt_reason.hpp"

namespace sluice {

namespace {

constexpr int protocol = 4;
constexpr unsigned most_open = 60000;
constexpr std::size_t longest_packet = 1 << 20; // what a broker sends a publisher is a few bytes

tl::unexpected<error> broken(const std::string& url, const packets::malformed& what) {
  return fail(ec::connection_lost, url + ": the broker broke the protocol: " + what.text());
}

} // namespace

mqtt_publisher::mqtt_publisher(unsigned window, acknowledged on_ack)
    : window_(std::clamp(window, 1u, most_open)), on_ack_(std::move(on_ack)), slots_(65536) {}

void mqtt_publisher::connect(const mqtt_login& login, std::string& out) {
  input_.clear();
  packets::connect hello;
  hello.client_id = login.client_id;
  hello.keep_alive_s = login.keep_alive_s;
  if (!login.user.empty()) hello.user = login.user;
  if (!login.password.empty()) hello.password = login.password;
  packets::encode_connect(hello, protocol, out);
}

outcome<void> mqtt_publisher::receive(std::string_view bytes, const std::string& url, std::string& out) {
  input_ += bytes;
  std::string_view left = input_;
  for (;;) {
    std::size_t wanted = 0;
    const auto found = packets::next_frame(left, protocol, longest_packet, wanted);
    if (!found) return broken(url, found.error());
    if (!*found) break;
    if (auto ok = take(**found, url, out); !ok) return ok;
    left.remove_prefix((*found)->size);
  }
  input_.erase(0, input_.size() - left.size());
  return {};
}

outcome<void> mqtt_publisher::take(const packets::frame& from, const std::string& url, std::string& out) {
  switch (from.type) {
  case packets::kind::connack: {
    const auto answer = packets::read_connack(from, protocol);
    if (!answer) return broken(url, answer.error());
    if (answer->code != 0) return tl::unexpected(connack_error(protocol, answer->code, url));
    connected_ = true;
    for (const auto id : order_) {
      if (!slots_[id].open) continue;
      send(id, true, out);
      ++resent_;
    }
    return {};
  }
  case packets::kind::puback: {
    const auto answer = packets::read_acknowledgement(from, protocol);
    if (!answer) return broken(url, answer.error());
    auto& slot = slots_[answer->packet_id];
    if (!slot.open) return {}; // a second PUBACK for a repetition
    slot.open = false;
    --open_;
    ++published_;
    on_ack_(slot.message.topic, slot.message.payload);
    while (!order_.empty() && !slots_[order_.front()].open) order_.pop_front();
    return {};
  }
  case packets::kind::pingresp: {
    const auto answer = packets::read_pingresp(from);
    return answer ? outcome<void>() : broken(url, answer.error());
  }
  default:
    return fail(ec::connection_lost, url + ": the broker sends packets that a publisher does not expect (" +
                                         packets::name_of(from.type) + ")");
  }
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
  slot.message.topic = std::move(topic);
  slot.message.payload = std::move(payload);
  slot.open = true;
  ++open_;
  order_.push_back(next_);
  send(next_, false, out);
}

void mqtt_publisher::send(std::uint16_t id, bool again, std::string& out) const {
  const auto placed = packets::encode_publish(slots_[id].message, id, protocol, out);
  if (again) packets::set_dup(placed, out);
}

} // namespace sluice
