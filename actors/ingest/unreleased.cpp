#include "actors/ingest/unreleased.hpp"

#include <algorithm>
#include <charconv>

#include "actors/store/bytes.hpp"

namespace sluice {

namespace {

constexpr std::uint64_t long_ago = 1; // before every record that is still to come

} // namespace

control to_control(std::string_view source, std::uint8_t connection,
                   std::span<const std::uint16_t> released) {
  control record;
  record.kind = control_kind::pubrel;
  record.value = connection;
  record.name = source;
  for (const auto id : released) record.name += ' ' + std::to_string(id);
  return record;
}

std::string_view released_source(const control& record) noexcept {
  const std::string_view name(record.name);
  return name.substr(0, name.find(' '));
}

std::vector<std::uint16_t> released_ids(const control& record) {
  std::vector<std::uint16_t> ids;
  if (record.kind != control_kind::pubrel) return ids;
  const char* const end = record.name.data() + record.name.size();
  for (const char* at = record.name.data() + released_source(record).size(); at != end;) {
    std::uint16_t id = 0;
    const auto read = std::from_chars(at + 1, end, id);
    if (*at != ' ' || read.ec != std::errc()) break;
    ids.push_back(id);
    at = read.ptr;
  }
  return ids;
}

bool unreleased_ids::receive(const message_out& m, std::uint64_t content) {
  if (!m.dup && m.packet_id > (shared_ ? maximum_ : std::min(maximum_, ids_.size() + 1))) in_turn_ = true;
  const auto [at, fresh] = ids_.try_emplace(m.packet_id);
  auto& known = at->second;
  const bool again = known.released_at == 0 || (m.dup && in_turn_);
  if (!fresh && again && known.content == content) return true;
  known = {content, m.dup ? 0 : m.sequence, 0};
  changed_ = true;
  return false;
}

void unreleased_ids::release(std::uint16_t packet_id, std::uint64_t sequence) {
  const auto at = ids_.find(packet_id);
  if (at == ids_.end()) return;
  // What is under way again after a reconnect comes before what is new: the first copy of a new message was
  // sent when the broker had sent again all that it still knew.
  if (at->second.released_at == 0 && at->second.first_at > connected_at_) forget_before(at->second.first_at);
  at->second.released_at = sequence;
  releases_.emplace_back(sequence, packet_id);
  // An id that is released again, or used again, leaves one behind.
  if (releases_.size() > 2 * ids_.size() + 64)
    std::erase_if(releases_, [this](const auto& r) {
      const auto known = ids_.find(r.second);
      return known == ids_.end() || known->second.released_at != r.first;
    });
  changed_ = true;
}

void unreleased_ids::share_ids() noexcept {
  changed_ |= !shared_ && !ids_.empty();
  shared_ = true;
}

void unreleased_ids::forget_before(std::uint64_t sequence) {
  for (; !releases_.empty() && releases_.front().first < sequence; releases_.pop_front()) {
    const auto [released_at, id] = releases_.front();
    const auto at = ids_.find(id);
    if (at != ids_.end() && at->second.released_at == released_at) ids_.erase(at);
  }
}

void unreleased_ids::connected(std::uint64_t sequence, bool session_present) noexcept {
  connected_at_ = sequence;
  if (session_present) return;
  changed_ |= !ids_.empty();
  ids_.clear();
  releases_.clear();
  in_turn_ = shared_ = false;
}

void unreleased_ids::take_writes(std::vector<state_write>& out) {
  if (!changed_) return;
  state_write write{state_family::source, key_, std::nullopt};
  if (!ids_.empty()) {
    byte_writer to(write.value.emplace());
    to.number(static_cast<std::uint16_t>((in_turn_ ? 1 : 0) | (shared_ ? 2 : 0)));
    for (const auto& [id, known] : ids_)
      to.number(id).number(known.content).number(static_cast<std::uint8_t>(known.released_at != 0));
  }
  out.push_back(std::move(write));
  changed_ = false;
}

bool unreleased_ids::load(std::string_view saved) {
  ids_.clear();
  releases_.clear();
  changed_ = false;
  byte_reader in(saved);
  const auto broker = in.number<std::uint16_t>();
  in_turn_ = (broker & 1) != 0, shared_ = (broker & 2) != 0;
  while (in.ok() && !in.at_end()) {
    const auto id = in.number<std::uint16_t>();
    const auto content = in.number<std::uint64_t>();
    const std::uint64_t released_at = in.number<std::uint8_t>() != 0 ? long_ago : 0;
    ids_[id] = {content, 0, released_at};
    if (released_at != 0) releases_.emplace_back(released_at, id);
  }
  return in.ok();
}

} // namespace sluice
