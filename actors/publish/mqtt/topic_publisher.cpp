#include "actors/publish/mqtt/topic_publisher.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace sluice {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t most_records = 4096, most_bytes = 4u << 20, done_above = 20'000;
constexpr milliseconds least_pause{100}, most_pause{10'000}, unsent_pause{50};

// Refusals that may pass (MQTT 5, 3.4.2.1): unspecified, implementation specific, packet id in use, quota.
bool passes(int code) noexcept {
  return code == 0x80 || code == 0x83 || code == 0x91 || code == 0x97;
}

std::string code_text(int code) {
  const char* name = code == 0x80   ? "unspecified error"
                     : code == 0x83 ? "implementation specific error"
                     : code == 0x87 ? "not authorized"
                     : code == 0x90 ? "topic name invalid"
                     : code == 0x91 ? "packet identifier in use"
                     : code == 0x97 ? "quota exceeded"
                     : code == 0x99 ? "payload format invalid"
                                    : "refused";
  char text[64];
  std::snprintf(text, sizeof text, "%s (0x%02x)", name, static_cast<unsigned>(code) & 0xffu);
  return text;
}

} // namespace

topic_publisher::topic_publisher(std::string sink, mqtt_sink_options options, const sink_cursor& from)
    : options_(std::move(options)), deliveries_(std::move(sink), from), pauses_(least_pause, most_pause),
      max_packet_(options_.max_packet) {}

topic_publisher::wish topic_publisher::wants() const {
  wish w{deliveries_.at().handed(), 0, 0};
  if (deliveries_.at().done_above() >= done_above)
    return w; // many are done above one that is not: wait for that one
  if (waiting_.size() > most_records / 2 || waiting_bytes_ > most_bytes / 2) return w;
  w.most = most_records - waiting_.size();
  w.most_bytes = most_bytes - waiting_bytes_;
  return w;
}

void topic_publisher::offer(std::vector<outbox_record> records) {
  for (auto& r : records) {
    if (!deliveries_.hand(r.sequence)) continue;
    waiting_bytes_ += r.json.size();
    waiting_.push_back(std::move(r));
  }
}

void topic_publisher::connected(time, std::size_t max_packet) {
  connected_ = true;
  if (max_packet != 0) max_packet_ = std::min(options_.max_packet, max_packet);
}

std::optional<mqtt_publish> topic_publisher::next(time now) {
  if (!connected_ || restart_ || now < paused_until_) return std::nullopt;
  while (!waiting_.empty() && flights_.size() < options_.in_flight) {
    // An older revision of it is under way: everything waits, for order.
    if (travelling_.contains(waiting_.front().identity)) return std::nullopt;
    auto record = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= record.json.size();
    auto made = mqtt_message_of(options_, record);
    if (!made) {
      bury(record, reason::sink_unstorable, made.error().where, made.error().detail);
      continue;
    }
    if (const auto bytes = packet_bytes(*made); bytes > max_packet_) {
      bury(record, reason::sink_too_large, "record",
           "one publish takes up to " + std::to_string(max_packet_) + " bytes (got " + std::to_string(bytes) +
               ")");
      continue;
    }
    chosen_ = std::move(record);
    return std::move(*made);
  }
  return std::nullopt;
}

void topic_publisher::sent(std::uint64_t token, time now) {
  travelling_.insert(chosen_->identity);
  flights_.emplace(token, flight{std::move(*chosen_), now});
  chosen_.reset();
}

void topic_publisher::unsent(const error& why, time now) {
  auto record = std::move(*chosen_);
  chosen_.reset();
  if (why.code == ec::invalid) return bury(record, reason::sink_unstorable, "record", why.text);
  waiting_bytes_ += record.json.size();
  waiting_.push_front(std::move(record));
  if (why.code == ec::refused) {
    restart_ = why;
  } else {
    slowed_ = why.text;
    paused_until_ = now + unsent_pause;
  }
}

void topic_publisher::acked(std::uint64_t token, int code, time now) {
  const auto it = flights_.find(token);
  if (it == flights_.end()) return;
  auto record = std::move(it->second.record);
  flights_.erase(it);
  travelling_.erase(travelling_.find(record.identity));
  if (code < 0x80) {
    pauses_.reset();
    slowed_.clear();
    deliveries_.delivered(record.sequence);
  } else if (passes(code)) {
    slowed_ = "the broker refuses for the moment: " + code_text(code);
    paused_until_ = now + pauses_.next();
    waiting_bytes_ += record.json.size();
    const auto place =
        std::lower_bound(waiting_.begin(), waiting_.end(), record.sequence,
                         [](const outbox_record& r, std::uint64_t s) { return r.sequence < s; });
    waiting_.insert(place, std::move(record));
  } else {
    bury(record, reason::sink_refused, "PUBACK", code_text(code));
  }
}

error topic_publisher::lost(const error& why, time) {
  connected_ = false;
  return why;
}

void topic_publisher::tick(time now) {
  if (restart_ || flights_.empty()) return;
  const auto oldest = flights_.begin()->second.sent; // tokens ascend with time
  if (now - oldest >= options_.ack_timeout)
    restart_ = error{ec::timeout, "no acknowledgement for " + std::to_string((now - oldest).count()) +
                                      " ms (" + std::to_string(flights_.size()) + " publishes wait)"};
}

std::optional<topic_publisher::time> topic_publisher::wait(time now) const {
  if (!connected_ || restart_) return std::nullopt;
  std::optional<time> at;
  if (!flights_.empty()) at = flights_.begin()->second.sent + options_.ack_timeout;
  if (!waiting_.empty() && paused_until_ > now) at = at ? std::min(*at, paused_until_) : paused_until_;
  if (at) *at = std::max(*at - now, time{1});
  return at;
}

void topic_publisher::bury(const outbox_record& record, reason why, std::string where, std::string detail) {
  deliveries_.bury(record, why, options_.topic.text(), std::move(where), std::move(detail));
}

std::optional<sink_progress> topic_publisher::take_progress() {
  return deliveries_.take();
}

} // namespace sluice
