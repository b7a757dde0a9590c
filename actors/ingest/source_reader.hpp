// One source's part of the reader: each message becomes exactly one of decoded, duplicate or dead-lettered.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/ingest/batch_pool.hpp"
#include "actors/ingest/decode/decoder.hpp"
#include "actors/ingest/decode/event_rows.hpp"
#include "actors/ingest/decode/inflate.hpp"
#include "actors/ingest/duplicate_rule.hpp"
#include "actors/ingest/keyed_rows.hpp"
#include "actors/ingest/reader.hpp"
#include "actors/ingest/topic_matcher.hpp"
#include "actors/store/replay_mark.hpp"

namespace sluice {

class source_reader {
public:
  // `index` is the source's in the configuration; `pool` outlives the object.
  source_reader(const reader_source& source, std::uint16_t index, batch_pool& pool);

  // A path that does not parse: nothing can be read.
  const std::optional<error>& broken() const noexcept { return broken_; }
  const std::string& name() const noexcept { return name_; }

  // What holds for the messages that follow.
  struct circumstances {
    bool clock_ok = true;         // the wall clock is trusted: the future check holds
    bool check_duplicates = true; // always, but for the faulty test binary
  };

  // Judges one message. Finished batches are added to `done`.
  void take(const message_out& m, const std::shared_ptr<const char[]>& chunk, const circumstances& now,
            std::vector<std::shared_ptr<event_batch>>& done);
  // Counts a replayed message that was taken before.
  void skip_duplicate() noexcept { ++counters_.duplicate; }
  // True iff the pipeline takes the source's events.
  bool feeds(std::string_view pipeline) const noexcept;
  // Decodes a replayed dead letter of a pipeline that the source feeds, for this pipeline alone. The one
  // event that is meant is added to `done`, or becomes a dead letter of the pipeline again.
  void take_event(const message_out& m, const replay_mark& mark, const std::shared_ptr<const char[]>& chunk,
                  const circumstances& now, std::vector<std::shared_ptr<event_batch>>& done);
  // Hands over the batch in the making.
  void cut(std::vector<std::shared_ptr<event_batch>>& done);
  void connected(const control& session) noexcept { rule_->connected(session); }
  void released(const control& ids) { rule_->released(ids); }
  // A partition begins anew; returns its lane.
  std::uint16_t let_go(const control& record);
  // Makes the keys of a finished batch's rows, in the order of the batches.
  void give_keys(event_batch& batch);
  // Journal time passes.
  void tick(std::int64_t now_ms);

  // State from the store, then the journal's records up to the applied position, older ones than needed are
  // fine.
  outcome<void> load(const store& state);
  void recall(const message_out& m) noexcept {
    if (!m.replayed) rule_->recall(m);
  }
  void recall(const control& session) noexcept { rule_->recall(session); }

  // Adds what happened since the last call. `position` is the reader's.
  void add_to(reader_part& part, std::uint64_t position);
  bool has_dead_letters() const noexcept { return !dead_.empty() || (keyed_ && keyed_->has_dead_letters()); }

private:
  void take_for_state(const message_out& m, const std::shared_ptr<const char[]>& chunk,
                      const circumstances& now, provenance from,
                      std::vector<std::shared_ptr<event_batch>>& done);
  bool read(const message_out& m, const std::shared_ptr<const char[]>& chunk, const circumstances& now,
            std::vector<std::shared_ptr<event_batch>>& done);
  bool decode(const message_out& m, const topic_matcher::entry& matched,
              std::vector<std::shared_ptr<event_batch>>& done);
  void count(const message_out& m);
  dead_letter& dead(const message_out& m, const decode_failure& why);
  void improbable(const message_out& m, const event_rows::improbable& event);
  decode_failure failure_of(const message_out& m, const event_rows::improbable& event) const;
  void no_template(const message_out& m);

  std::string name_;
  batch_pool& pool_;
  decode_options options_;
  std::vector<std::pair<std::uint16_t, std::string>> pipelines_;
  bool all_fields_;
  field_table names_;
  event_rows rows_;
  std::unique_ptr<decoder> decoder_;
  std::optional<inflater> inflater_;
  std::optional<topic_matcher> topics_;
  std::optional<keyed_rows> keyed_; // iff a pipeline is keyed by something else than the device
  std::optional<error> broken_;
  std::unique_ptr<duplicate_rule> rule_;
  decode_failure failure_;

  // Since the last part.
  source_counters counters_;
  std::uint64_t implausible_ = 0;                        // events of `counters_.events` that no pipeline gets
  std::vector<std::pair<std::uint16_t, bool>> replayed_; // events: pipeline, and whether dead-lettered here
  std::vector<dead_letter> dead_;
  std::size_t saved_names_ = 0;
};

} // namespace sluice
