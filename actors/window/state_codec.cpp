#include "actors/window/state_codec.hpp"

#include <bit>
#include <vector>

#include "messages/batch.hpp"

namespace sluice {

namespace {

constexpr std::uint8_t version = 1;
constexpr std::uint8_t has_extra = 1, is_quarantined = 2, has_memory = 4, has_lane = 8;

void put_window(std::string& out, const window_record& w, const aggregates& stats) {
  put<std::uint32_t>(out, w.revision);
  put<std::uint16_t>(out, static_cast<std::uint16_t>(stats.words()));
  stats.save(out, w.words());
}

bool get_window(state_input& in, window_record& w, const aggregates& stats) {
  w.revision = in.get<std::uint32_t>() & 0x7ffffff;
  if (in.get<std::uint16_t>() != stats.words() || !in.ok) return false;
  return stats.restore(w.words(), in.left);
}

tl::unexpected<error> damaged(std::string_view what, std::string_view id) {
  return fail(ec::corrupt, "stored state of " + std::string(what) + " " + std::string(id) +
                               " is damaged (got other bytes than were written, want version 1)");
}

} // namespace

std::string pipeline_prefix(std::string_view pipeline) {
  std::string out(pipeline);
  out += '\0';
  return out;
}

std::string slot_prefix(std::string_view pipeline, unsigned slot) {
  auto out = pipeline_prefix(pipeline);
  out += static_cast<char>(slot);
  return out;
}

std::string device_key(std::string_view pipeline, std::string_view device) {
  std::string out;
  out.reserve(pipeline.size() + device.size() + 11); // room for a window's start too
  out += pipeline;
  out += '\0';
  out += static_cast<char>(key_slot(device_hash(device)));
  out += device;
  out += '\0';
  return out;
}

std::string window_key(std::string_view device_key, std::int64_t start) {
  std::string out;
  out.reserve(device_key.size() + 8);
  out += device_key;
  const auto sorted = static_cast<std::uint64_t>(start) ^ 1ull << 63;
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(sorted >> shift);
  return out;
}

std::optional<parsed_key> parse_key(std::string_view pipeline, std::string_view key) {
  const auto head = pipeline.size() + 2;
  if (key.size() <= head || key.substr(0, pipeline.size()) != pipeline || key[pipeline.size()] != '\0')
    return {};
  const auto end = key.find('\0', head);
  if (end == key.npos) return {};
  parsed_key out{key.substr(head, end - head), {}};
  const auto rest = key.substr(end + 1);
  if (rest.empty()) return out;
  if (rest.size() != 8) return {};
  std::uint64_t sorted = 0;
  for (const char c : rest) sorted = sorted << 8 | static_cast<unsigned char>(c);
  out.start = static_cast<std::int64_t>(sorted ^ 1ull << 63);
  return out;
}

void encode_extra(std::string& out, const device_extra& x) {
  put(out, x.sequences.forgotten_below());
  put(out, x.sequences.highest_time());
  put(out, static_cast<std::uint8_t>(x.sequences.ranges().size()));
  for (const auto& r : x.sequences.ranges()) put(out, r.first), put(out, r.last);
  put(out, static_cast<std::uint8_t>(x.failed ? x.failed->count : 0));
  if (x.failed)
    for (std::uint32_t i = 0; i < x.failed->count; ++i) put(out, x.failed->at[i]);
}

bool decode_extra(state_input& in, device_extra& x) {
  const auto forgotten = in.get<std::uint64_t>();
  const auto highest = in.get<std::int64_t>();
  std::vector<sequence_set::range> ranges(in.get<std::uint8_t>());
  for (auto& r : ranges) r.first = in.get<std::uint64_t>(), r.last = in.get<std::uint64_t>();
  if (!in.ok || !x.sequences.restore(ranges, forgotten, highest)) return false;
  const auto count = in.get<std::uint8_t>();
  if (count == 0) return in.ok;
  x.failed = std::make_unique<apply_errors>();
  if (count > x.failed->at.size()) return false;
  x.failed->count = count;
  for (std::uint32_t i = 0; i < count; ++i) x.failed->at[i] = in.get<std::int64_t>();
  return in.ok;
}

void encode_memory(std::string& out, const step_memory& memory, const steps& steps) {
  std::string bytes;
  steps.save(memory, bytes);
  put(out, static_cast<std::uint32_t>(bytes.size()));
  out += bytes;
}

bool decode_memory(state_input& in, std::unique_ptr<step_memory>& memory, const steps& steps) {
  const auto bytes = in.bytes(in.get<std::uint32_t>());
  memory = steps.make_memory();
  return in.ok && (memory == nullptr || steps.restore(*memory, bytes));
}

std::string encode_device(device_table& table, std::uint32_t device, const aggregates* stats,
                          const steps& steps) {
  const auto& d = table.at(device);
  const auto lane = table.lane(device);
  std::string out;
  out.reserve(64 + d.open * (16 + (stats != nullptr ? 8 * stats->words() : 0)));
  const auto* extra = table.extra_of(d);
  put(out, version);
  const auto* memory = extra != nullptr ? extra->memory.get() : nullptr;
  put(out,
      static_cast<std::uint8_t>((extra != nullptr ? has_extra : 0) | (d.quarantined ? is_quarantined : 0) |
                                (memory != nullptr ? has_memory : 0) | (lane != 0 ? has_lane : 0)));
  if (lane != 0) put(out, lane);
  put(out, d.kept);
  put(out, d.high);
  put(out, d.idle_closed);
  put(out, d.received);
  if (extra != nullptr) encode_extra(out, *extra);
  if (memory != nullptr) encode_memory(out, *memory, steps);
  put(out, d.open);
  for (auto w = d.first; w != no_record && table.window(w).open; w = table.window(w).next) {
    put(out, table.window(w).start);
    put_window(out, table.window(w), *stats);
  }
  return out;
}

outcome<void> decode_device(device_table& table, std::uint32_t device, std::string_view value,
                            const aggregates* stats, const steps& steps) {
  auto& d = table.at(device);
  const auto bad = [&] { return damaged("device", d.id.view()); };
  state_input in{value};
  if (in.get<std::uint8_t>() != version) return bad();
  const auto flags = in.get<std::uint8_t>();
  if ((flags & has_lane) != 0) table.add_lane(device, in.get<std::uint16_t>());
  d.kept = in.get<std::uint32_t>();
  d.high = in.get<std::int64_t>();
  d.idle_closed = in.get<std::int64_t>();
  d.received = in.get<std::int64_t>();
  d.quarantined = (flags & is_quarantined) != 0;
  if ((flags & has_extra) != 0 && !decode_extra(in, table.extra(d))) return bad();
  if ((flags & has_memory) != 0 && !decode_memory(in, table.extra(d).memory, steps)) return bad();
  const auto open = in.get<std::uint16_t>();
  if (!in.ok || (open > 0 && stats == nullptr)) return bad();
  for (unsigned i = 0; i < open; ++i) {
    const auto start = in.get<std::int64_t>();
    if (!in.ok || table.find_window(d, start) != no_record) return bad();
    const auto w = table.make_window(start);
    table.link(d, w);
    table.window(w).open = 1;
    ++d.open;
    if (!get_window(in, table.window(w), *stats)) return bad();
  }
  return in.left.empty() ? outcome<void>() : bad();
}

std::string encode_window(const window_record& w, const aggregates& stats) {
  std::string out;
  out.reserve(8 + 8 * stats.words());
  put(out, version);
  put_window(out, w, stats);
  return out;
}

outcome<std::uint32_t> decode_window(device_table& table, std::int64_t start, std::string_view value,
                                     const aggregates& stats) {
  state_input in{value};
  const bool known = in.get<std::uint8_t>() == version;
  const auto w = table.make_window(start);
  table.window(w).stored = 1;
  if (known && get_window(in, table.window(w), stats) && in.left.empty()) return w;
  table.free_window(w);
  return damaged("a window that starts at", std::to_string(start));
}

} // namespace sluice
