// What steps share that are about a list of fields.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/transform/field_value.hpp"
#include "actors/transform/step_compiler.hpp"
#include "config/option_kinds.hpp"

namespace sluice {

// The value of a register in the event in hand.
inline field_value value_of(const step_run& run, std::uint16_t reg) noexcept {
  field_value v{run.type(reg), run.value(reg), {}};
  if (v.type == value_type::text) v.text = run.text(reg);
  return v;
}

// Writes a value into a register; a text is copied and may find no room: then it is missing.
inline void set_value(step_run& run, std::uint16_t reg, const field_value& v) {
  if (v.type == value_type::text)
    run.set_text(reg, v.text);
  else
    run.set(reg, v.type, v.value);
}

// A list of field names, each once; one name may stand alone.
config::option_kind<std::vector<std::string>> field_list();

// The registers of fields. `where` leads to the list; an unknown field is reported at its place.
std::optional<std::vector<std::uint16_t>>
registers_of(step_compiler& c, const std::vector<std::string>& where, const std::vector<std::string>& fields);

} // namespace sluice
