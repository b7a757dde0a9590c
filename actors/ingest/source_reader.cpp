#include "actors/ingest/source_reader.hpp"

#include <algorithm>
#include <charconv>

#include <xxhash.h>

#include "actors/ingest/device_id.hpp"
#include "actors/ingest/json_path.hpp"

namespace sluice {

namespace {

constexpr std::size_t rows_most = 1024;
constexpr std::size_t block_rows = 63; // rows whose slots are made ahead
// A source whose remembered messages reach further back than so many journal records has them saved in the
// state instead, so that a quiet source does not hold the segments of a busy one (semantics.md section 5
// would keep them).
constexpr std::uint64_t hold_most = 20'000;

std::string names_key(const std::string& source) {
  return "names|" + source;
}
std::string redelivery_key(const std::string& source) {
  return "redelivery|" + source;
}

} // namespace

source_reader::source_reader(const reader_source& source, std::uint16_t index, batch_pool& pool)
    : name_(source.options.name), index_(index), options_(source.options.decode),
      pipelines_(source.pipelines), all_fields_(source.all_fields),
      own_mark_(!options_.json.time.arrival || !options_.json.sequence_path.empty()),
      redelivery_(source.options.mqtt.connection.receive_maximum), retained_(name_), pool_(pool) {
  auto made = json_decoder::make(options_.json, source.used_fields, all_fields_, names_);
  if (!made) {
    broken_ = error{made.error().code, "source " + name_ + ": " + made.error().text};
    return;
  }
  decoder_ = std::move(*made);
  topics_.emplace(source.options.mqtt.topics, source.used_fields, all_fields_, names_);
  names_.end_of_fixed();
  saved_names_ = names_.size();
}

void source_reader::take(const message_out& m, const std::shared_ptr<const char[]>& chunk,
                         const circumstances& now, std::vector<std::shared_ptr<event_batch>>& done) {
  if (is_duplicate(m, now)) {
    ++counters_.duplicate;
    return;
  }
  bool good = false;
  if (m.truncated) {
    failure_ = {reason::message_too_large, "byte " + std::to_string(m.payload.size()),
                "longer than max_message; the first " + std::to_string(m.payload.size()) + " bytes are kept"};
  } else {
    if (const auto* matched = topics_->match(m.topic))
      good = decode(m, chunk, *matched, now, done);
    else
      failure_ = {reason::topic_mismatch, "topic",
                  "no topic template of the source matches " + quoted(m.topic)};
  }
  if (good) {
    ++counters_.decoded;
    ++counters_.events;
  } else {
    ++counters_.dead_lettered;
    dead(m, "");
  }
}

bool source_reader::is_duplicate(const message_out& m, const circumstances& now) {
  const auto mark = mark_of(m);
  const bool carries = own_mark_ || (!m.user_properties.empty() && find_property(m.user_properties, "seq"));
  bool duplicate = redelivery_.is_duplicate(m, mark, carries);
  if (duplicate)
    retained_.remember(m, mark);
  else
    duplicate = retained_.judge(m, mark, redelivery_);
  redelivery_.remember(m, mark);
  return duplicate && now.check_duplicates;
}

// Adds a row for the message to the batch in the making. False iff it became a dead letter, described in
// failure_.
bool source_reader::decode(const message_out& m, const std::shared_ptr<const char[]>& chunk,
                           const topic& matched, const circumstances& now,
                           std::vector<std::shared_ptr<event_batch>>& done) {
  if (batch_ && (batch_->raw != chunk || batch_->rows.size() == rows_most)) cut(done);
  for (;;) {
    if (!batch_) open(chunk);
    auto& b = *batch_;
    const auto arena = b.arena.size();
    auto& row = add_row();
    row.sequence = m.sequence;
    row.received_ms = m.received_ms;
    json_decoder::result how{};
    const bool good = fill(m, matched, row, how);
    const auto time =
        good ? judge_time(row.time_ms, row.received_ms, options_, now.clock_ok) : plausibility::good;
    if (good && time == plausibility::good) return true;
    if (good) implausible(m, row, time);
    take_back_row(arena);
    if (how != json_decoder::result::grew) return good;
    cut(done); // the field list grew: on with a wider batch
  }
}

bool source_reader::fill(const message_out& m, const topic& matched, event_row& row,
                         json_decoder::result& how) {
  auto& b = *batch_;
  how = decoder_->decode(m.payload, b, failure_);
  if (how != json_decoder::result::event) return false;
  if (!decoder_->device_in_payload() && !from_topic(matched, row)) return false;
  if (!m.user_properties.empty() && !row.has_sequence && !property_sequence(m, row)) return false;
  row.topic_offset = static_cast<std::uint32_t>(m.topic.data() - b.raw.get());
  row.topic_length = static_cast<std::uint32_t>(m.topic.size());
  row.payload_offset = static_cast<std::uint32_t>(m.payload.data() - b.raw.get());
  row.payload_length = static_cast<std::uint32_t>(m.payload.size());
  // What the operator wrote into the topic template wins over a payload field of the same name.
  for (const auto& f : matched.fields) {
    const auto text = topics_->value(f.value);
    const auto at = (b.rows.size() - 1) * b.stride + f.slot;
    b.types[at] = value_type::text;
    b.slots[at] =
        slot::text(static_cast<std::uint32_t>(b.arena.size()), static_cast<std::uint32_t>(text.size()));
    b.arena.append(text);
  }
  return true;
}

bool source_reader::from_topic(const topic& matched, event_row& row) {
  if (!matched.device) {
    failure_ = {reason::device_missing, "topic", "no {device} in " + matched.shape.text()};
    return false;
  }
  const auto device = topics_->value(*matched.device);
  if (!topics_->device_checked() && !good_device_id(device)) {
    failure_ = {reason::device_invalid, "topic",
                "1 to 128 of A-Z a-z 0-9 . _ : - expected, got " + quoted(device)};
    return false;
  }
  row.device_offset = static_cast<std::uint32_t>(batch_->arena.size());
  row.device_length = static_cast<std::uint32_t>(device.size());
  row.hash = XXH3_64bits(device.data(), device.size());
  batch_->arena.append(device);
  return true;
}

// The MQTT 5 user property `seq` is the sequence number where the payload is not asked for one.
bool source_reader::property_sequence(const message_out& m, event_row& row) {
  const auto text = find_property(m.user_properties, "seq");
  if (!text) return true;
  std::int64_t number = -1;
  const auto* const end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || number < 0) {
    failure_ = {reason::sequence_invalid, "user property seq",
                "integer in 0 .. 2^63-1 expected, got " + quoted(*text)};
    return false;
  }
  row.device_seq = static_cast<std::uint64_t>(number);
  row.has_sequence = true;
  return true;
}

