#include "actors/publish/kafka/record_publisher.hpp"

#include <algorithm>
#include <utility>

#include "actors/publish/kafka/record.hpp"

namespace sluice {

namespace {

constexpr std::size_t most_records = 4096, most_bytes = 4u << 20;
constexpr std::size_t done_above = 200'000; // partitions answer apart: one may be long away

} // namespace

record_publisher::record_publisher(std::string sink, kafka_sink_options options, const sink_cursor& from)
    : options_(std::move(options)), deliveries_(std::move(sink), from), mark_(own_mark::parse(from.mark)),
      most_flights_(options_.in_flight) {}

record_publisher::wish record_publisher::wants() const {
  wish w{deliveries_.at().handed(), 0, 0};
  if (restart_ || deliveries_.at().done_above() >= done_above) return w;
  if (waiting_.size() > most_records / 2 || waiting_bytes_ > most_bytes / 2) return w;
  w.most = most_records - waiting_.size();
  w.most_bytes = most_bytes - waiting_bytes_;
  return w;
}

void record_publisher::offer(std::vector<outbox_record> records) {
  for (auto& r : records) {
    if (!deliveries_.hand(r.sequence)) continue;
    if (r.sequence <= committed_to_) {
      deliveries_.delivered(r.sequence);
      continue;
    }
    waiting_bytes_ += r.json.size();
    waiting_.push_back(std::move(r));
  }
}

const kafka_record* record_publisher::next() {
  while (!restart_) {
    if (!alone_.empty()) {
      if (!flights_.empty()) return nullptr;
      chosen_ = std::move(alone_.front());
      alone_.pop_front();
      lonely_ = true;
    } else if (waiting_.empty() || lonely_ || flights_.size() >= most_flights_ ||
               flight_bytes_ >= options_.in_flight_bytes) {
      return nullptr;
    } else {
      chosen_ = std::move(waiting_.front());
      waiting_.pop_front();
      waiting_bytes_ -= chosen_->json.size();
    }
    auto made = kafka_record_of(options_, *chosen_);
    if (made) {
      made_ = std::move(*made);
      return &made_;
    }
    bury(*chosen_, reason::sink_unstorable, made.error().where, made.error().detail);
    chosen_.reset();
    lonely_ = false;
  }
  return nullptr;
}

void record_publisher::sent() {
  flight_bytes_ += chosen_->json.size();
  flights_.emplace(chosen_->sequence, std::move(*chosen_));
  chosen_.reset();
}

void record_publisher::unsent() {
  if (lonely_) {
    alone_.push_front(std::move(*chosen_));
    lonely_ = false;
  } else {
    waiting_bytes_ += chosen_->json.size();
    waiting_.push_front(std::move(*chosen_));
  }
  chosen_.reset();
}

void record_publisher::answered(const kafka_answer& answer) {
  const auto it = flights_.find(answer.token);
  if (it == flights_.end()) return;
  auto record = std::move(it->second);
  flights_.erase(it);
  flight_bytes_ -= record.json.size();
  const bool lonely = std::exchange(lonely_, false);
  switch (answer.fate) {
  case kafka_fate::delivered:
    deliveries_.delivered(record.sequence);
    break;
  case kafka_fate::too_large:
  case kafka_fate::refused:
    if (!lonely && !answer.alone) {
      const auto place = std::lower_bound(alone_.begin(), alone_.end(), record.sequence,
                                          [](const auto& r, std::uint64_t s) { return r.sequence < s; });
      alone_.insert(place, std::move(record));
    } else {
      refused(record, answer);
    }
    break;
  case kafka_fate::topic:
    if (options_.topic.names().empty())
      restart_ = error{ec::refused, "topic " + options_.topic.text() + ": " + answer.text};
    else
      bury(record, reason::sink_refused, "topic", answer.text);
    break;
  case kafka_fate::lost:
    restart_ = error{ec::connection_lost, answer.text};
  }
}

std::string record_publisher::resume(const std::optional<kafka_mark>& found, const std::string& fresh_id) {
  auto verdict = judge_mark(mark_, deliveries_.at().acked(), found);
  committed_to_ = verdict.committed;
  if (mark_.id.empty() || verdict.rolled_back) {
    mark_ = {fresh_id, 0};
    deliveries_.touch();
  }
  return std::move(verdict.doubt);
}

kafka_mark record_publisher::seal() {
  mark_.asked = flights_.rbegin()->first;
  deliveries_.touch();
  return {mark_.asked, mark_.id};
}

void record_publisher::committed() {
  for (const auto& [sequence, record] : flights_) deliveries_.delivered(sequence);
  flights_.clear();
  flight_bytes_ = 0;
  most_flights_ = std::min<std::size_t>(options_.in_flight, 2 * most_flights_);
}

void record_publisher::aborted(const std::vector<kafka_answer>& answers, const std::string& reason) {
  const auto of = [&](auto... fates) {
    return std::find_if(answers.begin(), answers.end(),
                        [&](const auto& a) { return ((a.fate == fates) || ...) && in_flight(a.token); });
  };
  const auto topic = of(kafka_fate::topic), bad = of(kafka_fate::too_large, kafka_fate::refused);
  if (topic != answers.end()) {
    restart_ = error{ec::refused, "topic " + options_.topic.text() + ": " + topic->text};
  } else if (bad == answers.end()) {
    restart_ = error{ec::connection_lost, reason};
  } else if (flights_.size() == 1) {
    refused(flights_.begin()->second, *bad);
    flights_.clear();
  } else {
    most_flights_ = flights_.size() / 2;
  }
  for (auto it = flights_.rbegin(); it != flights_.rend(); ++it) {
    waiting_bytes_ += it->second.json.size();
    waiting_.push_front(std::move(it->second));
  }
  flights_.clear();
  flight_bytes_ = 0;
}

void record_publisher::refused(const outbox_record& record, const kafka_answer& answer) {
  if (answer.fate == kafka_fate::too_large)
    bury(record, reason::sink_too_large, "record",
         answer.text + " (got " + std::to_string(record.json.size()) + " bytes of JSON)");
  else
    bury(record, reason::sink_refused, "record", answer.text);
}

void record_publisher::bury(const outbox_record& record, reason why, std::string where, std::string detail) {
  deliveries_.bury(record, why, options_.topic.text(), std::move(where), std::move(detail));
}

std::optional<sink_progress> record_publisher::take_progress() {
  auto progress = deliveries_.take();
  if (progress) progress->cursor.mark = mark_.text();
  return progress;
}

} // namespace sluice
