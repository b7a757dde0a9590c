// The retained rule of one source (semantics.md section 2, step 1): a RETAIN = 1 message that equals the last
// one of its topic is a duplicate. For every topic that ever sent a retained message the hash of its last
// message, retained or not, is kept in the state, so that a reconnect does not count a reading again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "actors/ingest/field_table.hpp"
#include "actors/ingest/redelivery.hpp"
#include "messages/checkpoint.hpp"

namespace sluice {

class retained_topics {
public:
  explicit retained_topics(std::string_view source) : prefix_("retained|" + std::string(source) + "|") {}

  // True iff the message is a duplicate by this rule; `before` remembers the messages before it, of any
  // topic. The message is then the last one of its topic.
  bool judge(const message_out& m, const message_mark& mark, const redelivery& before) {
    return (m.retain || !last_.empty()) && judge_retained(m, mark, before);
  }
  // For messages that another rule found to be duplicates, and at load: they are the last ones of their
  // topics too.
  void remember(const message_out& m, const message_mark& mark);

  // What changed since the last call, for state_family::source; keys begin with prefix().
  void take_writes(std::vector<state_write>& out);
  const std::string& prefix() const noexcept { return prefix_; }
  // Takes one back; false iff it is damaged.
  bool load(std::string_view topic, std::string_view value);
  std::size_t size() const noexcept { return last_.size(); }

private:
  bool judge_retained(const message_out& m, const message_mark& mark, const redelivery& before);

  std::string prefix_;
  text_map<std::uint64_t> last_; // topic -> content hash
  std::unordered_set<std::string> changed_;
};

} // namespace sluice
