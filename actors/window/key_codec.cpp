#include "actors/window/key_codec.hpp"

#include <algorithm>

#include "actors/window/state_codec.hpp"
#include "messages/batch.hpp"

namespace sluice {

namespace {

constexpr std::uint8_t version = 1;

} // namespace

std::string key_row(std::string_view pipeline, std::uint64_t hash, std::string_view id) {
  std::string out;
  out.reserve(pipeline.size() + id.size() + 11); // room for the number of a pane too
  out += pipeline;
  out += '\0';
  out += static_cast<char>(key_slot(hash));
  out += id;
  out += '\0';
  return out;
}

std::optional<parsed_row> parse_row(std::string_view pipeline, std::string_view key) {
  const auto head = pipeline.size() + 2;
  if (key.size() <= head || key.substr(0, pipeline.size()) != pipeline || key[pipeline.size()] != '\0')
    return {};
  const auto end = key.find('\0', head);
  if (end == key.npos || end - head > 255) return {};
  return parsed_row{key.substr(head, end - head), key.substr(end + 1)};
}

std::string pane_key(std::string_view row, std::int64_t index) {
  return window_key(row, index);
}

std::optional<std::int64_t> row_index(std::string_view row, std::string_view key) {
  if (key.size() != row.size() + 8 || key.substr(0, row.size()) != row) return {};
  std::uint64_t sorted = 0;
  for (const char c : key.substr(row.size())) sorted = sorted << 8 | static_cast<unsigned char>(c);
  return static_cast<std::int64_t>(sorted ^ 1ull << 63);
}

std::string common_prefix(std::string_view row, std::int64_t low, std::int64_t high) {
  auto a = pane_key(row, low);
  const auto b = pane_key(row, high);
  a.erase(std::mismatch(a.begin(), a.end(), b.begin()).first, a.end());
  return a;
}

void encode_pane(std::string& out, const pane& p, const aggregates& stats) {
  put(out, version, p.revision, p.events, static_cast<std::uint16_t>(stats.words()));
  stats.save(out, p.words());
}

std::string encode_pane(const pane& p, const aggregates& stats) {
  std::string out;
  out.reserve(16 + 8 * stats.words());
  encode_pane(out, p, stats);
  return out;
}

bool decode_pane(pane& p, state_input& in, const aggregates& stats) {
  const auto v = in.get<std::uint8_t>();
  p.revision = in.get<std::uint32_t>();
  p.events = in.get<std::uint64_t>();
  if (in.get<std::uint16_t>() != stats.words() || !in.ok || v != version) return false;
  return stats.restore(p.words(), in.left);
}

bool decode_pane(pane& p, std::string_view value, const aggregates& stats) {
  state_input in{value};
  return decode_pane(p, in, stats) && in.left.empty();
}

namespace {

constexpr std::uint8_t is_quarantined = 1, is_behind = 2, has_extra = 4, has_total = 8, has_memory = 16,
                       has_lane = 32, is_rebuilt = 64;

void put_whole(std::string& out, const pane& p, const aggregates& stats) {
  put(out, p.index, p.start, p.end);
  encode_pane(out, p, stats);
}

using pane_maker = std::function<pane*(std::int64_t, std::int64_t, std::int64_t)>;

// Null when the bytes are damaged.
pane* get_whole(state_input& in, const aggregates& stats, const pane_maker& make, bool& ok) {
  const auto index = in.get<std::int64_t>(), start = in.get<std::int64_t>(), end = in.get<std::int64_t>();
  if (!in.ok) return ok = false, nullptr;
  auto* p = make(index, start, end);
  ok = decode_pane(*p, in, stats);
  return p;
}

} // namespace

std::string encode_key(const keyed_state& k, const aggregates& stats, const steps& steps,
                       std::span<const pane_ref> inside) {
  std::string out;
  out.reserve(72 + (40 + 8 * stats.words()) * (inside.size() + (k.total != nullptr ? 1 : 0)));
  const auto flags = static_cast<std::uint8_t>(
      (k.quarantined ? is_quarantined : 0) | (k.behind ? is_behind : 0) | (k.extra ? has_extra : 0) |
      (k.total != nullptr ? has_total : 0) | (k.extra && k.extra->memory ? has_memory : 0) |
      (k.lane != 0 ? has_lane : 0) | (k.revision_base != 0 ? is_rebuilt : 0));
  put(out, version, flags, k.high, k.idle_closed, k.received, k.stored_low, k.stored_high, k.closed_end,
      k.number);
  if (k.lane != 0) put(out, k.lane);
  if (k.revision_base != 0) put(out, k.revision_base, k.rebuilt_to);
  if (k.extra) encode_extra(out, *k.extra);
  if (k.extra && k.extra->memory) encode_memory(out, *k.extra->memory, steps);
  put(out, static_cast<std::uint32_t>(k.marked.size()));
  for (const auto first : k.marked) put(out, first);
  if (k.total != nullptr) put_whole(out, *k.total, stats);
  put(out, static_cast<std::uint32_t>(inside.size()));
  for (const auto& p : inside) put_whole(out, *p.what, stats);
  return out;
}

bool decode_key(keyed_state& k, std::string_view value, const aggregates& stats, const steps& steps,
                const pane_maker& make) {
  state_input in{value};
  if (in.get<std::uint8_t>() != version) return false;
  const auto flags = in.get<std::uint8_t>();
  k.quarantined = (flags & is_quarantined) != 0, k.behind = (flags & is_behind) != 0;
  for (auto* v : {&k.high, &k.idle_closed, &k.received, &k.stored_low, &k.stored_high, &k.closed_end})
    *v = in.get<std::int64_t>();
  k.number = in.get<std::uint64_t>();
  if ((flags & has_lane) != 0) k.lane = in.get<std::uint16_t>();
  if ((flags & is_rebuilt) != 0)
    k.revision_base = in.get<std::uint32_t>(), k.rebuilt_to = in.get<std::int64_t>();
  k.readable_low = k.stored_low, k.readable_high = k.stored_high;
  if ((flags & has_extra) != 0) {
    k.extra = std::make_unique<device_extra>();
    if (!decode_extra(in, *k.extra)) return false;
  }
  if ((flags & has_memory) != 0 && (!k.extra || !decode_memory(in, k.extra->memory, steps))) return false;
  for (auto left = in.get<std::uint32_t>(); left > 0 && in.ok; --left)
    k.marked.push_back(in.get<std::int64_t>());
  if (!in.ok || !std::is_sorted(k.marked.begin(), k.marked.end())) return false;
  bool ok = true;
  if ((flags & has_total) != 0) k.total = get_whole(in, stats, make, ok);
  for (auto left = in.get<std::uint32_t>(); ok && in.ok && left > 0; --left)
    if (auto* p = get_whole(in, stats, make, ok)) {
      p->dirty = true; // it has no row of its own yet
      k.dirty.push_back(p->index);
      k.panes.push_back(p);
    }
  const auto order = [](const pane_ref& a, const pane_ref& b) {
    return a.index < b.index || a->start < b->start;
  };
  return ok && in.ok && in.left.empty() && std::is_sorted(k.panes.begin(), k.panes.end(), order);
}

} // namespace sluice