void source_reader::open(const std::shared_ptr<const char[]>& chunk) {
  batch_ = pool_.take();
  batch_->source = index_;
  batch_->names = names_.names();
  batch_->stride = names_.size();
  batch_->raw = chunk;
}

event_row& source_reader::add_row() {
  auto& b = *batch_;
  const auto needed = (b.rows.size() + 1) * b.stride;
  if (b.slots.size() < needed) { // in blocks; cut() trims them
    b.slots.resize(needed + block_rows * b.stride);
    b.types.resize(needed + block_rows * b.stride);
  }
  return b.rows.emplace_back();
}

void source_reader::take_back_row(std::size_t arena) noexcept {
  auto& b = *batch_;
  b.rows.pop_back();
  const auto at = static_cast<std::ptrdiff_t>(b.rows.size() * b.stride);
  std::fill_n(b.types.begin() + at, b.stride, value_type::missing);
  std::fill_n(b.slots.begin() + at, b.stride, slot{});
  b.arena.resize(arena);
}

void source_reader::cut(std::vector<std::shared_ptr<event_batch>>& done) {
  if (!batch_) return;
  batch_->slots.resize(batch_->rows.size() * batch_->stride);
  batch_->types.resize(batch_->rows.size() * batch_->stride);
  if (batch_->rows.empty())
    pool_.give(std::move(batch_));
  else
    done.push_back(std::move(batch_));
  batch_.reset();
}

