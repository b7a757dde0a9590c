#include "actors/ingest/loop_duplicates.hpp"

#include <charconv>

#include "actors/ingest/result_loop.hpp"
#include "actors/store/bytes.hpp"

namespace sluice {

// A message without a number is judged by the decoder, which takes our own records only.
bool loop_duplicates::judge(const message_out& m) {
  const auto text = find_property(m.user_properties, outbox_property);
  std::uint64_t sequence = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), sequence).ec != std::errc())
    return false;
  if (sequence <= seen_) return true;
  seen_ = sequence;
  return false;
}

outcome<void> loop_duplicates::load(const store& state) {
  const auto saved = state.get(state_family::source, key_);
  if (!saved) return {};
  if (saved->size() != sizeof seen_) return damaged(key_);
  seen_ = saved_ = sluice::load<std::uint64_t>(saved->data());
  return {};
}

void loop_duplicates::add_to(reader_part& part, std::uint64_t) {
  if (seen_ == saved_) return;
  std::string bytes;
  byte_writer(bytes).number(seen_);
  part.state.push_back({state_family::source, key_, std::move(bytes)});
  saved_ = seen_;
}

} // namespace sluice
