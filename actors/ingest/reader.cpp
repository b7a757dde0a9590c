#include "actors/ingest/reader.hpp"

#include <algorithm>
#include <map>

#include "actors/ingest/batch_pool.hpp"
#include "actors/ingest/decode/json_path.hpp"
#include "actors/ingest/letter_claims.hpp"
#include "actors/ingest/result_loop.hpp"
#include "actors/ingest/source_reader.hpp"
#include "actors/ingest/unreleased.hpp"
#include "actors/store/bytes.hpp"
#include "messages/faults.hpp"

namespace sluice {

namespace {

constexpr std::string_view clock_key = "clock"; // "0" while the wall clock is not trusted

} // namespace

struct reader::impl {
  batch_pool pool;
  std::vector<std::unique_ptr<source_reader>> sources;
  text_map<source_counters> unknown; // messages of sources that the configuration does not name any more
  std::vector<dead_letter> unknown_dead;
  letter_claims letters;
  std::size_t pipelines = 0; // indexes are below this
  source_reader* last = nullptr;
  source_reader::circumstances now;
  bool clock_changed = false;
  std::map<std::string, std::uint64_t, std::less<>>
      ended; // since the last part: journal sequence, 0 = is up again
  std::uint64_t position = 0;
  std::int64_t journal_ms = 0;

  source_reader* find(std::string_view name) noexcept {
    if (last && last->name() == name) return last;
    const auto found =
        std::find_if(sources.begin(), sources.end(), [&](auto& s) { return s->name() == name; });
    if (found == sources.end()) return nullptr;
    return last = found->get();
  }

  // A dead letter that is read again: as a message of its source, or as an event of one pipeline. Where the
  // configuration has lost these since it was appended, it stays the letter it is.
  void take_again(const message_out& m, std::string_view source, const std::shared_ptr<const char[]>& chunk,
                  std::vector<std::shared_ptr<event_batch>>& done) {
    const auto mark = replay_mark::of(m);
    const bool event = source == replay_source;
    auto* s = !mark ? nullptr : find(event ? mark->source : source);
    if (s == nullptr || (event && !s->feeds(mark->pipeline))) {
      ++unknown[std::string(source)].dead_lettered;
    } else if (const bool fresh = letters.claim(mark->id); event) {
      auto& counters = unknown[std::string(source)];
      ++(fresh ? counters.decoded : counters.duplicate);
      if (fresh) s->take_event(m, *mark, chunk, now, done);
    } else if (fresh) {
      s->take(m, chunk, now, done);
    } else {
      s->skip_duplicate();
    }
  }

  void take_unknown(const message_out& m, std::string_view source) {
    const std::string name(source);
    ++unknown[name].dead_lettered;
    dead_letter letter;
    letter.sequence = m.sequence;
    letter.why = reason::topic_mismatch;
    letter.source = name;
    letter.topic = m.topic;
    letter.where = "topic";
    letter.detail = "the configuration has no source " + quoted(name) + " any more";
    letter.received_ms = m.received_ms;
    letter.payload = m.payload;
    letter.properties = without_mark(m.user_properties);
    unknown_dead.push_back(std::move(letter));
  }

  // What the shards get of it.
  control take(control record) {
    if (record.kind == control_kind::tick && now.clock_ok != (record.value != 0)) {
      now.clock_ok = record.value != 0;
      clock_changed = true;
    }
    if (record.kind == control_kind::session)
      if (auto* s = find(record.name)) s->connected(record);
    if (record.kind == control_kind::partition) {
      auto* s = find(std::string_view(record.name).substr(0, record.name.find('|')));
      record.value = s == nullptr ? 0 : s->let_go(record);
      record.name.resize(std::min(record.name.size(), record.name.find('|')));
    }
    if (record.kind == control_kind::source_end) ended[record.name] = record.sequence;
    if (record.kind == control_kind::source_up) ended[record.name] = 0;
    return record;
  }

  outcome<void> recall(journal& log, std::uint64_t from, std::uint64_t applied) {
    auto cursor = log.read(from);
    for (;;) {
      const auto kind = cursor->next();
      if (!kind) return tl::unexpected(kind.error());
      if (*kind == journal::cursor::kind::none || cursor->position() > applied) return {};
      if (*kind == journal::cursor::kind::message) {
        if (auto* s = find(cursor->source())) s->recall(cursor->message());
      } else if (cursor->record().kind == control_kind::session) {
        if (auto* s = find(cursor->record().name)) s->recall(cursor->record());
      }
    }
  }

