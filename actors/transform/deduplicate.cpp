#include "actors/transform/deduplicate.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <xxhash.h>

#include "actors/transform/memory_bytes.hpp"

namespace sluice {

namespace {

std::int64_t minus(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t out = 0;
  if (__builtin_sub_overflow(a, b, &out)) return b > 0 ? INT64_MIN : INT64_MAX;
  return out;
}
std::int64_t plus(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t out = 0;
  if (__builtin_add_overflow(a, b, &out)) return b > 0 ? INT64_MAX : INT64_MIN;
  return out;
}

} // namespace

void fingerprinter::add(const field_value& v) {
  memory_writer to(bytes_);
  auto type = v.type;
  auto bits = v.value.bits;
  if (type == value_type::number) { // a whole number is the same as an integer
    const double x = v.value.number();
    if (x >= -0x1p63 && x < 0x1p63 && std::trunc(x) == x) {
      type = value_type::integer;
      bits = slot::of(static_cast<std::int64_t>(x)).bits;
    }
  }
  to.put(static_cast<std::uint8_t>(type));
  if (type == value_type::text)
    to.put(v.text);
  else if (type != value_type::missing)
    to.put(bits);
}

void fingerprinter::add(std::string_view name, const field_value& v) {
  memory_writer(bytes_).put(name);
  add(v);
}

void fingerprinter::add_time(std::int64_t ms) {
  memory_writer(bytes_).put(ms);
}

fingerprint fingerprinter::end() const noexcept {
  const auto hash = XXH3_128bits(bytes_.data(), bytes_.size());
  return {hash.high64, hash.low64};
}

// Behind what is remembered: as if it were not there.
bool deduplicate_rule::is_past(std::int64_t newest_ms, std::int64_t time_ms) const noexcept {
  return time_ms < minus(minus(newest_ms, within_), within_);
}

bool deduplicate_rule::is_duplicate(const memory& m, const fingerprint& print,
                                    std::int64_t time_ms) const noexcept {
  auto at = std::lower_bound(m.passed.begin(), m.passed.end(), entry{print, minus(time_ms, within_)});
  for (; at != m.passed.end() && at->print == print && at->time_ms <= plus(time_ms, within_); ++at)
    if (!is_past(m.newest_ms, at->time_ms)) return true;
  return false;
}

unsigned deduplicate_rule::forgets(const memory& m, std::int64_t time_ms) const noexcept {
  if (m.passed.size() < limit_ || is_past(m.newest_ms, time_ms)) return 0;
  const auto newest = std::max(m.newest_ms, time_ms);
  return std::none_of(m.passed.begin(), m.passed.end(),
                      [&](const entry& e) { return is_past(newest, e.time_ms); });
}

void deduplicate_rule::reserve(const memory& m) {
  growing_ = m.passed.size() == m.passed.capacity() && m.passed.size() < limit_;
  if (!growing_) return;
  larger_.clear();
  for (const auto& e : m.passed)
    if (!is_past(m.newest_ms, e.time_ms)) larger_.push_back(e);
  larger_.reserve(std::min<std::size_t>(limit_, std::max<std::size_t>(4, 2 * larger_.size())));
}

void deduplicate_rule::remember(memory& m, const fingerprint& print, std::int64_t time_ms) noexcept {
  if (std::exchange(growing_, false)) m.passed = std::exchange(larger_, {});
  if (m.passed.empty()) m.newest_ms = time_ms;
  if (is_past(m.newest_ms, time_ms)) return; // it would be forgotten at once
  const auto forgotten = forgets(m, time_ms);
  m.newest_ms = std::max(m.newest_ms, time_ms);
  if (forgotten != 0)
    m.passed.erase(std::min_element(m.passed.begin(), m.passed.end(), [](const entry& a, const entry& b) {
      return a.time_ms != b.time_ms ? a.time_ms < b.time_ms : a.print < b.print;
    }));
  else if (m.passed.size() >= limit_)
    std::erase_if(m.passed, [&](const entry& e) { return is_past(m.newest_ms, e.time_ms); });
  const entry fresh{print, time_ms};
  m.passed.insert(std::upper_bound(m.passed.begin(), m.passed.end(), fresh), fresh);
}

void deduplicate_rule::save(const memory& m, std::string& out) const {
  memory_writer to(out);
  const auto kept = std::count_if(m.passed.begin(), m.passed.end(),
                                  [&](const entry& e) { return !is_past(m.newest_ms, e.time_ms); });
  to.put(static_cast<std::uint32_t>(kept)).put(m.newest_ms);
  for (const auto& e : m.passed)
    if (!is_past(m.newest_ms, e.time_ms)) to.put(e.print.high).put(e.print.low).put(e.time_ms);
}

bool deduplicate_rule::restore(memory& m, std::string_view in) const {
  memory_reader from(in);
  const auto count = from.get<std::uint32_t>();
  m.newest_ms = from.get<std::int64_t>();
  if (!from.ok() || from.rest().size() != std::size_t{count} * 24) return false;
  m.passed.resize(count);
  for (auto& e : m.passed)
    e.print.high = from.get<std::uint64_t>(), e.print.low = from.get<std::uint64_t>(),
    e.time_ms = from.get<std::int64_t>();
  return std::is_sorted(m.passed.begin(), m.passed.end());
}

} // namespace sluice
