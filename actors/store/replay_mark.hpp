// The mark of a replayed dead letter in the journal: the first user property of its message, believed only
// where message_out::replayed is set (nobody outside can set it). And what a letter keeps of its message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/store/message.hpp"
#include "messages/batch.hpp"
#include "messages/dead_letter.hpp"

namespace sluice {

// The source in the journal of letters that pipelines wrote: such a message counts nothing in its own source.
// Never the name of a component.
inline constexpr std::string_view replay_source = "dlq replay";

struct replay_mark {
  static constexpr std::string_view property = "sluice-dead-letter";

  std::uint64_t id = 0; // of the dead letter
  // Of one that a pipeline wrote; "" = it is a message of its source again.
  std::string_view source, pipeline;
  std::uint32_t index = 0; // of the event within the message
  bool judged = false;     // dead_letter::judged

  // "ID", or "ID INDEX JUDGED SOURCE PIPELINE": names hold no spaces.
  std::string text() const;
  // The mark of a message of the journal; nullopt: it has none. Views into `m`.
  static std::optional<replay_mark> of(const message_out& m) noexcept;
};

// Encoded user properties (message_out::user_properties) without the mark.
std::string_view without_mark(std::string_view properties) noexcept;
// Encoded user properties as append() takes them; views.
std::vector<std::pair<std::string_view, std::string_view>> decode_properties(std::string_view encoded);

// The letter of an event; its source, pipeline, where and detail are left to fill in.
dead_letter letter_of(const event_batch& batch, const event_row& row, reason why);

} // namespace sluice