  outcome<void> healthy() const {
    for (const auto& s : sources)
      if (s->broken()) return tl::unexpected(*s->broken());
    return {};
  }
};

reader::reader(std::vector<reader_source> sources) : impl_(std::make_unique<impl>()) {
  for (std::size_t i = 0; i < sources.size(); ++i) {
    impl_->sources.push_back(
        std::make_unique<source_reader>(sources[i], static_cast<std::uint16_t>(i), impl_->pool));
    for (const auto& [index, name] : sources[i].pipelines)
      impl_->pipelines = std::max<std::size_t>(impl_->pipelines, index + 1u);
  }
}

reader::~reader() = default;

outcome<void> reader::load(journal& log, const store* state) {
  if (auto good = impl_->healthy(); !good) return good;
  if (!state) return {};
  impl_->letters.ask(state);
  impl_->position = state->applied();
  if (const auto clock = state->get(state_family::source, clock_key)) impl_->now.clock_ok = *clock != "0";
  for (auto& s : impl_->sources)
    if (auto done = s->load(*state); !done) return done;
  if (impl_->position == 0) return {};
  return impl_->recall(log, std::max<std::uint64_t>(state->keep_from(), 1), impl_->position);
}

outcome<read_result> reader::read(journal::cursor& from, std::size_t most) {
  auto& r = *impl_;
  if (auto good = r.healthy(); !good) return tl::unexpected(good.error());
  r.now.check_duplicates = !faults::off(faults::protection::duplicate_check);
  read_result result;
  while (result.messages < most) {
    const auto kind = from.next();
    if (!kind) return tl::unexpected(kind.error());
    if (*kind == journal::cursor::kind::none) break;
    result.position = from.position();
    if (*kind == journal::cursor::kind::control) {
      r.journal_ms = from.record().now_ms;
      if (from.record().kind == control_kind::unavailable) continue;
      if (from.record().kind == control_kind::pubrel) { // comes with most batches, and no shard needs it
        if (auto* s = r.find(released_source(from.record()))) s->released(from.record());
        continue;
      }
      result.after = r.take(from.record());
      break;
    }
    auto* const s = r.find(from.source());
    do {
      const auto& m = from.message();
      if (m.replayed)
        r.take_again(m, from.source(), from.chunk(), result.batches);
      else if (s)
        s->take(m, from.chunk(), r.now, result.batches);
      else
        r.take_unknown(m, from.source());
    } while (++result.messages < most && from.next_in_batch());
    result.position = from.position();
    r.journal_ms = from.message().received_ms;
  }
  for (auto& s : r.sources) s->cut(result.batches);
  for (auto& batch : result.batches) r.sources[batch->source]->give_keys(*batch);
  // After the rows before it: a device that came back in time is not forgotten.
  if (result.after && result.after->kind == control_kind::tick && r.now.clock_ok)
    for (auto& s : r.sources) s->tick(result.after->now_ms);
  if (result.position != 0) r.position = result.position;
  return result;
}

void reader::recycle(std::shared_ptr<event_batch> batch) {
  impl_->pool.give(std::move(batch));
}

reader_part reader::take_part() {
  auto& r = *impl_;
  reader_part part;
  part.position = r.position;
  part.journal_ms = r.journal_ms;
  part.keep_from = r.position + 1;
  part.pipeline_in.assign(r.pipelines, 0);
  part.pipeline_dead_lettered.assign(r.pipelines, 0);
  part.pipeline_duplicate.assign(r.pipelines, 0);
  part.pipeline_replayed.assign(r.pipelines, 0);
  for (auto& s : r.sources) s->add_to(part, r.position);
  r.letters.add_to(part);
  for (auto& [name, counters] : r.unknown) part.sources.emplace_back(name, counters);
  r.unknown.clear();
  std::move(r.unknown_dead.begin(), r.unknown_dead.end(), std::back_inserter(part.dead_letters));
  r.unknown_dead.clear();
  if (r.clock_changed)
    part.state.push_back({state_family::source, std::string(clock_key), r.now.clock_ok ? "1" : "0"});
  r.clock_changed = false;
  for (const auto& [source, sequence] : r.ended) {
    state_write write{state_family::source, ended_key(source), std::nullopt};
    if (sequence != 0) byte_writer(write.value.emplace()).number(sequence);
    part.state.push_back(std::move(write));
  }
  r.ended.clear();
  return part;
}

bool reader::has_dead_letters() const noexcept {
  return !impl_->unknown_dead.empty() || impl_->letters.any() ||
         std::any_of(impl_->sources.begin(), impl_->sources.end(),
                     [](const auto& s) { return s->has_dead_letters(); });
}

} // namespace sluice
