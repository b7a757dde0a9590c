#include "actors/ingest/result_loop.hpp"

#include <array>

#include "actors/ingest/chained_result.hpp"
#include "actors/store/bytes.hpp"

namespace sluice {

namespace {

constexpr std::size_t most_records = 256, most_bytes = 1u << 20; // per append

} // namespace

std::string ended_key(std::string_view source) {
  return "ended|" + std::string(source);
}

std::uint64_t ended_at(const store& state, std::string_view source) {
  const auto saved = state.get(state_family::source, ended_key(source));
  return saved && saved->size() == sizeof(std::uint64_t) ? load<std::uint64_t>(saved->data()) : 0;
}

std::string loop_name(std::string_view pipeline) {
  return "loop." + std::string(pipeline);
}

result_loop::result_loop(std::string pipeline, std::string source, journal& log, store& state)
    : pipeline_(std::move(pipeline)), source_(std::move(source)), sink_(loop_name(pipeline_)), log_(log),
      state_(state), at_(state.cursor(sink_)), ended_(ended_at(state, pipeline_)) {
  at_.above.clear();
}

outcome<std::size_t> result_loop::work() {
  std::size_t all = 0;
  for (;;) {
    // Asked before the outbox is read: what END caused is in there by then.
    const bool last = ended_at(state_, source_) > ended_;
    const auto records = state_.read_outbox(sink_, at_.acked, most_records, most_bytes);
    if (const auto broken = state_.failure()) return tl::unexpected(*broken);
    if (records.empty()) {
      if (last)
        if (auto done = end(); !done) return tl::unexpected(done.error());
      return all;
    }
    if (auto done = move(records); !done) return tl::unexpected(done.error());
    all += records.size();
  }
}

outcome<void> result_loop::move(const std::vector<outbox_record>& records) {
  using property = std::pair<std::string_view, std::string_view>;
  std::vector<std::string> numbers;
  std::vector<property> properties;
  std::vector<message_in> messages;
  numbers.reserve(records.size());
  properties.reserve(records.size());
  for (const auto& record : records) {
    if (is_transition(record.json)) continue;
    numbers.push_back(std::to_string(record.sequence));
    properties.emplace_back(outbox_property, numbers.back());
    auto& m = messages.emplace_back();
    m.topic = pipeline_;
    m.payload = record.json;
    m.qos = 1;
    m.user_properties = std::span<const property>(&properties.back(), 1);
  }
  if (!messages.empty())
    if (auto done = log_.append(pipeline_, messages); !done) return tl::unexpected(done.error());
  at_.acked = records.back().sequence;
  // Not synced: a cursor that a power cut takes back is the same second append as after a kill.
  if (auto done = state_.move_cursor(sink_, at_, records.size(), 0, {}, false); !done) return done;
  moved_ += records.size();
  return {};
}

outcome<void> result_loop::end() {
  control record;
  record.kind = control_kind::source_end;
  record.name = pipeline_;
  auto done = log_.append(record);
  if (!done) return tl::unexpected(done.error());
  ended_ = *done;
  return {};
}

} // namespace sluice