// The message is decoded, its event is in every pipeline's `in`, and a dead letter there (semantics.md
// section 4).
void source_reader::implausible(const message_out& m, const event_row& row, plausibility why) {
  failure_.where = row.time_from_arrival ? "arrival" : options_.json.time.path;
  if (why == plausibility::future) {
    failure_.why = reason::time_future;
    failure_.detail = std::to_string(row.time_ms - row.received_ms) + " ms after it was received, " +
                      std::to_string(options_.future->count()) + " ms are allowed (got " +
                      std::to_string(row.time_ms) + ")";
  } else {
    failure_.why = reason::time_ancient;
    failure_.detail = "before the oldest time allowed, " + std::to_string(options_.oldest_ms) + " (got " +
                      std::to_string(row.time_ms) + ")";
  }
  ++implausible_;
  for (const auto& [index, pipeline] : pipelines_) dead(m, pipeline);
}

void source_reader::dead(const message_out& m, const std::string& pipeline) {
  auto& letter = dead_.emplace_back();
  letter.sequence = m.sequence;
  letter.why = failure_.why;
  letter.source = name_;
  letter.pipeline = pipeline;
  letter.topic = m.topic;
  letter.where = failure_.where;
  letter.detail = failure_.detail;
  letter.received_ms = m.received_ms;
  letter.payload = m.payload;
}

void source_reader::connected(const control& session) noexcept {
  redelivery_.connected(session.sequence, session.value != 0);
}

outcome<void> source_reader::load(const store& state) {
  if (const auto saved = state.get(state_family::source, redelivery_key(name_))) redelivery_.load(*saved);
  state.scan(state_family::source, retained_.prefix(), [this](std::string_view key, std::string_view value) {
    retained_.load(key.substr(retained_.prefix().size()), value);
    return true;
  });
  if (!all_fields_ || !options_.json.fields.empty()) return {};
  if (const auto saved = state.get(state_family::source, names_key(name_))) {
    if (!names_.load(*saved,
                     [this](std::string_view field, std::uint32_t slot) { decoder_->know(field, slot); }))
      return fail(ec::corrupt, "the stored field names of source " + name_ + " are damaged");
    saved_names_ = names_.size();
  }
  return {};
}

void source_reader::recall(const message_out& m) noexcept {
  if (m.sequence > redelivery_.saved()) redelivery_.remember(m, mark_of(m));
}

void source_reader::recall(const control& session) noexcept {
  if (session.sequence > redelivery_.saved()) connected(session);
}

void source_reader::add_to(reader_part& part, std::uint64_t position) {
  if (counters_.decoded + counters_.duplicate + counters_.dead_lettered > 0) {
    for (const auto& [index, pipeline] : pipelines_) {
      part.pipeline_in[index] += counters_.events;
      part.pipeline_dead_lettered[index] += implausible_;
    }
    part.sources.emplace_back(name_, counters_);
    counters_ = {};
    implausible_ = 0;
  }
  std::move(dead_.begin(), dead_.end(), std::back_inserter(part.dead_letters));
  dead_.clear();
  retained_.take_writes(part.state);
  if (names_.size() != saved_names_) {
    part.state.push_back({state_family::source, names_key(name_), names_.save()});
    saved_names_ = names_.size();
  }
  auto needs = redelivery_.needs();
  if (needs && *needs + hold_most < position) {
    part.state.push_back({state_family::source, redelivery_key(name_), redelivery_.save(position)});
    needs.reset();
  }
  if (needs) part.keep_from = std::min(part.keep_from, *needs);
}

} // namespace sluice
