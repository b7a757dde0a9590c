// What acknowledgements, refusals, silence and closes do to the publisher.
#include <algorithm>
#include <cstdio>
#include <utility>

#include "actors/publish/thingsboard/limits.hpp"
#include "actors/publish/thingsboard/publisher.hpp"

namespace sluice::thingsboard {

namespace {

std::string hex(int code) {
  char text[8];
  std::snprintf(text, sizeof text, "0x%02x", static_cast<unsigned>(code) & 0xffu);
  return text;
}

std::string seconds(std::chrono::milliseconds time) {
  return time.count() % 1000 == 0 ? std::to_string(time.count() / 1000) + " s"
                                  : std::to_string(time.count()) + " ms";
}

} // namespace

void publisher::connected(time now, std::size_t) {
  for (auto& one : flights_.clear()) backlog_.back(one.records);
  connected_ = true;
  rate_limited_ = false;
  restart_.reset();
  paused_until_ = last_activity_ = now;
}

void publisher::acked(std::uint64_t token, int code, time now) {
  auto one = flights_.acknowledged(token);
  if (!one) return;
  last_activity_ = now;
  switch (auto what = judge(code)) {
  case answer::accepted:
    for (auto sequence : one->records) accepted(sequence, one->attributes);
    batch_.succeeded();
    pauses_.reset();
    slowed_.clear();
    break;
  case answer::throttled:
    if (!one->abandoned) backlog_.back(one->records);
    batch_.shrink();
    paused_until_ = now + pauses_.next();
    slowed_ = "ThingsBoard's rate limit is reached (PUBACK " + hex(code) + "): pausing";
    deliveries_.touch();
    break;
  case answer::all_refused:
    backlog_.back(one->records);
    restart_ = error{ec::refused,
                     "ThingsBoard refuses to take telemetry from this credential (PUBACK " + hex(code) + ")"};
    break;
  case answer::record_refused:
  case answer::unclear:
    if (!one->abandoned) refused(*one, what, code, now);
    break;
  }
}

void publisher::refused(const flight& one, answer what, int code, time now) {
  deliveries_.touch();
  backlog_.back(one.records);
  for (auto sequence : one.records)
    if (backlog_.holds(sequence) && poison_.refused(sequence, what, one.records.size() == 1))
      condemn(sequence, "ThingsBoard refuses this record alone (PUBACK " + hex(code) + ")");
  if (what != answer::unclear) return;
  paused_until_ = now + pauses_.next();
  slowed_ = "ThingsBoard has an error (PUBACK " + hex(code) + "): pausing";
}

void publisher::message(std::string_view topic, std::string_view payload) {
  // {"device":"A","reason":150}: MQTT 5 reason code 0x97, quota exceeded.
  if (topic != "v1/gateway/disconnect") return;
  std::string text(payload);
  std::erase(text, ' ');
  if (text.find("\"reason\":150") != text.npos) rate_limited_ = true;
}

error publisher::lost(const error& why, time now) {
  if (!std::exchange(connected_, false)) return why;
  const auto what = rate_limited_ ? farewell::rate_limit : judge(why);
  const bool others_acknowledged = flights_.any_acknowledged();
  for (auto& one : flights_.clear()) {
    backlog_.back(one.records);
    if (what == farewell::unknown) suspect(one, others_acknowledged, now);
  }
  if (what != farewell::rate_limit) return why;
  batch_.shrink();
  deliveries_.touch();
  return {ec::throttled, "ThingsBoard's rate limit closed the connection: " + why.text};
}

// Who closed the connection? Nobody, when nothing was in flight. One, when a probe was. Somebody, else.
// An abandoned one had its time.
void publisher::suspect(const flight& one, bool others_acknowledged, time now) {
  if (one.abandoned) return;
  for (auto sequence : one.records) {
    if (!backlog_.holds(sequence)) continue;
    deliveries_.touch();
    poison_.suspect(sequence);
    if (!one.probe) continue;
    if (one.records.size() > 1)
      poison_.send_alone(sequence);
    else if (poison_.closed_alone(sequence, now - one.sent <= limits::right_after, others_acknowledged))
      condemn(sequence, "ThingsBoard closes the connection when this record is sent alone (" +
                            std::to_string(verdicts::proved_closes) +
                            " times while others are acknowledged, or " + std::to_string(verdicts::closes) +
                            " times)");
  }
}

void publisher::tick(time now) {
  if (!connected_ || restart_) return;
  bool answered_by_others = true;
  for (auto token : flights_.sent_until(now - options_.ack_timeout)) answered_by_others &= overdue(token);
  if (answered_by_others) return;
  auto text = "no acknowledgement within " + seconds(options_.ack_timeout);
  if (!flights_.any_acknowledged() && options_.publish_as == thingsboard_options::mode::gateway)
    text = "no acknowledgements within " + seconds(options_.ack_timeout) + ": is this credential a gateway?";
  restart_ = error{ec::timeout, text};
}

// True iff the connection is proved well by acknowledgements that came for later publishes.
bool publisher::overdue(std::uint64_t token) {
  auto one = flights_.at(token);
  auto others = flights_.acknowledged_after(one.order) ? evidence::later
                : flights_.any_acknowledged()          ? evidence::earlier
                                                       : evidence::none;
  flights_.abandon(token);
  backlog_.back(one.records);
  bool any = false;
  for (auto sequence : one.records) {
    if (!backlog_.holds(sequence)) continue;
    any = true;
    deliveries_.touch();
    if (poison_.timed_out(sequence, others, one.records.size() == 1))
      condemn(sequence,
              "ThingsBoard gives no acknowledgement for this record alone, while others get theirs (" +
                  std::to_string(verdicts::timeout_points / 2) + " times " + seconds(options_.ack_timeout) +
                  ")");
  }
  return others == evidence::later || !any;
}

void publisher::accepted(std::uint64_t sequence, bool attributes) {
  // A second acknowledgement of attributes says nothing of the telemetry behind them.
  if (!backlog_.holds(sequence) || backlog_.at(sequence).attributes_next != attributes) return;
  if (attributes && backlog_.goes_on(sequence)) {
    if (poison_.find(sequence) != nullptr) deliveries_.touch();
    poison_.clear(sequence);
    return;
  }
  value_range_ += backlog_.remove(sequence).ready.value_range;
  poison_.clear(sequence);
  deliveries_.delivered(sequence);
}

void publisher::condemn(std::uint64_t sequence, std::string detail, reason why) {
  auto one = backlog_.remove(sequence);
  poison_.clear(sequence);
  bury(one.record, why, "", std::move(detail), one.ready.value_range, one.attributes_next);
}

void publisher::bury(const outbox_record& record, reason why, std::string where, std::string detail,
                     std::uint32_t value_range, bool attributes) {
  deliveries_.bury(record, why, std::string(topic(options_, attributes)), std::move(where),
                   std::move(detail));
  value_range_ += value_range;
}

std::string publisher::trouble() const {
  if (restart_) return restart_->text;
  if (!slowed_.empty()) return slowed_;
  if (poison_.probing())
    return "sending one publish at a time: one of " + std::to_string(poison_.suspects()) +
           " records may have closed the connection";
  return "";
}

} // namespace sluice::thingsboard
