// The expression language of steps and conditions, compiled once to flat code
// and evaluated per event without allocation. Numbers (int64, double), booleans
// and texts in SQL's spelling: and or not, = != <> < <= > >=, [not] between ..
// and .., [not] in (..), [not] like 'pattern', is [not] null, + - * / %, ||,
// case when .. then
// .. else .. end, functions (expression_functions.hpp), parentheses, true false
// null, 'texts'; odd field names in double quotes. Missing values: any operator
// or function with a missing operand is missing, except `is null`, `and`/`or`
// (three-valued logic, SQL), coalesce, case (a missing condition is not true),
// concat and type_of.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "messages/value.hpp"

namespace sluice {

// Where an expression is wrong: byte offset into its text, what was got, what
// was wanted.
struct expression_error {
  std::size_t offset = 0;
  std::string text;
};

// What is known of a field at compile time: `known = false` = "cannot exist"
// (an explicit field map without it), an error that names `nearest` when the
// caller fills it in; value_type::missing = "may exist, type unknown".
struct field_knowledge {
  bool known = true;
  value_type type = value_type::missing;
  std::string nearest; // nearest name that does exist, "" = none
};
using field_types = std::function<field_knowledge(std::string_view name)>;

// `evaluated::field` where no field is to blame (a division by zero, the
// literal null).
inline constexpr std::uint16_t no_field = 0xffff;

// The result of one evaluation.
struct evaluated {
  value_type type = value_type::missing; // number, integer, boolean, text; missing
  slot value;                            // a text: see text_scratch.hpp
  bool type_error = false;               // a field had the wrong type for its operator (dead
                                         // letter field.type)
  std::uint16_t field = no_field;        // index in fields() of the field that was
                                         // missing or of the wrong type
};

class text_scratch;

// The event in hand beside its fields. Views live as long as its batch.
struct step_event {
  std::string_view device;
  std::int64_t time_ms = 0;     // event time
  std::int64_t received_ms = 0; // journal time
  std::uint64_t sequence = 0;   // journal sequence
  std::uint32_t index = 0;      // element within its message
  std::string_view payload;     // of its message
};

// What one evaluation reads: field i of fields() is values[where[i]], or
// values[i] when `where` is null. `arena` holds the texts of the fields; texts
// that are made go to `scratch` (null = none can be made).
struct expression_inputs : step_event {
  const slot* values = nullptr;
  const value_type* types = nullptr;
  const std::uint16_t* where = nullptr;
  const char* arena = nullptr;
  text_scratch* scratch = nullptr;
};

struct expression_call; // expression_functions.hpp

class expression {
public:
  static tl::expected<expression, expression_error> compile(std::string_view text, const field_types& known);

  // Names the expression reads, each once, in order of first use: index i is
  // operand i of evaluate.
  const std::vector<std::string>& fields() const noexcept { return fields_; }
  // The type of the result as far as it is known: boolean, text, integer,
  // number (an integer or a double); missing = unknown.
  value_type type() const noexcept { return type_; }

  // Left to right; `and`, `or`, case and coalesce skip what cannot change the
  // result. Integers stay exact:
  // + - * % give an integer, overflow is missing; an integer / an integer is
  // the exact integer if there is no remainder, else a double. Division by zero
  // and non-finite results are missing. An integer and a double compare
  // exactly, texts compare by their bytes (the order of code points). A value
  // of the wrong type for its operator is a type error. A text among the
  // results is in the batch or in the scratch; one that finds no room there is
  // missing. Never throws, never allocates. Not thread safe: functions remember
  // the time zone.
  evaluated evaluate(const expression_inputs& in) const noexcept;
  evaluated evaluate(const slot* values, const value_type* types,
                     const std::uint16_t* where = nullptr) const noexcept {
    expression_inputs in;
    in.values = values, in.types = types, in.where = where;
    return evaluate(in);
  }

private:
  friend class expression_compiler;
  struct instruction {
    std::uint8_t op = 0;       // expression_op
    std::uint16_t operand = 0; // field, constant or jump target
  };
  std::vector<instruction> code_;
  std::vector<slot> constants_;
  std::vector<value_type> constant_types_;
  std::string texts_; // of the constants
  std::vector<std::shared_ptr<const expression_call>> calls_;
  std::vector<std::string> fields_;
  value_type type_ = value_type::missing;
};

} // namespace sluice
