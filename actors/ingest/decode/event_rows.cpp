#include "actors/ingest/decode/event_rows.hpp"

#include <algorithm>
#include <charconv>

#include <xxhash.h>

#include "actors/ingest/decode/json_path.hpp"
#include "actors/ingest/device_id.hpp"
#include "actors/ingest/kafka/kafka_stamp.hpp"

namespace sluice {

namespace {

constexpr std::size_t rows_most = 1024; // a message that has begun may add more
constexpr std::size_t block_rows = 63;  // rows whose slots are made ahead

} // namespace

event_rows::event_rows(std::uint16_t source, const decode_options& options, batch_pool& pool,
                       field_table& names)
    : source_(source), options_(options), pool_(pool), names_(names),
      device_in_payload_(options.names_device()), time_in_record_(options.event().time.record) {}

void event_rows::add_properties(const std::vector<std::string>& used, bool all_fields) {
  for (const auto& [name, property] : options_.properties)
    if (all_fields || std::find(used.begin(), used.end(), name) != used.end())
      properties_.push_back({property, names_.add(name)});
}

void event_rows::start(const message_out& m, const std::shared_ptr<const char[]>& chunk,
                       const topic_matcher& topics, const topic_matcher::entry& matched, bool clock_ok,
                       batches& done) {
  if (batch_ && (batch_->raw != chunk || batch_->rows.size() >= rows_most)) cut(done);
  message_ = &m, chunk_ = &chunk, topics_ = &topics, matched_ = &matched, clock_ok_ = clock_ok;
  if (!batch_) open();
  first_ = {batch_->rows.size(), batch_->arena.size(), 0, 0, 0, 0};
  open_row_ = false;
  index_ = events_ = 0;
  if (!bad_.empty()) bad_.clear();
  if (!improbable_.empty()) improbable_.clear();
  unknown_fields = bad_fields = 0;
}

void event_rows::open() {
  batch_ = pool_.take();
  batch_->source = source_;
  batch_->names = names_.names();
  batch_->stride = names_.size();
  batch_->raw = *chunk_;
  batch_->takeover = takeover_;
}

void event_rows::take_back(const mark& to) noexcept {
  auto& b = *batch_;
  const auto at = static_cast<std::ptrdiff_t>(to.rows * b.stride);
  const auto count = static_cast<std::ptrdiff_t>((b.rows.size() - to.rows) * b.stride);
  std::fill_n(b.types.begin() + at, count, value_type::missing);
  std::fill_n(b.slots.begin() + at, count, slot{});
  b.rows.resize(to.rows);
  b.arena.cut(to.bytes);
  open_row_ = false;
  index_ = to.index, events_ = to.events;
  bad_.resize(to.bad);
  improbable_.resize(to.improbable);
}

void event_rows::take_back() noexcept {
  take_back(first_);
  unknown_fields = bad_fields = 0;
}

void event_rows::widen(batches& done) {
  take_back();
  cut(done);
  open();
  first_ = {};
}

void event_rows::cut(batches& done) {
  if (!batch_) return;
  batch_->slots.resize(batch_->rows.size() * batch_->stride);
  batch_->types.resize(batch_->rows.size() * batch_->stride);
  if (batch_->rows.empty())
    pool_.give(std::move(batch_));
  else
    done.push_back(std::move(batch_));
  batch_.reset();
}

bool event_rows::begin(decode_failure& why) {
  auto& b = *batch_;
  if (open_row_) pop(row_byte_);
  if (events_ + bad_.size() >= options_.max_events) {
    why = {reason::message_events, "",
           "more than " + std::to_string(options_.max_events) + " events in one message"};
    return false;
  }
  row_byte_ = b.arena.size();
  open_row_ = true;
  const auto needed = (b.rows.size() + 1) * b.stride;
  if (b.slots.size() < needed) { // in blocks; cut() trims them
    b.slots.resize(needed + block_rows * b.stride);
    b.types.resize(needed + block_rows * b.stride);
  }
  auto& row = b.rows.emplace_back();
  row.sequence = message_->sequence;
  row.received_ms = message_->received_ms;
  row.index = index_;
  row.lane = lane_;
  return true;
}

bool event_rows::keep(decode_failure& why) {
  auto& b = *batch_;
  auto& row = b.rows.back();
  const auto& m = *message_;
  if (!device_in_payload_ && !device_from_topic(row, why)) return false;
  if (!m.user_properties.empty() && !row.has_sequence && single && !property_sequence(row, why)) return false;
  row.topic_offset = static_cast<std::uint32_t>(m.topic.data() - b.raw.get());
  row.topic_length = static_cast<std::uint32_t>(m.topic.size());
  row.payload_offset = static_cast<std::uint32_t>(m.payload.data() - b.raw.get());
  row.payload_length = static_cast<std::uint32_t>(m.payload.size());
  // What the operator wrote into the topic template wins over a payload field of the same name.
  for (const auto& f : matched_->fields) add_text(f.slot, topics_->value(f.value));
  if (time_in_record_ || !properties_.empty()) take_properties(row);
  const auto time = judge_time(row.time_ms, row.received_ms, options_, clock_ok_);
  if (time != plausibility::good) {
    improbable_.push_back({row.index, time, row.time_ms, row.time_from_arrival});
    pop(row_byte_);
  }
  open_row_ = false;
  ++events_, ++index_;
  return true;
}

void event_rows::add_text(std::uint32_t place, std::string_view text) {
  auto& b = *batch_;
  const auto at = (b.rows.size() - 1) * b.stride + place;
  b.types[at] = value_type::text;
  b.slots[at] =
      slot::text(static_cast<std::uint32_t>(b.arena.size()), static_cast<std::uint32_t>(text.size()));
  b.arena += text;
}

void event_rows::take_properties(event_row& row) {
  const auto encoded = message_->user_properties;
  number_room room;
  for (const auto& f : properties_)
    if (const auto text = kafka_property(encoded, f.property, room)) add_text(f.slot, *text);
  if (!time_in_record_) return;
  const auto stamp = kafka_stamp_of(encoded);
  if (!stamp || stamp->time_ms < 0) return;
  row.time_ms = stamp->time_ms;
  row.time_from_arrival = false;
}

void event_rows::drop(decode_failure why, std::string_view text) {
  if (open_row_) pop(row_byte_);
  bad_.push_back({index_++, std::move(why), text});
}

void event_rows::pop(std::size_t arena) noexcept {
  auto& b = *batch_;
  b.rows.pop_back();
  const auto at = static_cast<std::ptrdiff_t>(b.rows.size() * b.stride);
  std::fill_n(b.types.begin() + at, b.stride, value_type::missing);
  std::fill_n(b.slots.begin() + at, b.stride, slot{});
  b.arena.cut(arena);
  open_row_ = false;
}

bool event_rows::device_from_topic(event_row& row, decode_failure& why) {
  if (!matched_->device) {
    why = {reason::device_missing, "topic", "no {device} in " + matched_->text()};
    return false;
  }
  const auto device = topics_->value(*matched_->device);
  if (!topics_->device_checked() && !good_device_id(device)) {
    why = {reason::device_invalid, "topic",
           "1 to 128 of A-Z a-z 0-9 . _ : - expected, got " + quoted(device)};
    return false;
  }
  row.device_offset = static_cast<std::uint32_t>(batch_->arena.size());
  row.device_length = static_cast<std::uint32_t>(device.size());
  row.hash = XXH3_64bits(device.data(), device.size());
  batch_->arena += device;
  return true;
}

// The MQTT 5 user property `seq` is the sequence number where the payload is not asked for one.
bool event_rows::property_sequence(event_row& row, decode_failure& why) {
  const auto text = find_property(message_->user_properties, "seq");
  if (!text) return true;
  std::int64_t number = -1;
  const auto* const end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || number < 0) {
    why = {reason::sequence_invalid, "user property seq",
           "integer in 0 .. 2^63-1 expected, got " + quoted(*text)};
    return false;
  }
  row.device_seq = static_cast<std::uint64_t>(number);
  row.has_sequence = true;
  return true;
}

} // namespace sluice
