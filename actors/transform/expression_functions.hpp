// The functions of expressions, each declared once: the row compiles a call,
// documents it, and its example is a test.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "actors/transform/expression_cell.hpp"

namespace sluice {

// What a function makes of its literal argument when it is compiled, kept by
// the expression.
using prepared_argument = std::shared_ptr<const void>;

struct function_row {
  std::string_view name;
  std::string_view call;    // round(x, digits)
  std::string_view meaning; // a sentence
  std::string_view example; // an expression without fields but `temperature`
                            // = 21.5, `room` = 'north-7', `door` = true and an
                            // event time of 2026-03-29T01:30:00Z
  std::string_view value;   // what it gives, as a literal of the language
  // One letter per argument: n number, i integer, t text, b boolean, a
  // anything; T a text that must be a literal (prepared by `prepare`), Z the
  // literal name of a time zone (prepared here). Behind a bar: optional. A
  // star: the last one may come again.
  std::string_view arguments;
  // missing = a number, an integer iff all its number arguments are.
  value_type result = value_type::missing;
  cell (*body)(const function_call&) noexcept = nullptr;
  bool sees_missing = false; // else a missing argument makes it missing
  // What is wrong with the literal T (WHAT (got .., want ..)), or what `body`
  // gets of it.
  tl::expected<prepared_argument, std::string> (*prepare)(std::string_view literal) = nullptr;
};

std::vector<function_row> number_functions();
std::vector<function_row> text_functions();
std::vector<function_row> time_functions();
std::vector<function_row> event_functions();
std::vector<function_row> conversion_functions();

// A call in a compiled expression.
struct expression_call {
  const function_row* row = nullptr;
  std::string letters;                     // of its arguments
  std::vector<prepared_argument> prepared; // in step with them, null where there is nothing
};

// A heading of the reference and its functions. The first group are forms that
// the compiler knows itself (coalesce): they have no body.
struct function_group {
  std::string title;
  std::vector<function_row> rows;
};
const std::vector<function_group>& expression_functions();
// Null when there is none. Upper and lower case are equal.
const function_row* find_function(std::string_view name);
std::vector<std::string> function_names();

} // namespace sluice
