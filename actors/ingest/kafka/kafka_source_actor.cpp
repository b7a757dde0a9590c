#include "actors/ingest/kafka/kafka_source_actor.hpp"

#include <algorithm>
#include <charconv>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include "messages/actor_guard.hpp"
#include "messages/exit_codes.hpp"
#include "messages/health.hpp"

namespace sluice {

namespace {

using self_ptr = source_actor::stateful_pointer<kafka_source_state>;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::uint64_t most_ahead = 64u << 20; // bytes of records that are in the journal and not applied
constexpr std::size_t most_records = 1024;      // of one append
constexpr milliseconds ahead_pause{5}, room_pause{1000};
constexpr milliseconds poll_wait{50}; // the mailbox is looked at in between
constexpr milliseconds budget{50};    // likewise
constexpr milliseconds tell_every{1000};
constexpr milliseconds reach_wait{250};
constexpr int most_tries = 3; // at reading the journal, which may be trimmed meanwhile

void note(kafka_source_state& s, control_kind kind) {
  control record;
  record.kind = kind;
  record.name = s.config.name;
  if (auto done = s.config.log->append(record); !done) exit_now(exit_storage, done.error().text.c_str());
  s.up = kind == control_kind::source_up;
}

// Behind the last record of each partition: the state knows what is applied, the journal what is not.
outcome<kafka_offsets> positions(const kafka_source_config& c) {
  kafka_offsets known;
  const auto applied = c.state->applied();
  const auto prefix = kafka_positions_prefix(c.name);
  c.state->scan(state_family::source, prefix, [&](std::string_view key, std::string_view value) {
    load_kafka_position(key.substr(prefix.size()), value, known);
    return true;
  });
  const auto rest = c.log->read(applied + 1);
  for (;;) {
    const auto kind = rest->next();
    if (!kind) return tl::unexpected(kind.error());
    if (*kind == journal::cursor::kind::none) return known;
    if (*kind != journal::cursor::kind::message || rest->source() != c.name) continue;
    if (const auto at = kafka_position_of(rest->message())) {
      auto& next = known[{std::string(kafka_topic_of(rest->message().topic)), at->partition}];
      next = std::max(next, at->offset + 1);
    }
  }
}

void schedule(self_ptr self, milliseconds in) {
  auto& s = self->state;
  if (s.scheduled || s.stopping) return;
  s.scheduled = true;
  if (in.count() == 0)
    self->send(self, beat_atom_v);
  else
    self->delayed_send(self, in, beat_atom_v);
}

bool far_ahead(kafka_source_state& s) {
  const auto applied = s.config.state->applied();
  while (!s.ahead.empty() && s.ahead.front().first <= applied) {
    s.ahead_bytes -= s.ahead.front().second;
    s.ahead.pop_front();
  }
  return s.ahead_bytes >= most_ahead;
}

std::vector<kafka_place> assigned(kafka_source_state& s, const std::vector<kafka_assigned>& all) {
  std::vector<kafka_place> read;
  s.mine.clear();
  s.stopped.clear();
  for (const auto& p : all) {
    const std::pair where{p.topic, p.partition};
    const auto stored = s.next.find(where);
    const auto later = s.next.lower_bound({p.topic, 0});
    const bool known = later != s.next.end() && later->first.first == p.topic;
    const auto from =
        begin_at(stored == s.next.end() ? std::nullopt : std::optional(stored->second), p.committed, known,
                 p.first, p.end, s.config.options.offset_reset, s.config.options.on_gap);
    if (const auto* offset = std::get_if<std::int64_t>(&from)) {
      if (stored != s.next.end() && *offset > stored->second)
        spdlog::warn("source.{}: {}[{}] goes on at offset {}, and we had read up to {}", s.config.name,
                     p.topic, p.partition, *offset, stored->second);
      s.mine[where];
      s.next[where] = *offset;
      s.committed[where] = p.committed.value_or(-1);
      read.push_back({p.topic, p.partition, *offset});
    } else {
      s.stopped[where] = std::get<std::string>(from);
      spdlog::error("source.{}: {}[{}] is not read: {}", s.config.name, p.topic, p.partition,
                    s.stopped[where]);
    }
  }
  s.joined = true;
  return read;
}

// What the group was not told yet, of the partitions that are ours.
std::vector<kafka_place> untold(kafka_source_state& s) {
  std::vector<kafka_place> all;
  for (const auto& [where, nothing] : s.mine) {
    const auto next = s.next[where];
    if (s.committed[where] == next) continue;
    s.committed[where] = next;
    all.push_back({where.first, where.second, next});
  }
  return all;
}

void leave(kafka_source_state& s) {
  s.consumer.reset(); // commits by the revocation
  s.joined = false;
  s.mine.clear();
  if (s.up) note(s, control_kind::source_down);
}

void end(self_ptr self, const error& why) {
  leave(self->state);
  self->quit(caf::make_error(why.code, why.text));
}

// False: it cannot be made, and the actor ends.
bool open(self_ptr self) {
  auto& s = self->state;
  auto known = positions(s.config);
  for (int n = 1; !known && n < most_tries; ++n) known = positions(s.config);
  if (!known) exit_now(exit_storage, known.error().text.c_str());
  s.next = std::move(*known);
  const auto& o = s.config.options;
  kafka_consumer_calls calls;
  calls.assigned = [&s](const std::vector<kafka_assigned>& all) { return assigned(s, all); };
  calls.revoked = [&s](const std::vector<kafka_place>&) {
    auto last = untold(s);
    s.mine.clear();
    s.joined = false;
    return last;
  };
  auto made = kafka_consumer::make(o.connection, {{"group.id", o.group}, {"group.instance.id", o.instance}},
                                   o.subscriptions(), std::move(calls));
  if (!made) return end(self, made.error()), false;
  s.consumer = std::move(*made);
  s.phase = "joining";
  return true;
}

std::string_view number(std::array<char, 21>& room, std::int64_t value) {
  const auto end = std::to_chars(room.data(), room.data() + room.size(), value);
  return {room.data(), static_cast<std::size_t>(end.ptr - room.data())};
}

// As the journal takes it; see kafka_position.hpp. `in` points into `room` and the consumer's record.
std::uint64_t put(const kafka_source_state& s, const kafka_message& m, kafka_source_state::record_room& room,
                  message_in& in) {
  room.topic = m.topic;
  if (m.has_key && s.config.options.wants_key(m.topic)) room.topic.append("/").append(m.key);
  auto& properties = room.properties;
  properties.clear();
  properties.emplace_back(kafka_partition_property, number(room.numbers[0], m.partition));
  properties.emplace_back(kafka_offset_property, number(room.numbers[1], m.offset));
  if (m.time_ms >= 0) properties.emplace_back(kafka_time_property, number(room.numbers[2], m.time_ms));
  if (m.has_key) properties.emplace_back(kafka_key_property, m.key);
  properties.insert(properties.end(), m.headers.begin(), m.headers.end());
  in.topic = room.topic;
  in.payload = m.payload.substr(0, s.config.options.max_message);
  in.truncated = m.payload.size() > s.config.options.max_message;
  in.qos = 1;
  in.user_properties = properties;
  return in.payload.size() + room.topic.size() + m.key.size() + 160 + 48 * m.headers.size();
}

void append(kafka_source_state& s, std::span<const kafka_message> got) {
  if (s.rooms.size() < got.size()) s.rooms.resize(got.size());
  s.records.clear();
  std::uint64_t bytes = 0;
  std::pair<const std::pair<std::string, std::int32_t>, std::int64_t>* last = nullptr;
  for (const auto& m : got) {
    if (last == nullptr || last->first.second != m.partition || last->first.first != m.topic)
      last = &*s.next.try_emplace({std::string(m.topic), m.partition}).first;
    if (m.offset < last->second) { // the library reads again what it had
      ++s.repeated;
      continue;
    }
    last->second = m.offset + 1;
    auto& in = s.records.emplace_back();
    bytes += put(s, m, s.rooms[s.records.size() - 1], in);
  }
  if (s.records.empty()) return;
  const auto done = s.config.log->append(s.config.name, s.records);
  if (!done) exit_now(exit_storage, done.error().text.c_str());
  s.messages += s.records.size();
  s.ahead.emplace_back(*done, bytes);
  s.ahead_bytes += bytes;
  s.last_ms = s.config.clock->now_ms();
}

void tell_group(kafka_source_state& s) {
  if (steady_clock::now() - s.told < tell_every) return;
  s.told = steady_clock::now();
  s.consumer->commit(untold(s));
}

// Whether brokers are there, as far as it shows; SOURCE_UP and SOURCE_DOWN follow it.
void look_at_brokers(kafka_source_state& s) {
  if (s.consumer->all_down()) {
    if (s.up) note(s, control_kind::source_down);
    s.phase = "connecting";
    if (steady_clock::now() - s.asked < tell_every) return;
    s.asked = steady_clock::now();
    if (!s.consumer->reachable(reach_wait)) return;
  }
  s.phase = s.joined ? "connected" : "joining";
  if (s.joined && !s.up) note(s, control_kind::source_up);
}

void work(self_ptr self) {
  auto& s = self->state;
  if (s.stopping || s.phase == "fenced") return;
  if (s.config.quota && s.config.quota->sources_must_disconnect()) {
    leave(s);
    s.phase = "waiting_for_room";
    return schedule(self, room_pause);
  }
  if (!s.consumer && !open(self)) return;
  for (const auto until = steady_clock::now() + budget; steady_clock::now() < until;) {
    if (far_ahead(s)) return schedule(self, ahead_pause);
    const auto got = s.consumer->poll(poll_wait, most_records);
    if (s.joined && !s.up && !s.consumer->all_down()) note(s, control_kind::source_up);
    append(s, got);
    if (s.consumer->broken() || got.empty()) break;
  }
  if (s.consumer->fenced()) {
    spdlog::error("source.{}: another process has joined group {} as instance {}", s.config.name,
                  s.config.options.group, s.config.options.instance);
    leave(s);
    s.phase = "fenced";
    return;
  }
  if (s.consumer->broken()) return end(self, *s.consumer->broken());
  tell_group(s);
  look_at_brokers(s);
  schedule(self, milliseconds(0));
}

std::string reason_of(const kafka_source_state& s) {
  if (s.phase == "fenced")
    return "another process has joined group " + s.config.options.group + " as instance " +
           s.config.options.instance + ": each needs an `instance` of its own";
  if (!s.stopped.empty()) {
    const auto& [where, why] = *s.stopped.begin();
    return where.first + "[" + std::to_string(where.second) + "]: " + why +
           (s.stopped.size() > 1 ? " (and " + std::to_string(s.stopped.size() - 1) + " more partitions)"
                                 : "");
  }
  return s.consumer ? s.consumer->trouble() : "";
}

status_ptr status_of(kafka_source_state& s) {
  auto status = std::make_shared<component_status>();
  status->state = s.phase;
  status->reason = reason_of(s);
  std::int64_t lag = 0;
  for (const auto& [where, nothing] : s.mine)
    if (const auto end = s.consumer ? s.consumer->end_of(where.first, where.second) : std::nullopt)
      lag += std::max<std::int64_t>(0, *end - s.next[where]);
  status->with("messages", s.messages).with("partitions", s.mine.size()).with("stopped", s.stopped.size());
  status->with("lag", lag).with("repeated", s.repeated);
  if (s.last_ms != 0)
    status->with("last_event_age_s", static_cast<double>(s.config.clock->now_ms() - s.last_ms) / 1000.0);
  if (s.phase != "connected" || !status->reason.empty()) status->level = health_level::degraded;
  if (s.phase == "fenced" || !s.stopped.empty()) status->level = health_level::failed;
  return status;
}

} // namespace

kafka_source_state::~kafka_source_state() {
  consumer.reset();
  if (up) note(*this, control_kind::source_down);
}

source_actor::behavior_type run_kafka_source(self_ptr self, kafka_source_config config) {
  auto& s = self->state;
  s.config = std::move(config);
  guard(self);
  schedule(self, milliseconds(0));
  return {
      [self](status_atom) { return status_of(self->state); },
      [self](stop_atom) {
        auto& s = self->state;
        busy mark(s.config.slot);
        s.stopping = true;
        leave(s);
        self->quit();
      },
      [self](wake_atom) {
        if (!self->state.scheduled) schedule(self, milliseconds(0));
      },
      [self](beat_atom) {
        auto& s = self->state;
        busy mark(s.config.slot);
        s.scheduled = false;
        work(self);
      },
      [](event_atom, const std::string&, const caf::error&) {},
  };
}

} // namespace sluice
