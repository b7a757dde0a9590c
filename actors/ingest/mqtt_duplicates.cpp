#include "actors/ingest/mqtt_duplicates.hpp"

#include <algorithm>

#include "actors/ingest/source_links.hpp"

namespace sluice {

namespace {

// A source whose messages since they were saved last reach further back than so many journal records, or have
// so many bytes, has them saved in the state, so that neither a quiet source nor one with large messages
// holds many segments (semantics.md section 5 would keep them).
constexpr std::uint64_t hold_records = 5'000;
constexpr std::uint64_t hold_bytes = 64 << 20;

} // namespace

void mqtt_duplicates::remember(const message_out& m, const message_mark& mark) noexcept {
  redelivery_.remember(m, mark);
  unsaved_bytes_ += m.payload.size();
}

bool mqtt_duplicates::judge(const message_out& m) {
  const auto mark = mark_of(m);
  const bool carries = own_mark_ || (!m.user_properties.empty() && find_property(m.user_properties, "seq"));
  if (m.qos == 1) unreleased_.share_ids();
  bool duplicate = m.qos == 2 && unreleased_.receive(m, mark.content);
  duplicate = duplicate || redelivery_.is_duplicate(m, mark, carries);
  if (duplicate)
    retained_.remember(m, mark);
  else
    duplicate = retained_.judge(m, mark, redelivery_);
  remember(m, mark);
  return duplicate;
}

void mqtt_duplicates::connected(const control& session) noexcept {
  redelivery_.connected(session.sequence, session_is_present(session.value));
  unreleased_.connected(session.sequence, session_is_present(session.value));
}

void mqtt_duplicates::released(const control& ids) {
  for (const auto id : released_ids(ids)) unreleased_.release(id, ids.sequence);
}

outcome<void> mqtt_duplicates::load(const store& state) {
  if (const auto saved = state.get(state_family::source, unreleased_.key()))
    if (!unreleased_.load(*saved)) return damaged(unreleased_.key());
  const auto load_all = [&state](auto& into) {
    return load_rows(state, into.prefix(),
                     [&into](std::string_view key, std::string_view value) { return into.load(key, value); });
  };
  auto done = load_all(redelivery_);
  return done ? load_all(retained_) : done;
}

void mqtt_duplicates::recall(const message_out& m) noexcept {
  if (m.sequence > redelivery_.saved()) remember(m, mark_of(m));
}

void mqtt_duplicates::recall(const control& session) noexcept {
  if (session.sequence > redelivery_.saved())
    redelivery_.connected(session.sequence, session_is_present(session.value));
}

void mqtt_duplicates::add_to(reader_part& part, std::uint64_t position) {
  unreleased_.take_writes(part.state);
  retained_.take_writes(part.state);
  auto needs = redelivery_.needs();
  if (needs && (*needs + hold_records < position || unsaved_bytes_ > hold_bytes)) {
    redelivery_.save(position, part.state);
    needs.reset();
    unsaved_bytes_ = 0;
  }
  if (needs) part.keep_from = std::min(part.keep_from, *needs);
}

} // namespace sluice
