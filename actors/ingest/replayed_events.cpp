// Dead letters of pipelines that are read again (`dlq replay`): the message is decoded as the source decodes
// it now, and the one event that is meant goes to its pipeline alone.
#include <algorithm>

#include "actors/ingest/decode/json_path.hpp"
#include "actors/ingest/source_reader.hpp"

namespace sluice {

namespace {

// Keeps the row of one event; false: it is not there.
bool keep_only(event_batch& b, std::uint32_t index) {
  const auto found =
      std::find_if(b.rows.begin(), b.rows.end(), [&](const event_row& row) { return row.index == index; });
  if (found == b.rows.end()) return false;
  const auto place = (found - b.rows.begin()) * static_cast<std::ptrdiff_t>(b.stride);
  std::copy_n(b.slots.begin() + place, b.stride, b.slots.begin());
  std::copy_n(b.types.begin() + place, b.stride, b.types.begin());
  b.rows.front() = *found;
  b.rows.resize(1);
  b.slots.resize(b.stride);
  b.types.resize(b.stride);
  return true;
}

} // namespace

bool source_reader::feeds(std::string_view pipeline) const noexcept {
  return std::any_of(pipelines_.begin(), pipelines_.end(),
                     [&](const auto& p) { return p.second == pipeline; });
}

void source_reader::take_event(const message_out& m, const replay_mark& mark,
                               const std::shared_ptr<const char[]>& chunk, const circumstances& now,
                               std::vector<std::shared_ptr<event_batch>>& done) {
  const auto target = std::find_if(pipelines_.begin(), pipelines_.end(),
                                   [&](const auto& p) { return p.second == mark.pipeline; });
  cut(done); // what came before it comes before it
  rows_.comes_from(0, 0, done);
  std::vector<std::shared_ptr<event_batch>> made;
  bool good = false;
  if (const auto* matched = topics_->match(m.topic)) {
    rows_.start(m, chunk, *topics_, *matched, now.clock_ok, made);
    good = decode(m, *matched, made);
  } else {
    no_template(m);
  }
  cut(made);
  if (good)
    for (auto& batch : made)
      if (keep_only(*batch, mark.index)) {
        batch->only = target->first;
        batch->sequence_judged = mark.judged;
        done.push_back(std::move(batch));
        replayed_.emplace_back(target->first, false);
        return;
      }
  for (auto& batch : made) pool_.give(std::move(batch));

  if (good) {
    failure_ = {reason::apply_error, "",
                "the message has no event " + std::to_string(mark.index) + " any more"};
    for (const auto& event : rows_.improbables())
      if (event.index == mark.index) failure_ = failure_of(m, event);
    for (const auto& element : rows_.bad_elements())
      if (element.index == mark.index) failure_ = element.why;
  }
  auto& letter = dead(m, failure_);
  letter.pipeline = target->second;
  letter.index = mark.index;
  letter.judged = mark.judged;
  replayed_.emplace_back(target->first, true);
}

} // namespace sluice
