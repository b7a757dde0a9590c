#include "actors/ingest/sequence_gate.hpp"

#include "actors/store/bytes.hpp"

namespace sluice {

namespace {

constexpr std::uint8_t version = 1;
constexpr std::int64_t sweep_every_ms = 3'600'000;

} // namespace

sequence_gate::sequence_gate(const std::string& source, std::chrono::milliseconds forget)
    : prefix_("sequence|" + source + "|"), forget_ms_(forget.count()) {}

sequence_gate::verdict sequence_gate::judge(std::string_view device, std::uint64_t number,
                                            std::int64_t time_ms, std::int64_t received_ms, bool arrival,
                                            bool check_duplicates) {
  auto found = devices_.find(device);
  if (found == devices_.end()) found = devices_.emplace(std::string(device), entry{}).first;
  auto& e = found->second;
  if (subtract_ms(received_ms, e.received_ms) >= forget_ms_) e.set = sequence_set();
  e.received_ms = received_ms;
  if (!e.dirty) {
    e.dirty = true;
    dirty_.push_back(found->first);
  }
  verdict out{e.set.judge(number, time_ms, arrival), e.set.forgotten_below()};
  switch (out.what) {
  case sequence_verdict::duplicate:
    if (!check_duplicates) out.what = sequence_verdict::fresh; // it is in the set already
    break;
  case sequence_verdict::too_old:
    break;
  case sequence_verdict::fresh:
  case sequence_verdict::restarted:
    e.set.reserve();
    e.set.insert(number, time_ms, out.what == sequence_verdict::restarted);
    break;
  }
  return out;
}

void sequence_gate::tick(std::int64_t now_ms) {
  if (subtract_ms(now_ms, swept_ms_) < sweep_every_ms) return;
  swept_ms_ = now_ms;
  std::erase_if(devices_, [&](const auto& device) {
    if (subtract_ms(now_ms, device.second.received_ms) < forget_ms_) return false;
    erased_.push_back(device.first);
    return true;
  });
}

void sequence_gate::clear() {
  for (const auto& [device, entry] : devices_) erased_.push_back(device);
  devices_.clear();
}

std::string sequence_gate::encode(const entry& e) {
  std::string out;
  byte_writer to(out);
  to.number(version).number(e.received_ms).number(e.set.forgotten_below()).number(e.set.highest_time());
  to.number(static_cast<std::uint8_t>(e.set.ranges().size()));
  for (const auto& r : e.set.ranges()) to.number(r.first).number(r.last);
  return out;
}

bool sequence_gate::decode(std::string_view bytes, entry& into) {
  byte_reader in(bytes);
  if (in.number<std::uint8_t>() != version) return false;
  into.received_ms = in.number<std::int64_t>();
  const auto forgotten_below = in.number<std::uint64_t>();
  const auto highest_time = in.number<std::int64_t>();
  std::vector<sequence_set::range> ranges(in.number<std::uint8_t>());
  for (auto& r : ranges) r.first = in.number<std::uint64_t>(), r.last = in.number<std::uint64_t>();
  return in.ok() && in.at_end() && into.set.restore(ranges, forgotten_below, highest_time);
}

outcome<void> sequence_gate::load(const store& state) {
  std::string bad;
  state.scan(state_family::source, prefix_, [&](std::string_view key, std::string_view value) {
    const std::string device(key.substr(prefix_.size()));
    if (!decode(value, devices_[device])) bad = device;
    return bad.empty();
  });
  if (!bad.empty())
    return fail(ec::corrupt, "the stored sequence numbers of device " + bad + " are damaged (" + prefix_ +
                                 ", want version " + std::to_string(version) + ")");
  return {};
}

void sequence_gate::take_writes(std::vector<state_write>& writes) {
  // A device may have come back after it was forgotten: its new row comes last.
  for (const auto& device : erased_) writes.push_back({state_family::source, prefix_ + device, std::nullopt});
  erased_.clear();
  for (const auto& device : dirty_) {
    const auto found = devices_.find(device);
    if (found == devices_.end() || !found->second.dirty) continue;
    found->second.dirty = false;
    writes.push_back({state_family::source, prefix_ + device, encode(found->second)});
  }
  dirty_.clear();
}

} // namespace sluice
