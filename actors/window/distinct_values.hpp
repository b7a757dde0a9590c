// How many different values a field has had: their 64-bit hashes while they are few, HyperLogLog above
// (Flajolet et al. 2007, with 64-bit hashes as in Heule, Nunkesser, Hall 2013, and the estimator of Ertl
// 2017, which needs no tables against bias).
#pragma once

#include <cstdint>
#include <vector>

#include "actors/window/heap_statistic.hpp"

namespace sluice {

// 1 and 1.0 are one value, so are 0 and -0.0; true, 1 and "1" are three.
class distinct_values final : public heap_statistic {
public:
  static constexpr std::size_t exact_values = 1024; // 8 KiB
  static constexpr unsigned precision = 14;         // 2^14 registers of a byte: 16 KiB
  static constexpr std::size_t registers = 1u << precision;

  // Exact up to 1 024 different values (two of them share a hash once in 30 million million windows); above,
  // the standard error is 1.04 / sqrt(2^14) = 0.8 %.
  std::uint64_t count() const noexcept;

  void make_room() override;
  void add(const event_value& v, const event_facts& event) noexcept override;
  void merge(const heap_statistic& from) override;
  void save(std::string& out) const override;
  bool restore(std::string_view bytes) override;

private:
  bool exact() const noexcept { return registers_.empty(); }
  void use_registers() noexcept;
  void note(std::uint64_t hash) noexcept;

  std::vector<std::uint64_t> hashes_;   // ascending, while exact
  std::vector<std::uint8_t> registers_; // the longest run of zero bits seen, plus one
};

} // namespace sluice
