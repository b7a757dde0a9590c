#include "actors/ingest/redelivery.hpp"

#include <algorithm>
#include <bit>

#include <xxhash.h>

#include "actors/store/bytes.hpp"

namespace sluice {

namespace {

constexpr std::string_view recent_key = "recent", ids_key = "ids|"; // behind the prefix

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) noexcept {
  return (a ^ std::rotl(b, 29)) * 0x9e3779b97f4a7c15ull;
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

redelivery::redelivery(std::string_view source, std::size_t receive_maximum, std::size_t most)
    : prefix_("redelivery|" + std::string(source) + "|"), maximum_(std::max<std::size_t>(receive_maximum, 1)),
      most_(std::max(most, 2 * maximum_)) {}

std::size_t redelivery::place_of(std::uint64_t number) const noexcept {
  const auto back = static_cast<std::size_t>(count_ - number); // at most as many as there are
  return next_ >= back ? next_ - back : next_ + contents_.size() - back;
}

bool redelivery::is_last_of_id(std::uint16_t packet_id, const message_mark& mark) const noexcept {
  const auto last = ids_.last(packet_id);
  const auto age = static_cast<std::uint32_t>(count_) - last.number; // messages since then
  return age < std::min<std::uint64_t>(most_, count_ - session_begin_) && last.content == mark.content;
}

template <class Match>
bool redelivery::any_recent(std::uint64_t end, std::uint64_t content, Match&& matches) const noexcept {
  auto number = std::max(oldest(), session_begin_);
  if (number >= end) return false;
  for (auto place = place_of(number); number < end; ++number) {
    if (contents_[place] == content && matches(entries_[place])) return true;
    if (++place == contents_.size()) place = 0;
  }
  return false;
}

bool redelivery::is_recent_of_id(std::uint16_t packet_id, const message_mark& mark) const noexcept {
  return any_recent(count_, mark.content, [&](const entry& e) { return e.packet_id == packet_id; });
}

bool redelivery::came_before_reconnect(const message_mark& mark) const noexcept {
  return any_recent(reconnected_at_, mark.content, [](const entry&) { return true; });
}

void redelivery::add_recent(std::uint64_t content, const entry& made) {
  if (contents_.size() < 2 * maximum_) {
    contents_.push_back(content);
    entries_.push_back(made);
  } else {
    contents_[next_] = content;
    entries_[next_] = made;
  }
  if (++next_ == 2 * maximum_) next_ = 0;
}

void redelivery::remember(const message_out& m, const message_mark& mark) {
  add_recent(mark.content, {mark.topic, m.packet_id});
  ++count_;
  if (m.packet_id != 0)
    ids_.remember(m.packet_id, {mark.content, static_cast<std::uint32_t>(count_)}); // 0: of QoS 0
  if (first_unsaved_ == 0) first_unsaved_ = m.sequence;
}

void redelivery::connected(std::uint64_t sequence, bool session_present) noexcept {
  reconnected_at_ = count_;
  if (!session_present) session_begin_ = count_;
  if (first_unsaved_ == 0) first_unsaved_ = sequence;
}

std::optional<std::uint64_t> redelivery::last_of(std::uint64_t topic) const noexcept {
  for (auto number = count_; number > oldest(); --number)
    if (const auto place = place_of(number - 1); entries_[place].topic == topic) return contents_[place];
  return std::nullopt;
}

std::optional<std::uint64_t> redelivery::needs() const noexcept {
  return first_unsaved_ != 0 ? std::optional(first_unsaved_) : std::nullopt;
}

// Position, begin of session, last reconnect, number of messages; contents, topics and packet ids of the last
// 2 N.
void redelivery::save(std::uint64_t position, std::vector<state_write>& out) {
  saved_ = position;
  first_unsaved_ = 0;
  std::string recent;
  recent.reserve(32 + 18 * contents_.size());
  byte_writer to(recent);
  to.number(position).number(session_begin_).number(reconnected_at_).number(count_);
  for (auto number = oldest(); number < count_; ++number) {
    const auto place = place_of(number);
    to.number(contents_[place]).number(entries_[place].topic).number(entries_[place].packet_id);
  }
  out.push_back({state_family::source, prefix_ + std::string(recent_key), std::move(recent)});
  ids_.take_writes(prefix_ + std::string(ids_key), out);
}

bool redelivery::load(std::string_view key, std::string_view value) {
  if (key == recent_key) return load_recent(value);
  return key.substr(0, ids_key.size()) == ids_key && ids_.load(key.substr(ids_key.size()), value);
}

bool redelivery::load_recent(std::string_view value) {
  byte_reader in(value);
  saved_ = in.number<std::uint64_t>();
  session_begin_ = in.number<std::uint64_t>();
  reconnected_at_ = in.number<std::uint64_t>();
  count_ = in.number<std::uint64_t>();
  first_unsaved_ = 0;
  contents_.clear(), entries_.clear();
  next_ = 0;
  while (in.ok() && !in.at_end()) {
    const auto content = in.number<std::uint64_t>(), topic = in.number<std::uint64_t>();
    add_recent(content, {topic, in.number<std::uint16_t>()});
  }
  return in.ok() && contents_.size() <= count_ && session_begin_ <= count_ && reconnected_at_ <= count_;
}

} // namespace sluice
