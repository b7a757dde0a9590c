// The step on_change: lets an event through when a field has left the dead band around the value last let
// through, or when nothing was let through for a while. What it drops is counted unchanged.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/transform/field_value.hpp"

namespace sluice {

// How much of a change counts. Absolute and relative are of numbers only; any: another value or type.
struct dead_band {
  enum class kind : std::uint8_t { any, absolute, relative } what = kind::any;
  double width = 0; // absolute; or as a share of the value last let through (5% = 0.05)

  // Reads "any", "0.5", "5%". nullopt: anything else, a negative or non-finite number.
  static std::optional<dead_band> parse(std::string_view text);
  std::string text() const;
};

class on_change_rule {
public:
  // What is remembered of one key: the values last let through, 40 bytes each and the texts, and when.
  struct memory {
    std::vector<kept_value> values; // one per field; missing = none yet
    std::int64_t time_ms = 0;       // of the newest event let through
    bool any = false;               // anything was let through
  };

  on_change_rule(std::vector<dead_band> fields,
                 std::optional<std::chrono::milliseconds> at_least_every) noexcept
      : bands_(std::move(fields)), every_(at_least_every) {}

  // Index of the first field whose value is no number though its band is a number; -1 = none.
  int wrong_type(std::span<const field_value> values) const noexcept;
  // True iff the event goes on: the first one; a field that was never there before; one outside its band
  // (strictly: a change of exactly the band's width is none); `at_least_every` or more after the newest one
  // let through. A missing field says nothing. An older event is compared with the values of the newer one.
  bool passes(const memory& m, std::span<const field_value> values, std::int64_t time_ms) const noexcept;

  memory make_memory() const; // of a new key
  // Copies what remember() will keep. May throw.
  void prepare(std::span<const field_value> values);
  // Keeps the values of an event that passes, unless a newer one has passed: then only those of fields that
  // have none yet. After prepare() of the same values.
  void remember(memory& m, std::span<const field_value> values, std::int64_t time_ms) noexcept;

  void save(const memory& m, std::string& out) const;
  // False when `in` is damaged or of another number of fields.
  bool restore(memory& m, std::string_view in) const;

private:
  bool differs(std::size_t i, const field_value& last, const field_value& now) const noexcept;

  std::vector<dead_band> bands_;
  std::optional<std::chrono::milliseconds> every_;
  std::vector<std::string> texts_; // copied by prepare()
};

} // namespace sluice
