// Any bytes from an MQTT server: read packet by packet, in both versions, they are packets or a failure that
// says what and where; what is read lies inside the bytes; and an end that is cut off is never taken for one.
// A session that reads them in one piece and one that gets them in pieces hand over and answer the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "actors/client/mqtt/session.hpp"

namespace {

using namespace sluice::packets;

void want(bool holds) {
  if (!holds) std::abort();
}

bool inside(std::string_view part, std::string_view all) {
  return part.empty() || (part.data() >= all.data() && part.data() + part.size() <= all.data() + all.size());
}

template <class T> bool good(const decoded<T>& read, const frame& from) {
  if (read) return true;
  const auto& bad = read.error();
  want(bad.code >= 0x80 && bad.at <= from.body.size() && !bad.text().empty());
  return false;
}

void read(const frame& from, int protocol) {
  switch (from.type) {
  case kind::connack:
    if (const auto c = read_connack(from, protocol); good(c, from))
      want(inside(c->reason, from.body) && c->maximum_qos <= 2);
    break;
  case kind::publish:
    if (const auto p = read_publish(from, protocol); good(p, from)) {
      want(inside(p->topic, from.body) && inside(p->payload, from.body) && is_text(p->topic));
      want((p->qos == 0) == (p->packet_id == 0) && p->qos <= 2 && !(p->topic.empty() && p->topic_alias == 0));
      bool any = false;
      for_each_user_property(p->properties, [&](std::string_view key, std::string_view value) {
        want(inside(key, p->properties) && inside(value, p->properties) && is_text(key) && is_text(value));
        any = true;
      });
      want(any == p->has_user_properties);
    }
    break;
  case kind::suback:
  case kind::unsuback:
    if (const auto g = read_granted(from, protocol); good(g, from)) want(inside(g->codes, from.body));
    break;
  case kind::disconnect:
    if (const auto f = read_farewell(from); good(f, from)) want(inside(f->reason, from.body));
    break;
  case kind::pingresp:
    good(read_pingresp(from), from);
    break;
  default:
    if (const auto a = read_acknowledgement(from, protocol); good(a, from)) want(a->packet_id != 0);
  }
}

// What a session that published and subscribed makes of `all`, read in pieces of `piece` bytes.
std::string heard(std::string_view all, int protocol, std::size_t piece) {
  sluice::mqtt_connection_options options;
  options.receive_maximum = 65535; // how much is unacknowledged depends on the pieces
  session one(options, protocol, {});
  happenings seen;
  const std::string_view hello(protocol == 5 ? "\x20\3\0\0\0" : "\x20\2\0\0", protocol);
  want(one.take(hello, 1, seen) && one.connected());
  one.subscribe({{"a", 1, 1}, {"b", 0, 1}});
  for (std::uint64_t token = 1; token <= 6; ++token)
    want(one.publish({"t", "x", static_cast<int>(token % 3)}, token).has_value());
  std::string told;
  std::size_t have = 0;
  for (auto left = all; !left.empty() && !seen.farewell;) {
    have = std::min(left.size(), have + piece);
    const auto used = one.take(left.substr(0, have), 4, seen);
    for (const auto& m : one.messages()) {
      want(m.topic.size() <= 65535 && (m.qos == 0) == (m.packet_id == 0));
      if (m.release) told += "released " + std::to_string(m.packet_id);
      told.append(m.topic).append("=").append(m.payload).append(";");
      for (const auto& [key, value] : m.user_properties) told.append(key).append(value);
    }
    one.acknowledge();
    if (!used) return told + used.error().text();
    left.remove_prefix(*used), have -= *used;
    if (*used == 0 && have == left.size()) break;
  }
  for (const auto& end : seen.ended) told += std::to_string(end.token) + ":" + std::to_string(end.code) + ";";
  if (seen.subscribed) told += *seen.subscribed ? "granted" : seen.subscribed->error().text;
  return told + std::to_string(one.output().size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  for (const int protocol : {4, 5}) {
    auto left = all;
    for (;;) {
      std::size_t wanted = 0;
      const auto found = next_frame(left, protocol, 100'000, wanted);
      if (!found || !*found) {
        want(!found || wanted > left.size());
        break;
      }
      const auto& one = **found;
      want(one.size <= left.size() && inside(one.body, left) && one.size >= one.body.size() + 2);
      const auto cut = next_frame(left.substr(0, one.size - 1), protocol, 100'000, wanted);
      want(cut && !*cut && wanted <= one.size);
      read(one, protocol);
      left.remove_prefix(one.size);
    }
    // In pieces: a batch ends elsewhere, and that is all.
    want(heard(all, protocol, all.size() + 1) == heard(all, protocol, 3));
  }
  return 0;
}
