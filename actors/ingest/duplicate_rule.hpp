// Which messages of a source came before (semantics.md section 2, step 1): one rule per kind of source.
// Logic of the reader, not thread safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "actors/ingest/source_options.hpp"
#include "actors/store/message.hpp"
#include "actors/store/store.hpp"
#include "messages/checkpoint.hpp"
#include "messages/control.hpp"
#include "messages/errors.hpp"

namespace sluice {

// Where a message of a shared log comes from.
struct provenance {
  std::uint16_t lane = 0;     // number of its partition, from 1; 0 = there are none
  std::uint16_t takeover = 0; // not 0: another process has applied it (event_batch::takeover)
};

class duplicate_rule {
public:
  virtual ~duplicate_rule() = default;

  // True iff `m` is a duplicate. It is remembered either way.
  virtual bool judge(const message_out& m) = 0;
  // Of the message judged last, which was no duplicate.
  virtual provenance of_last() const noexcept { return {}; }
  // A partition begins anew (control_kind::partition). Returns its lane.
  virtual std::uint16_t let_go(const control&) { return 0; }
  // A new connection of the source (control_kind::session).
  virtual void connected(const control&) noexcept {}
  // Packet ids that the broker has released (control_kind::pubrel).
  virtual void released(const control&) {}

  // State from the store, an error where it is damaged; then recall() is told the journal's records up to the
  // applied position, older ones than needed are fine.
  virtual outcome<void> load(const store&) { return {}; }
  virtual void recall(const message_out&) noexcept {}
  virtual void recall(const control&) noexcept {}

  // Adds what changed since the last call, and what the rule needs of the journal at a restart, as of journal
  // position `position`.
  virtual void add_to(reader_part&, std::uint64_t /*position*/) {}
};

// That what was stored under `key` of state_family::source cannot be read.
outcome<void> damaged(std::string_view key);
// Hands the rows of state_family::source whose keys begin with `prefix` to `take`, which says whether it can
// read them: what stands behind the prefix, and the value. The first that it cannot is the error.
outcome<void> load_rows(const store& state, std::string_view prefix,
                        const std::function<bool(std::string_view key, std::string_view value)>& take);

// The rule of `source`: of MQTT redelivery and retained messages, of files their positions. A source without
// a rule of its own has no duplicates.
std::unique_ptr<duplicate_rule> make_duplicate_rule(const source_options& source);

} // namespace sluice
