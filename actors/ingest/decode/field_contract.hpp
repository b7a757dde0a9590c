// What one field must be: type, unit and range, applied to each value as it is decoded.
#pragma once

#include <limits>
#include <string>

#include "actors/ingest/decode/found_value.hpp"
#include "actors/ingest/decode/units.hpp"
#include "actors/ingest/decode_options.hpp"

namespace sluice {

struct field_contract {
  value_type type = value_type::missing; // missing = as found
  const unit* from = nullptr;            // both, or neither
  const unit* to = nullptr;
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
  bool ranged = false;
  bool missing_when_bad = false;

  // Options whose units are known.
  static field_contract make(const field_path& field);
  // False iff it lets every value pass as it is.
  bool asks_anything() const noexcept { return type != value_type::missing || from != nullptr || ranged; }

  enum class verdict { good, type, range };
  // Turns `v`, which is not missing, into what the field holds. A text that is exactly one number is a number
  // where a number is declared, true, false, 0 and 1 are booleans where one is declared, a whole double is an
  // integer; everything can be a text. Conversion gives a double. `room` holds a text that had to be made.
  verdict apply(found_value& v, std::string& room) const;
  // "a double in -40 .. 85", for an error detail.
  std::string wanted() const;

private:
  bool to_number(found_value& v) const noexcept;
  bool to_boolean(found_value& v) const noexcept;
};

} // namespace sluice
