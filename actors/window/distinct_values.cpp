#include "actors/window/distinct_values.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <iterator>

#include <xxhash.h>

#include "actors/store/bytes.hpp"
#include "actors/window/room_for.hpp"

namespace sluice {

namespace {

constexpr unsigned run_bits = 64 - distinct_values::precision; // of a hash, behind the register's number

std::uint64_t hash_of(const event_value& v) noexcept {
  if (v.type == value_type::text) return XXH3_64bits_withSeed(v.text.data(), v.text.size(), 1);
  // A double that is a whole number is that integer.
  auto bits = v.value.bits;
  std::uint64_t seed = v.type == value_type::boolean ? 2 : v.type == value_type::integer ? 3 : 4;
  if (v.type == value_type::number) {
    const double x = v.value.number();
    if (x >= -0x1p63 && x < 0x1p63 && x == std::trunc(x))
      bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(x)), seed = 3;
  }
  return XXH3_64bits_withSeed(&bits, sizeof bits, seed);
}

// Ertl 2017, "New cardinality estimation algorithms for HyperLogLog sketches", algorithm 6.
double sigma(double x) noexcept {
  if (x == 1) return INFINITY;
  double y = 1, z = x, before = 0;
  do {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  } while (z != before);
  return z;
}

double tau(double x) noexcept {
  if (x == 0 || x == 1) return 0;
  double y = 1, z = 1 - x, before = 0;
  do {
    x = std::sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  } while (z != before);
  return z / 3;
}

} // namespace

void distinct_values::make_room() {
  if (!exact()) return;
  if (hashes_.size() < exact_values)
    room_for(hashes_);
  else
    registers_.reserve(registers);
}

void distinct_values::add(const event_value& v, const event_facts&) noexcept {
  const auto hash = hash_of(v);
  if (exact()) {
    const auto at = std::lower_bound(hashes_.begin(), hashes_.end(), hash);
    if (at != hashes_.end() && *at == hash) return;
    if (hashes_.size() < exact_values) {
      hashes_.insert(at, hash);
      return;
    }
    use_registers();
  }
  note(hash);
}

// There is room for the registers.
void distinct_values::use_registers() noexcept {
  registers_.assign(registers, 0);
  for (const auto hash : hashes_) note(hash);
  std::vector<std::uint64_t>().swap(hashes_);
}

void distinct_values::note(std::uint64_t hash) noexcept {
  auto& longest = registers_[hash >> run_bits];
  const auto rest = hash << precision | 1ull << (precision - 1); // the bit ends a run of zeros only
  longest = std::max(longest, static_cast<std::uint8_t>(std::countl_zero(rest) + 1));
}

void distinct_values::merge(const heap_statistic& other) {
  const auto& from = static_cast<const distinct_values&>(other);
  if (exact() && from.exact()) {
    std::vector<std::uint64_t> both;
    both.reserve(hashes_.size() + from.hashes_.size());
    std::set_union(hashes_.begin(), hashes_.end(), from.hashes_.begin(), from.hashes_.end(),
                   std::back_inserter(both));
    hashes_ = std::move(both);
    if (hashes_.size() <= exact_values) return;
  }
  if (exact()) {
    registers_.reserve(registers);
    use_registers();
  }
  if (from.exact())
    for (const auto hash : from.hashes_) note(hash);
  else
    std::transform(registers_.begin(), registers_.end(), from.registers_.begin(), registers_.begin(),
                   [](std::uint8_t a, std::uint8_t b) { return std::max(a, b); });
}

std::uint64_t distinct_values::count() const noexcept {
  if (exact()) return hashes_.size();
  std::array<std::uint32_t, 256> having{};
  for (const auto longest : registers_) ++having[longest];
  constexpr double m = registers;
  double z = m * tau(1 - having[run_bits + 1] / m);
  for (unsigned run = run_bits; run >= 1; --run) z = 0.5 * (z + having[run]);
  z += m * sigma(having[0] / m);
  constexpr double alpha = 0.721347520444481703680; // 1 / (2 ln 2)
  return static_cast<std::uint64_t>(std::round(alpha * m * m / z));
}

// u8 0, hashes; or u8 1, registers.
void distinct_values::save(std::string& out) const {
  byte_writer to(out);
  to.number(static_cast<std::uint8_t>(!exact()));
  for (const auto hash : hashes_) to.number(hash);
  out.append(reinterpret_cast<const char*>(registers_.data()), registers_.size());
}

bool distinct_values::restore(std::string_view bytes) {
  byte_reader in(bytes);
  const auto form = in.number<std::uint8_t>();
  if (!in.ok() || form > 1) return false;
  if (form == 1) {
    bytes.remove_prefix(1);
    if (bytes.size() != registers) return false;
    registers_.assign(bytes.begin(), bytes.end());
    return std::all_of(registers_.begin(), registers_.end(),
                       [](std::uint8_t longest) { return longest <= run_bits + 1; });
  }
  const auto n = (bytes.size() - 1) / 8;
  if ((bytes.size() - 1) % 8 != 0 || n == 0 || n > exact_values) return false;
  hashes_.reserve(n);
  for (std::size_t i = 0; i < n; ++i) hashes_.push_back(in.number<std::uint64_t>());
  return std::adjacent_find(hashes_.begin(), hashes_.end(), std::greater_equal<>()) == hashes_.end();
}

} // namespace sluice
