#include "actors/publish/kafka/transaction.hpp"

#include <algorithm>

namespace sluice {

namespace {

constexpr unsigned most_agains = 240; // of one step; a library that has lost its way says so for ever

} // namespace

transaction::step transaction::next() {
  if (restart_) return step::none;
  switch (at_) {
  case place::idle:
    return step::begin;
  case place::open: {
    const auto missed = std::find_if(answers_.begin(), answers_.end(),
                                     [](const auto& a) { return a.fate != kafka_fate::delivered; });
    if (missed != answers_.end()) {
      reason_ = missed->text;
      at_ = place::lost;
      return step::abort;
    }
    if (logic_.unacknowledged() == 0 || answers_.size() < logic_.unacknowledged()) return step::none;
    mark_ = logic_.seal();
    at_ = place::marked;
    return step::mark;
  }
  case place::marked:
    return step::mark;
  case place::asked:
    return step::commit;
  case place::lost:
    return step::abort;
  case place::spent:
    break;
  }
  return step::none;
}

void transaction::answered(const std::vector<kafka_answer>& answers) {
  for (const auto& answer : answers) {
    if (answer.alone)
      logic_.answered(answer);
    else if (logic_.in_flight(answer.token))
      answers_.push_back(answer);
  }
}

void transaction::came(const kafka_stepped& of) {
  const bool done = of.how == kafka_step::done, again = of.how == kafka_step::again && at_ != place::lost;
  trouble_ = again ? of.text : "";
  agains_ = again ? agains_ + 1 : 0;
  if (agains_ >= most_agains) restart_ = error{ec::timeout, of.text};
  if (again) return;
  if (!done && at_ != place::lost && (at_ != place::marked || of.how == kafka_step::broken)) {
    restart_ = error{ec::connection_lost, of.text};
    return;
  }
  switch (at_) {
  case place::idle:
    at_ = place::open;
    break;
  case place::open:
    break;
  case place::marked:
    at_ = done ? place::asked : place::lost;
    if (!done) reason_ = of.text;
    break;
  case place::asked:
    logic_.committed();
    ++committed_;
    answers_.clear();
    at_ = place::idle;
    break;
  case place::lost:
    logic_.aborted(answers_, of.text.empty() ? reason_ : of.text);
    restart_ = logic_.wants_restart();
    ++aborted_;
    answers_.clear();
    at_ = place::spent;
    break;
  case place::spent:
    break;
  }
}

} // namespace sluice
