// The steps of a pipeline before its window, compiled: a register file of the base fields in use and the
// derived ones.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "actors/transform/derive.hpp"
#include "actors/transform/filter.hpp"
#include "actors/transform/step_options.hpp"
#include "messages/batch.hpp"
#include "messages/errors.hpp"

namespace sluice {

// "The source has no such field yet."
inline constexpr std::uint32_t no_slot = 0xffffffff;

// Not thread safe: each shard compiles its own.
class steps {
public:
  // `reads`: fields the pipeline reads after the steps (aggregates), so that they have a register too.
  // Errors (ec::invalid): an expression that does not compile; the text names step, offset, got and wanted.
  static outcome<steps> compile(std::span<const step_options> options, const field_types& known,
                                std::span<const std::string> reads);

  // Finds the slots of the base fields in `names`. To be called before the rows of a batch whose names
  // changed.
  void bind(const field_names& names);

  enum class verdict : std::uint8_t { pass, filtered, type_error };
  struct outcome_of_row {
    verdict what = verdict::pass;
    bool missing_field = false;       // filtered because a field was missing
    std::uint32_t derive_missing = 0; // derived fields without a value
    std::uint16_t reg = no_field;     // register of the field of the wrong type
  };
  // Fills the registers from one row and runs all steps. Never throws, never allocates.
  outcome_of_row run(const slot* slots, const value_type* types) noexcept;

  // Registers after run(). A name means its last definition: a derived field hides a base field of the same
  // name.
  std::uint16_t reg(std::string_view name) const noexcept; // no_field when nothing has that name
  slot value(std::uint16_t r) const noexcept { return values_[r]; }
  value_type type(std::uint16_t r) const noexcept { return types_[r]; }
  const std::string& name(std::uint16_t r) const noexcept { return names_[r]; }

  // True iff there is no step: the fields can be read from the row as well.
  bool empty() const noexcept { return steps_.empty(); }
  std::uint32_t slot_of(std::uint16_t base) const noexcept {
    return slots_[base];
  } // since bind(); no_slot = none

  // Names of the base fields that steps and `reads` use: what the decoder must keep.
  std::span<const std::string> base_fields() const noexcept { return {names_.data(), bases_}; }
  // Registers of the derived fields that are visible at the end.
  std::vector<std::uint16_t> derived() const;

private:
  struct step {
    std::variant<filter, derived_field> what;
    std::vector<std::uint16_t> where; // registers of its fields
    std::uint16_t target = no_field;  // register of a derived field
  };
  std::vector<step> steps_;
  std::vector<std::string> names_; // base fields first, then derived ones
  std::size_t bases_ = 0;
  std::vector<std::uint32_t> slots_; // slot of each base field, no_slot when the source has no such field yet
  std::vector<slot> values_;
  std::vector<value_type> types_;
};

} // namespace sluice
