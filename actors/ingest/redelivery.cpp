#include "actors/ingest/redelivery.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include <xxhash.h>

namespace sluice {

namespace {

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) noexcept {
  return (a ^ std::rotl(b, 29)) * 0x9e3779b97f4a7c15ull;
}

void append_number(std::string& out, std::uint64_t v) {
  out.append(reinterpret_cast<const char*>(&v), sizeof v);
}

bool take_number(std::string_view& in, std::uint64_t& v) noexcept {
  if (in.size() < sizeof v) return false;
  std::memcpy(&v, in.data(), sizeof v);
  in.remove_prefix(sizeof v);
  return true;
}

} // namespace

message_mark mark_of(const message_out& m) noexcept {
  message_mark mark;
  mark.topic = XXH3_64bits(m.topic.data(), m.topic.size());
  mark.content = mixed(XXH3_64bits(m.payload.data(), m.payload.size()), mark.topic);
  if (!m.user_properties.empty())
    mark.content = mixed(XXH3_64bits(m.user_properties.data(), m.user_properties.size()), mark.content);
  return mark;
}

redelivery::redelivery(std::size_t receive_maximum)
    : maximum_(std::max<std::size_t>(receive_maximum, 1)), contents_(2 * maximum_), entries_(2 * maximum_) {}

template <class Match>
bool redelivery::any(std::uint64_t from, std::uint64_t to, std::uint64_t content,
                     Match&& match) const noexcept {
  const std::size_t size = contents_.size();
  // Place of message number `from`; count_ - from <= size, so it is still there.
  std::size_t place = (next_ + size - static_cast<std::size_t>(count_ - from)) % size;
  for (; from < to; ++from) {
    if (contents_[place] == content && match(entries_[place])) return true;
    if (++place == size) place = 0;
  }
  return false;
}

// For a message that one of the two rules is about.
bool redelivery::is_known(const message_out& m, const message_mark& mark) const noexcept {
  const auto from = std::max(oldest(), session_begin_);
  if (by_id(m))
    return any(from, count_, mark.content, [&](const entry& e) { return e.packet_id == m.packet_id; });
  return any(from, reconnected_at_, mark.content, [](const entry&) { return true; });
}

void redelivery::remember(const message_out& m, const message_mark& mark) noexcept {
  contents_[next_] = mark.content;
  entries_[next_] = {mark.topic, m.sequence, m.packet_id};
  if (++next_ == contents_.size()) next_ = 0;
  ++count_;
  if (first_unsaved_ == 0) first_unsaved_ = m.sequence;
}

void redelivery::connected(std::uint64_t sequence, bool session_present) noexcept {
  reconnected_at_ = count_;
  if (!session_present) session_begin_ = count_;
  if (first_unsaved_ == 0) first_unsaved_ = sequence;
}

std::optional<std::uint64_t> redelivery::last_of(std::uint64_t topic) const noexcept {
  const std::size_t size = contents_.size();
  std::size_t place = next_;
  for (auto i = count_; i > oldest(); --i) {
    place = place == 0 ? size - 1 : place - 1;
    if (entries_[place].topic == topic) return contents_[place];
  }
  return std::nullopt;
}

std::optional<std::uint64_t> redelivery::needs() const noexcept {
  if (first_unsaved_ == 0) return std::nullopt;
  if (oldest() < saved_count_ || count_ <= contents_.size()) return first_unsaved_;
  // The ring is full of messages that no save holds. The sequence of the oldest is enough: connects before it
  // are more than N messages ago, and a session that began before it covers all of the ring.
  return entries_[next_].sequence;
}

std::string redelivery::save(std::uint64_t position) {
  saved_ = position;
  saved_count_ = count_;
  first_unsaved_ = 0;
  std::string out;
  const auto from = oldest();
  append_number(out, position);
  append_number(out, session_begin_ > from ? session_begin_ - from : 0);
  append_number(out, reconnected_at_ > from ? reconnected_at_ - from : 0);
  append_number(out, count_ - from);
  const std::size_t size = contents_.size();
  std::size_t place = (next_ + size - static_cast<std::size_t>(count_ - from)) % size;
  for (auto i = from; i < count_; ++i) {
    append_number(out, contents_[place]);
    append_number(out, entries_[place].topic);
    append_number(out, entries_[place].sequence);
    append_number(out, entries_[place].packet_id);
    if (++place == size) place = 0;
  }
  return out;
}

bool redelivery::load(std::string_view in) {
  std::uint64_t position = 0, session = 0, reconnect = 0, count = 0;
  if (!take_number(in, position) || !take_number(in, session) || !take_number(in, reconnect) ||
      !take_number(in, count) || in.size() / 32 != count || in.size() % 32 != 0)
    return false;
  redelivery made(maximum_);
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t content = 0, topic = 0, sequence = 0, packet_id = 0;
    take_number(in, content), take_number(in, topic), take_number(in, sequence), take_number(in, packet_id);
    message_out m;
    m.sequence = sequence;
    m.packet_id = static_cast<std::uint16_t>(packet_id);
    made.remember(m, {topic, content});
  }
  made.session_begin_ = session;
  made.reconnected_at_ = reconnect;
  made.saved_ = position;
  made.saved_count_ = count;
  made.first_unsaved_ = 0;
  *this = std::move(made);
  return true;
}

} // namespace sluice
