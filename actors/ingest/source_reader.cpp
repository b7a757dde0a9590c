#include "actors/ingest/source_reader.hpp"

#include <algorithm>

#include "actors/ingest/decode/formats.hpp"
#include "actors/ingest/decode/json_path.hpp"
#include "actors/ingest/kafka/kafka_stamp.hpp"
#include "messages/faults.hpp"

namespace sluice {

namespace {

std::string names_key(const std::string& source) {
  return "names|" + source;
}
std::string decoder_key(const std::string& source) {
  return "decoder|" + source + "|";
}
// True iff the element is all that the message holds, its line break left out.
bool is_whole(const message_out& m, std::string_view element) noexcept {
  if (element.data() != m.payload.data()) return false;
  return m.payload.find_first_not_of("\r\n", element.size()) == m.payload.npos;
}

} // namespace

source_reader::source_reader(const reader_source& source, std::uint16_t index, batch_pool& pool)
    : name_(source.options.name), pool_(pool), options_(source.options.decode), pipelines_(source.pipelines),
      all_fields_(source.all_fields), rows_(index, options_, pool, names_),
      rule_(make_duplicate_rule(source.options)) {
  const decoder_setting setting{options_, source.used_fields, all_fields_, source.options.file() == nullptr,
                                names_};
  auto made = std::holds_alternative<pipeline_source_options>(source.options.kind)
                  ? make_chained_messages(setting)
                  : make_decoder(setting);
  if (!made) {
    broken_ = error{made.error().code, "source " + name_ + ": " + made.error().text};
    return;
  }
  decoder_ = std::move(*made);
  std::size_t longest = 0;
  if (const auto* mqtt = source.options.mqtt()) longest = mqtt->max_message;
  if (const auto* kafka = source.options.kafka()) longest = kafka->max_message;
  if (const auto* file = source.options.file()) longest = file->max_message;
  if (options_.inflate != compression::none && longest != 0) inflater_.emplace(options_.inflate, longest);
  topics_.emplace(source.options, source.used_fields, all_fields_, names_);
  if (!source.keys.empty()) keyed_.emplace(source, names_);
  rows_.add_properties(source.used_fields, all_fields_);
  names_.end_of_fixed();
  saved_names_ = names_.size();
}

void source_reader::take(const message_out& m, const std::shared_ptr<const char[]>& chunk,
                         const circumstances& now, std::vector<std::shared_ptr<event_batch>>& done) {
  // A replayed message has been judged when it came.
  if (!m.replayed && rule_->judge(m) && now.check_duplicates) {
    ++counters_.duplicate;
    return;
  }
  const auto from = m.replayed ? provenance() : rule_->of_last();
  if (from.takeover != 0) return take_for_state(m, chunk, now, from, done);
  rows_.comes_from(from.lane, 0, done);
  if (read(m, chunk, now, done)) {
    count(m);
  } else {
    ++counters_.dead_lettered;
    dead(m, failure_);
  }
}

// Another process has counted it, and has the dead letters it makes: here it is one that came before.
void source_reader::take_for_state(const message_out& m, const std::shared_ptr<const char[]>& chunk,
                                   const circumstances& now, provenance from,
                                   std::vector<std::shared_ptr<event_batch>>& done) {
  ++counters_.duplicate;
  rows_.comes_from(from.lane, from.takeover, done);
  auto at_its_time = m;
  // Where its arrival is its time: about when it arrived in the other process.
  if (options_.event().time.arrival)
    if (const auto stamp = kafka_stamp_of(m.user_properties); stamp && stamp->time_ms >= 0)
      at_its_time.received_ms = std::min(m.received_ms, stamp->time_ms);
  read(at_its_time, chunk, now, done);
}

std::uint16_t source_reader::let_go(const control& record) {
  if (keyed_) keyed_->let_go();
  return rule_->let_go(record);
}

// Adds the message's events to the batch in the making. False iff it is a dead letter, described in failure_.
bool source_reader::read(const message_out& m, const std::shared_ptr<const char[]>& chunk,
                         const circumstances& now, std::vector<std::shared_ptr<event_batch>>& done) {
  if (m.truncated) {
    failure_ = {reason::message_too_large, "byte " + std::to_string(m.payload.size()),
                "longer than max_message; the first " + std::to_string(m.payload.size()) + " bytes are kept"};
    return false;
  }
  const auto* matched = topics_->match(m.topic);
  if (matched == nullptr) {
    no_template(m);
    return false;
  }
  rows_.start(m, chunk, *topics_, *matched, now.clock_ok, done);
  return decode(m, *matched, done);
}

void source_reader::no_template(const message_out& m) {
  failure_ = {reason::topic_mismatch, "topic", "no topic template of the source matches " + quoted(m.topic)};
}

bool source_reader::decode(const message_out& m, const topic_matcher::entry& matched,
                           std::vector<std::shared_ptr<event_batch>>& done) {
  decode_input input;
  input.payload = m.payload;
  input.topic = m.topic;
  input.received_ms = m.received_ms;
  input.properties = m.user_properties;
  if (matched.value_name) input.field = topics_->value(*matched.value_name);
  if (!m.user_properties.empty()) input.header = find_property(m.user_properties, "header") == "1";
  if (inflater_ && !inflater_->read(m.payload, input.payload, failure_)) return false;
  for (;;) {
    switch (decoder_->decode(input, rows_, failure_)) {
    case decoder::result::events:
      return true;
    case decoder::result::grew:
      rows_.widen(done);
      break;
    case decoder::result::failed:
      rows_.take_back();
      return false;
    }
  }
}

// The message is decoded: its events, and its elements that are none.
void source_reader::count(const message_out& m) {
  ++counters_.decoded;
  counters_.events += rows_.events();
  counters_.unknown_fields += rows_.unknown_fields;
  counters_.bad_fields += rows_.bad_fields;
  for (const auto& event : rows_.improbables()) improbable(m, event);
  counters_.elements_dead_lettered += rows_.bad_elements().size();
  for (const auto& element : rows_.bad_elements()) {
    auto& letter = dead(m, element.why);
    letter.index = element.index;
    letter.payload = element.text; // the whole message once per element could fill the disk
    letter.piece = !is_whole(m, element.text);
  }
}

decode_failure source_reader::failure_of(const message_out& m, const event_rows::improbable& event) const {
  decode_failure failure;
  failure.where = event.arrival ? "arrival" : options_.event().time.path;
  if (event.why == plausibility::future) {
    failure.why = reason::time_future;
    failure.detail = std::to_string(event.time_ms - m.received_ms) + " ms after it was received, " +
                     std::to_string(options_.future->count()) + " ms are allowed (got " +
                     std::to_string(event.time_ms) + ")";
  } else {
    failure.why = reason::time_ancient;
    failure.detail = "before the oldest time allowed, " + std::to_string(options_.oldest_ms) + " (got " +
                     std::to_string(event.time_ms) + ")";
  }
  return failure;
}

// The event is in every pipeline's `in`, and a dead letter there (semantics.md section 4).
void source_reader::improbable(const message_out& m, const event_rows::improbable& event) {
  const auto failure = failure_of(m, event);
  ++implausible_;
  for (const auto& [index, pipeline] : pipelines_) {
    auto& letter = dead(m, failure);
    letter.pipeline = pipeline;
    letter.index = event.index;
  }
}

dead_letter& source_reader::dead(const message_out& m, const decode_failure& why) {
  auto& letter = dead_.emplace_back();
  letter.sequence = m.sequence;
  letter.why = why.why;
  letter.source = name_;
  letter.topic = m.topic;
  letter.where = why.where;
  letter.detail = why.detail;
  letter.received_ms = m.received_ms;
  letter.payload = m.payload;
  letter.properties = without_mark(m.user_properties);
  return letter;
}

void source_reader::cut(std::vector<std::shared_ptr<event_batch>>& done) {
  rows_.cut(done);
}

void source_reader::give_keys(event_batch& batch) {
  batch.key_count = 0;
  if (keyed_) keyed_->finish(batch, !faults::off(faults::protection::duplicate_check));
}

void source_reader::tick(std::int64_t now_ms) {
  if (keyed_) keyed_->tick(now_ms);
}

outcome<void> source_reader::load(const store& state) {
  if (keyed_)
    if (auto done = keyed_->load(state); !done) return done;
  if (auto done = rule_->load(state); !done) return done;
  const auto prefix = decoder_key(name_);
  state.scan(state_family::source, prefix, [&](std::string_view key, std::string_view value) {
    decoder_->load(key.substr(prefix.size()), value);
    return true;
  });
  if (!all_fields_ || !options_.event().fields.empty()) return {};
  if (const auto saved = state.get(state_family::source, names_key(name_))) {
    if (!names_.load(*saved,
                     [this](std::string_view field, std::uint32_t slot) { decoder_->know(field, slot); }))
      return fail(ec::corrupt, "the stored field names of source " + name_ + " are damaged");
    saved_names_ = names_.size();
  }
  return {};
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
  for (const auto& [pipeline, dead] : replayed_) {
    ++part.pipeline_in[pipeline];
    ++part.pipeline_replayed[pipeline];
    part.pipeline_dead_lettered[pipeline] += dead;
  }
  replayed_.clear();
  if (keyed_) keyed_->add_to(part);
  std::move(dead_.begin(), dead_.end(), std::back_inserter(part.dead_letters));
  dead_.clear();
  rule_->add_to(part, position);
  decoder_->take_writes(decoder_key(name_), part.state);
  if (names_.size() != saved_names_) {
    part.state.push_back({state_family::source, names_key(name_), names_.save()});
    saved_names_ = names_.size();
  }
}

} // namespace sluice
