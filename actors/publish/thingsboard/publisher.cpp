// The publisher's reading, choosing and reporting; what answers do to it is in publisher_answers.cpp.
#include "actors/publish/thingsboard/publisher.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "actors/publish/thingsboard/limits.hpp"

namespace sluice::thingsboard {

publisher::publisher(std::string sink, thingsboard_options options, const sink_cursor& from)
    : options_(std::move(options)), deliveries_(std::move(sink), from), batch_(limits::records_per_publish),
      pauses_(limits::least_pause, limits::most_pause) {
  // The mark: records per publish, '|', suspicions.
  if (auto bar = from.mark.find('|'); bar != std::string::npos) {
    batch_.restore(std::strtoull(from.mark.c_str(), nullptr, 10));
    poison_ = poison::decode(std::string_view(from.mark).substr(bar + 1));
  }
  forget_ghosts(false);
}

std::string publisher::mark() const {
  auto suspicions = poison_.encode();
  return suspicions.empty() && batch_.full() ? "" : std::to_string(batch_.value()) + '|' + suspicions;
}

publisher::wish publisher::wants() const {
  wish result{deliveries_.at().handed(), 0, 0};
  // Many are done above one that is not: wait for that one.
  if (deliveries_.at().done_above() >= limits::done_above) return result;
  if (backlog_.size() > limits::held_records / 2 || backlog_.bytes() > limits::held_bytes / 2) return result;
  result.most = limits::held_records - backlog_.size();
  result.most_bytes = limits::held_bytes - backlog_.bytes();
  return result;
}

void publisher::offer(std::vector<outbox_record> records) {
  const bool end_reached = records.empty();
  for (auto& record : records) {
    if (!deliveries_.hand(record.sequence)) continue;
    auto ready = prepare(options_, record);
    if (!ready) {
      auto& why = ready.error();
      bury(record, why.why, std::move(why.where), std::move(why.detail), why.value_range);
      continue;
    }
    for (auto& key : ready->numeric_texts)
      if (noticed_.size() < limits::noticed_keys && noticed_.insert(key).second)
        notices_.push_back("key " + key +
                           " holds a text that looks numeric: ThingsBoard stores it as a number");
    if (ready->revision_hidden && !std::exchange(noticed_revision_, true))
      notices_.push_back("key " + options_.prefix +
                         "revision is a value of the record: its revision is not sent");
    backlog_.add(std::move(record), std::move(*ready));
  }
  forget_ghosts(end_reached);
}

// Suspicions about records that are done, or that the outbox does not hold any more, must not keep us
// probing.
void publisher::forget_ghosts(bool end_reached) {
  std::vector<std::uint64_t> ghosts;
  for (auto& [sequence, one] : poison_.all())
    if (!backlog_.holds(sequence) && (end_reached || sequence <= deliveries_.at().handed()))
      ghosts.push_back(sequence);
  for (auto sequence : ghosts) poison_.clear(sequence), deliveries_.touch();
}

std::optional<mqtt_publish> publisher::next(time now) {
  if (!connected_ || restart_ || now < paused_until_) return std::nullopt;
  chosen_probe_ = false;
  chosen_ = poison_.probing() ? choose_probe(now) : choose_regular();
  if (chosen_.empty()) return std::nullopt;
  mqtt_publish out;
  chosen_attributes_ = backlog_.at(chosen_.front()).attributes_next;
  out.topic = topic(options_, chosen_attributes_);
  if (chosen_attributes_) {
    out.payload = assemble_attributes(options_, backlog_.at(chosen_.front()).ready);
  } else {
    std::vector<const prepared*> parts;
    for (auto sequence : chosen_) parts.push_back(&backlog_.at(sequence).ready);
    out.payload = assemble(options_, parts);
  }
  backlog_.under_way(chosen_);
  return out;
}

void publisher::sent(std::uint64_t token, time now) {
  last_activity_ = now;
  flights_.add(token, std::exchange(chosen_, {}), chosen_probe_, now, chosen_attributes_);
}

void publisher::unsent(const error& why, time now) {
  const auto untaken = std::exchange(chosen_, {});
  backlog_.back(untaken);
  if (why.code == ec::refused) {
    restart_ = why;
  } else if (why.code != ec::invalid) {
    slowed_ = why.text;
    paused_until_ = now + limits::unsent_pause;
  } else if (untaken.size() == 1) {
    condemn(untaken.front(), why.text, reason::sink_unstorable);
  } else { // too long together: fewer, down to one
    batch_.shrink();
    deliveries_.touch();
  }
}

std::vector<std::uint64_t> publisher::choose_regular() const {
  if (flights_.waiting() >= options_.in_flight) return {};
  // Records that had no answer in time go last, when acknowledgements come or there is nothing else.
  auto timely = [&](std::uint64_t sequence) {
    auto known = poison_.find(sequence);
    return known == nullptr || known->timeouts == 0;
  };
  auto plain = [&](std::uint64_t sequence) { return poison_.find(sequence) == nullptr; };
  auto chosen = backlog_.next(options_, batch_.value(), timely, plain);
  if (chosen.empty()) {
    if (flights_.any_acknowledged() || flights_.waiting() == 0)
      chosen = backlog_.next(
          options_, 1, [](auto) { return true; }, plain);
  }
  if (!chosen.empty() && !plain(chosen.front())) chosen.resize(1);
  return chosen;
}

std::vector<std::uint64_t> publisher::choose_probe(time now) {
  if (flights_.waiting() > 0) return {};
  auto closes = [&](std::uint64_t sequence) {
    auto known = poison_.find(sequence);
    return known != nullptr && known->closing ? static_cast<int>(known->closes) : -1;
  };
  auto alone = [&](std::uint64_t sequence) { return poison_.find(sequence)->alone; };
  // First something unsuspicious, to see whether this server acknowledges at all.
  if (!flights_.any_acknowledged()) {
    auto plain = [&](auto s) { return poison_.find(s) == nullptr; };
    if (auto chosen = backlog_.next(options_, 1, plain, plain); !chosen.empty()) return chosen;
  }
  chosen_probe_ = true;
  // Then those that were never alone at a close: most of them are innocent.
  auto chosen = backlog_.next(
      options_, batch_.value(), [&](auto s) { return closes(s) == 0; },
      [&](auto s) { return closes(s) == 0 && !alone(s); });
  if (!chosen.empty()) {
    if (alone(chosen.front())) chosen.resize(1);
    return chosen;
  }
  // Then the worst, after a quiet moment, so that a close is its own.
  if (now < last_activity_ + limits::quiet) return {};
  int least = -1;
  for (auto& [sequence, one] : poison_.all())
    if (one.closing && backlog_.holds(sequence) && backlog_.may_go(sequence) &&
        (least < 0 || static_cast<int>(one.closes) < least))
      least = static_cast<int>(one.closes);
  auto worst = [&](auto s) { return closes(s) == least; };
  return least < 0 ? chosen : backlog_.next(options_, 1, worst, worst);
}

std::optional<publisher::time> publisher::wait(time now) const {
  if (!connected_ || restart_) return std::nullopt;
  std::optional<time> at;
  auto sooner = [&](time t) { at = at ? std::min(*at, t) : t; };
  if (auto oldest = flights_.oldest()) sooner(*oldest + options_.ack_timeout);
  if (backlog_.size() > 0 && paused_until_ > now) sooner(paused_until_);
  if (poison_.probing() && flights_.waiting() == 0) sooner(last_activity_ + limits::quiet);
  if (at) *at = std::max(*at - now, time{1});
  return at;
}

std::optional<sink_progress> publisher::take_progress() {
  auto progress = deliveries_.take();
  if (!progress) return std::nullopt;
  progress->cursor.mark = mark();
  progress->value_range = std::exchange(value_range_, 0);
  return progress;
}

std::vector<std::string> publisher::take_notices() {
  return std::exchange(notices_, {});
}

} // namespace sluice::thingsboard
