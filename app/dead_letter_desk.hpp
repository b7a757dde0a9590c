// Dead letters of a running service on request: read again, sent again, dropped; and the end of a device's
// quarantine.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "actors/store/journal.hpp"
#include "actors/store/quota_gauge.hpp"
#include "actors/store/store.hpp"
#include "app/plans.hpp"

namespace sluice {

// Which ones: all conditions hold; 0 and "" = any.
struct dead_letter_choice {
  std::uint64_t id = 0;
  std::string reason, source, device;
  std::uint64_t from_id = 1, to_id = 0; // to_id 0 = those that there are now
  std::uint64_t most = 1000;            // looked at in one go; less when they are large
};

struct dead_letter_moves {
  std::uint64_t moved = 0;                      // read again, sent again, or dropped
  std::map<std::string, std::uint64_t> refused; // how many for which reason
  std::uint64_t next_id = 0;                    // go on here; 0 = that was all
  std::uint64_t to_id = 0;                      // and end there: what is replayed may be a new letter soon
};

// Thread safe.
class dead_letter_desk {
public:
  // All must outlive it. `wake`: the outbox has grown.
  dead_letter_desk(const plans& plan, journal& log, store& state, const quota_gauge& quota,
                   std::function<void()> wake)
      : plan_(plan), log_(log), state_(state), quota_(quota), wake_(std::move(wake)),
        began_at_(log.visible()) {}

  // A letter of a source is appended to the journal again as its message; one of a pipeline as an event of
  // that pipeline alone; one of a sink goes to the outbox for that sink. What was appended is removed in the
  // write that applies it, so a kill neither loses nor doubles it; asking twice does nothing twice. What
  // cannot mean again what it meant is refused and stays. Errors (ec::refused): the quota is used up.
  outcome<dead_letter_moves> replay(const dead_letter_choice& which);
  // Errors (ec::refused): what was in the journal at the start is not applied yet, and may hold letters that
  // are being read again.
  outcome<dead_letter_moves> drop(const dead_letter_choice& which);
  // Appends the record that ends the quarantine of `device`, or of that key, in every pipeline.
  outcome<void> release(const std::string& device);

  // Answers one line of the control socket: {"do":"replay"|"drop"|"release", ..}.
  std::string answer(std::string_view request);

private:
  outcome<std::vector<dead_letter>> choose(const dead_letter_choice& which, dead_letter_moves& made) const;
  std::optional<std::string> why_not(const dead_letter& d) const;
  outcome<void> append(std::string_view source, const std::vector<const dead_letter*>& letters);

  const plans& plan_;
  journal& log_;
  store& state_;
  const quota_gauge& quota_;
  std::function<void()> wake_;
  std::uint64_t began_at_; // journal position
  std::mutex mutex_;
  std::set<std::uint64_t> appended_; // not yet applied; a second append would count as a duplicate only
};

} // namespace sluice
