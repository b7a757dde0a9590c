#include "actors/publish/thingsboard/backlog.hpp"

#include <algorithm>
#include <utility>

namespace sluice::thingsboard {

namespace {

constexpr std::size_t look_ahead = 256; // records of a device searched for more that may go

std::size_t weight(const held& one) {
  return one.record.json.size() + one.ready.element.size() + one.ready.attributes.size();
}

} // namespace

void backlog::add(outbox_record record, prepared ready) {
  auto sequence = record.sequence;
  waiting_.insert(sequence);
  waiting_of_[ready.device].insert(sequence);
  const bool attributes = !ready.attributes.empty();
  auto& one = held_[sequence] = held{std::move(record), std::move(ready), attributes};
  orders_[one.order()].push_back(sequence);
  bytes_ += weight(one);
}

bool backlog::may_go(std::uint64_t sequence) const {
  if (!waiting_.contains(sequence)) return false;
  return orders_.at(held_.at(sequence).order()).front() == sequence;
}

void backlog::under_way(const std::vector<std::uint64_t>& sequences) {
  for (auto sequence : sequences) stop_waiting(sequence);
}

void backlog::back(const std::vector<std::uint64_t>& sequences) {
  for (auto sequence : sequences)
    if (auto found = held_.find(sequence); found != held_.end() && waiting_.insert(sequence).second)
      waiting_of_[found->second.ready.device].insert(sequence);
}

void backlog::stop_waiting(std::uint64_t sequence) {
  if (waiting_.erase(sequence) == 0) return;
  auto of_device = waiting_of_.find(held_.at(sequence).ready.device);
  of_device->second.erase(sequence);
  if (of_device->second.empty()) waiting_of_.erase(of_device);
}

bool backlog::goes_on(std::uint64_t sequence) {
  auto& one = held_.at(sequence);
  one.attributes_next = false;
  if (one.ready.element.empty()) return false;
  back({sequence});
  return true;
}

held backlog::remove(std::uint64_t sequence) {
  stop_waiting(sequence);
  auto one = std::move(held_.extract(sequence).mapped());
  bytes_ -= weight(one);
  auto order = orders_.find(one.order());
  auto& all = order->second;
  all.erase(std::find(all.begin(), all.end(), sequence));
  if (all.empty()) orders_.erase(order);
  return one;
}

std::vector<std::uint64_t> backlog::next(const thingsboard_options& options, std::size_t most,
                                         const predicate& first, const predicate& more) const {
  std::vector<std::uint64_t> chosen;
  auto begin = std::find_if(waiting_.begin(), waiting_.end(), [&](auto s) { return first(s) && may_go(s); });
  if (begin == waiting_.end() || most == 0) return chosen;
  const auto& device = held_.at(*begin).ready.device;
  auto bytes = held_.at(*begin).ready.element.size();
  chosen.push_back(*begin);
  if (held_.at(*begin).attributes_next) return chosen;
  const auto& same = waiting_of_.at(device);
  std::size_t seen = 0;
  for (auto at = same.upper_bound(*begin); at != same.end() && chosen.size() < most && seen < look_ahead;
       ++at, ++seen) {
    const auto& ready = held_.at(*at).ready;
    if (!more(*at) || !may_go(*at) || held_.at(*at).attributes_next) continue;
    if (packet_bytes(options, device, bytes + ready.element.size(), chosen.size() + 1) > options.max_packet)
      break;
    bytes += ready.element.size();
    chosen.push_back(*at);
  }
  return chosen;
}

} // namespace sluice::thingsboard
