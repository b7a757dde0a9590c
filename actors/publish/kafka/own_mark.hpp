// What a transactional sink keeps of its transactions in the cursor of its outbox, and what the mark that
// lies in the cluster says about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/client/kafka_record.hpp"

namespace sluice {

struct own_mark {
  std::string id;          // of the marks of this data directory; empty: there are none yet
  std::uint64_t asked = 0; // up to here a commit was asked for: written before it is

  // As a cursor keeps it. parse: of anything else nothing.
  std::string text() const;
  static own_mark parse(std::string_view text);
};

// committed: results up to here are in the cluster, whatever the cursor says. rolled_back: the cluster has
// seen more of us than we know: this data directory is an older copy, and the id must be a new one. doubt:
// why results may come twice; empty: they do not.
struct mark_verdict {
  std::uint64_t committed = 0;
  bool rolled_back = false;
  std::string doubt;
};
// `acked`: the cursor. `found`: what lies in the cluster, nullopt: nothing.
mark_verdict judge_mark(const own_mark& ours, std::uint64_t acked, const std::optional<kafka_mark>& found);

} // namespace sluice
