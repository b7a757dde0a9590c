// What a source's pipelines that are keyed by something else than the device ask of the reader: a key per row
// and `key:`, the sequence rule, and the dead letters and counters of both. Works on finished batches.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/ingest/decode/decode_failure.hpp"
#include "actors/ingest/reader.hpp"
#include "actors/ingest/row_keys.hpp"
#include "actors/ingest/sequence_gate.hpp"
#include "actors/store/replay_mark.hpp"

namespace sluice {

class keyed_rows {
public:
  // `source.keys` is not empty. Takes the keys' fields from `names`.
  keyed_rows(const reader_source& source, field_table& names);

  // Gives the rows of a batch their keys. A row without one (length 0) goes to no pipeline with that key: a
  // sequence duplicate, too_old, or a field of the key is missing. A replayed dead letter gets the key of its
  // pipeline, and its number is not judged: the sets are shared by pipelines that have counted the event.
  void finish(event_batch& batch, bool check_duplicates);
  void tick(std::int64_t now_ms) { gate_.tick(now_ms); }
  // A partition begins anew, and with it every key: they do not say which partitions they are of.
  void let_go() { gate_.clear(); }

  outcome<void> load(const store& state) { return gate_.load(state); }
  // Adds counters, dead letters and state since the last call.
  void add_to(reader_part& part);
  bool has_dead_letters() const noexcept { return !dead_.empty(); }

private:
  struct one {
    row_keys make;
    std::vector<std::pair<std::uint16_t, std::string>> pipelines;
    std::uint64_t duplicate = 0, dead_lettered = 0; // events, since the last part
  };
  void finish_replayed(event_batch& batch);
  static std::optional<decode_failure> make(event_batch& batch, std::size_t row, one& key, row_key& into);
  bool passes(const event_batch& batch, const event_row& row, bool check_duplicates);
  void dead(const event_batch& batch, const event_row& row, const std::string& pipeline,
            const decode_failure& why);

  std::string source_;
  bool arrival_;
  std::vector<one> keys_;
  sequence_gate gate_;
  std::vector<std::uint16_t> replayed_dead_; // pipelines of replayed events without a key
  std::vector<dead_letter> dead_;
};

} // namespace sluice
