#include "actors/publish/thingsboard/in_flight.hpp"

#include <algorithm>
#include <utility>

namespace sluice::thingsboard {

void in_flight::add(std::uint64_t token, std::vector<std::uint64_t> records, bool probe,
                    std::chrono::milliseconds now, bool attributes) {
  flights_.insert_or_assign(token, flight{std::move(records), now, ++orders_, probe, false, attributes});
}

std::optional<flight> in_flight::acknowledged(std::uint64_t token) {
  auto found = flights_.find(token);
  if (found == flights_.end()) return std::nullopt;
  auto result = std::move(found->second);
  flights_.erase(found);
  if (result.abandoned) --abandoned_;
  ++answers_;
  last_answered_ = std::max(last_answered_, result.order);
  return result;
}

std::vector<std::uint64_t> in_flight::sent_until(std::chrono::milliseconds limit) const {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> found;
  for (auto& [token, one] : flights_)
    if (!one.abandoned && one.sent <= limit) found.emplace_back(one.order, token);
  std::sort(found.begin(), found.end());
  std::vector<std::uint64_t> tokens;
  for (auto& [order, token] : found) tokens.push_back(token);
  return tokens;
}

void in_flight::abandon(std::uint64_t token) {
  auto& one = flights_.at(token);
  if (!std::exchange(one.abandoned, true)) ++abandoned_;
}

std::optional<std::chrono::milliseconds> in_flight::oldest() const {
  std::optional<std::chrono::milliseconds> result;
  for (auto& [token, one] : flights_)
    if (!one.abandoned && (!result || one.sent < *result)) result = one.sent;
  return result;
}

std::vector<flight> in_flight::clear() {
  std::vector<flight> left;
  for (auto& [token, one] : flights_) left.push_back(std::move(one));
  std::sort(left.begin(), left.end(), [](auto& a, auto& b) { return a.order < b.order; });
  *this = {};
  return left;
}

} // namespace sluice::thingsboard
