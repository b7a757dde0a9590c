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

template <class Number> void append_number(std::string& out, Number v) {
  out.append(reinterpret_cast<const char*>(&v), sizeof v);
}

template <class Number> bool take_number(std::string_view& in, Number& v) noexcept {
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

redelivery::redelivery(std::size_t receive_maximum, std::size_t most)
    : maximum_(std::max<std::size_t>(receive_maximum, 1)), most_(std::max(most, 2 * maximum_)) {}

std::size_t redelivery::place_of(std::uint64_t number) const noexcept {
  const auto back = static_cast<std::size_t>(count_ - number); // at most size()
  return next_ >= back ? next_ - back : next_ + size() - back;
}

bool redelivery::is_last_of_id(std::uint16_t packet_id, const message_mark& mark) const noexcept {
  if (packet_id >= last_.size()) return false;
  const auto last = last_[packet_id];
  return last > std::max(oldest(), session_begin_) && contents_[place_of(last - 1)] == mark.content;
}

template <class Match>
bool redelivery::any_recent(std::uint64_t end, std::uint64_t content, Match&& matches) const noexcept {
  auto number = std::max(oldest_recent(), session_begin_);
  if (number >= end) return false;
  for (auto place = place_of(number); number < end; ++number) {
    if (contents_[place] == content && matches(entries_[place])) return true;
    if (++place == size()) place = 0;
  }
  return false;
}

bool redelivery::is_recent_of_id(std::uint16_t packet_id, const message_mark& mark) const noexcept {
  return any_recent(count_, mark.content, [&](const entry& e) { return e.packet_id == packet_id; });
}

bool redelivery::came_before_reconnect(const message_mark& mark) const noexcept {
  return any_recent(reconnected_at_, mark.content, [](const entry&) { return true; });
}

void redelivery::remember(const message_out& m, const message_mark& mark) noexcept {
  const entry made{mark.topic, m.sequence, m.packet_id};
  if (size() < most_) {
    contents_.push_back(mark.content);
    entries_.push_back(made);
  } else {
    contents_[next_] = mark.content;
    entries_[next_] = made;
  }
  if (++next_ == most_) next_ = 0;
  ++count_;
  if (m.packet_id >= last_.size()) last_.resize(m.packet_id + std::size_t{1});
  last_[m.packet_id] = count_;
  if (first_unsaved_ == 0) first_unsaved_ = m.sequence;
}

void redelivery::connected(std::uint64_t sequence, bool session_present) noexcept {
  reconnected_at_ = count_;
  if (!session_present) session_begin_ = count_;
  if (first_unsaved_ == 0) first_unsaved_ = sequence;
}

std::optional<std::uint64_t> redelivery::last_of(std::uint64_t topic) const noexcept {
  for (auto number = count_; number > oldest_recent(); --number)
    if (const auto place = place_of(number - 1); entries_[place].topic == topic) return contents_[place];
  return std::nullopt;
}

std::optional<std::uint64_t> redelivery::needs() const noexcept {
  if (first_unsaved_ == 0) return std::nullopt;
  if (oldest() < saved_count_ || count_ <= size()) return first_unsaved_;
  // The ring is full of messages that no save holds. The sequence of the oldest is enough: connects before it
  // are more than N messages ago, and a session that began before it covers all of the ring.
  return entries_[next_].sequence;
}

// Position, begin of session, last reconnect, number of messages; their contents and packet ids; the topics
// of the last 2 N. Of what is saved nobody asks for the sequence.
std::string redelivery::save(std::uint64_t position) {
  saved_ = position;
  saved_count_ = count_;
  first_unsaved_ = 0;
  std::string out;
  const auto from = oldest();
  out.reserve(32 + 10 * size() + 8 * 2 * maximum_);
  append_number(out, position);
  append_number(out, session_begin_ > from ? session_begin_ - from : 0);
  append_number(out, reconnected_at_ > from ? reconnected_at_ - from : 0);
  append_number(out, std::uint64_t{size()});
  for (auto number = from; number < count_; ++number) {
    const auto place = place_of(number);
    append_number(out, contents_[place]);
    append_number(out, entries_[place].packet_id);
  }
  for (auto number = oldest_recent(); number < count_; ++number)
    append_number(out, entries_[place_of(number)].topic);
  return out;
}

bool redelivery::load(std::string_view in) {
  std::uint64_t position = 0, session = 0, reconnect = 0, count = 0;
  if (!take_number(in, position) || !take_number(in, session) || !take_number(in, reconnect) ||
      !take_number(in, count) || count > in.size() / 10 || (in.size() - 10 * count) % 8 != 0)
    return false;
  auto topics = in.substr(10 * count);
  const auto with_topic = topics.size() / 8;
  if (with_topic > count) return false;
  redelivery made(maximum_, most_);
  for (std::uint64_t i = 0; i < count; ++i) {
    message_mark mark;
    message_out m;
    take_number(in, mark.content), take_number(in, m.packet_id);
    if (i >= count - with_topic) take_number(topics, mark.topic);
    made.remember(m, mark);
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
