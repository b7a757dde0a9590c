#include "actors/transform/expression.hpp"

#include <cmath>

#include "actors/transform/expression_op.hpp"
#include "actors/transform/number_compare.hpp"

namespace sluice {

namespace {

struct cell {
  slot value;
  value_type type = value_type::missing;
  std::uint16_t field =
      no_field; // the field it came from, while it is still that field's value or its absence
};

bool is_number(value_type t) noexcept {
  return t == value_type::number || t == value_type::integer;
}
bool number_or_missing(const cell& c) noexcept {
  return is_number(c.type) || c.type == value_type::missing;
}
bool boolean_or_missing(const cell& c) noexcept {
  return c.type == value_type::boolean || c.type == value_type::missing;
}
double as_double(const cell& c) noexcept {
  return c.type == value_type::integer ? static_cast<double>(c.value.integer()) : c.value.number();
}
// Not initialised: it would be 1 KiB per evaluation.
struct stack_room {
  stack_room() noexcept {}
  union {
    cell cells[expression_stack + 1];
  };
};

cell truth(bool v) noexcept {
  return {slot::of(v), value_type::boolean, no_field};
}
cell missing_like(const cell& c) noexcept {
  return {slot{}, value_type::missing, c.field};
}

cell integers(expression_op op, std::int64_t a, std::int64_t b) noexcept {
  std::int64_t out = 0;
  bool overflow = false;
  switch (op) {
  case expression_op::add:
    overflow = __builtin_add_overflow(a, b, &out);
    break;
  case expression_op::sub:
    overflow = __builtin_sub_overflow(a, b, &out);
    break;
  case expression_op::mul:
    overflow = __builtin_mul_overflow(a, b, &out);
    break;
  case expression_op::mod:
    if (b == 0) return {};
    out = b == -1 ? 0 : a % b;
    break;
  default: // div
    if (b == 0) return {};
    if (b == -1) {
      overflow = __builtin_sub_overflow(std::int64_t{0}, a, &out);
    } else if (a % b != 0) {
      return {slot::of(static_cast<double>(a) / static_cast<double>(b)), value_type::number, no_field};
    } else {
      out = a / b;
    }
  }
  if (overflow) return {};
  return {slot::of(out), value_type::integer, no_field};
}

// Both are numbers or missing.
cell arithmetic(expression_op op, const cell& a, const cell& b) noexcept {
  if (a.type == value_type::missing) return missing_like(a);
  if (b.type == value_type::missing) return missing_like(b);
  if (a.type == value_type::integer && b.type == value_type::integer)
    return integers(op, a.value.integer(), b.value.integer());
  const double x = as_double(a), y = as_double(b);
  double out = 0;
  switch (op) {
  case expression_op::add:
    out = x + y;
    break;
  case expression_op::sub:
    out = x - y;
    break;
  case expression_op::mul:
    out = x * y;
    break;
  case expression_op::mod:
    out = std::fmod(x, y);
    break;
  default:
    out = x / y;
    break;
  }
  if (!std::isfinite(out)) return {};
  return {slot::of(out), value_type::number, no_field};
}

bool holds(expression_op op, std::strong_ordering order) noexcept {
  switch (op) {
  case expression_op::eq:
    return order == 0;
  case expression_op::ne:
    return order != 0;
  case expression_op::lt:
    return order < 0;
  case expression_op::le:
    return order <= 0;
  case expression_op::gt:
    return order > 0;
  default:
    return order >= 0;
  }
}

// Compares; false in `ok` when the types cannot be compared by `op`.
cell compare(expression_op op, const cell& a, const cell& b, bool& ok) noexcept {
  if (number_or_missing(a) && number_or_missing(b)) [[likely]] {
    if (a.type == value_type::missing) return missing_like(a);
    if (b.type == value_type::missing) return missing_like(b);
    return truth(holds(op, compare_numbers(a.type, a.value, b.type, b.value)));
  }
  const bool equality = op == expression_op::eq || op == expression_op::ne;
  if (!equality || !boolean_or_missing(a) || !boolean_or_missing(b)) {
    ok = false;
    return {};
  }
  if (a.type == value_type::missing) return missing_like(a);
  if (b.type == value_type::missing) return missing_like(b);
  return truth((a.value.boolean() == b.value.boolean()) == (op == expression_op::eq));
}

// SQL: false wins, then missing.
cell conjunction(const cell& a, const cell& b) noexcept {
  if (a.type == value_type::boolean && !a.value.boolean()) return truth(false);
  if (b.type == value_type::boolean && !b.value.boolean()) return truth(false);
  if (a.type == value_type::missing) return missing_like(a);
  if (b.type == value_type::missing) return missing_like(b);
  return truth(true);
}

cell disjunction(const cell& a, const cell& b) noexcept {
  if (a.type == value_type::boolean && a.value.boolean()) return truth(true);
  if (b.type == value_type::boolean && b.value.boolean()) return truth(true);
  if (a.type == value_type::missing) return missing_like(a);
  if (b.type == value_type::missing) return missing_like(b);
  return truth(false);
}

evaluated type_error(const cell& c) noexcept {
  return {value_type::missing, slot{}, true, c.field};
}
// Of two operands that do not fit each other: the one that is a field, the right one first.
evaluated type_error(const cell& a, const cell& b) noexcept {
  return type_error(b.field != no_field ? b : a);
}

} // namespace

evaluated expression::evaluate(const expression_inputs& in) const noexcept {
  const auto* const values = in.values;
  const auto* const types = in.types;
  const auto* const where = in.where;
  stack_room room;
  cell* const cells = room.cells;
  std::size_t n = 0; // cells in use
  const auto size = code_.size();
  for (std::size_t at = 0; at < size; ++at) {
    const auto [code, operand] = code_[at];
    const auto op = static_cast<expression_op>(code);
    switch (op) {
    case expression_op::load: {
      const auto i = where != nullptr ? where[operand] : operand;
      cells[n++] = {values[i], types[i], operand};
      break;
    }
    case expression_op::constant:
      cells[n++] = {constants_[operand], constant_types_[operand], no_field};
      break;
    case expression_op::add:
    case expression_op::sub:
    case expression_op::mul:
    case expression_op::div:
    case expression_op::mod:
      --n;
      if (!number_or_missing(cells[n - 1])) return type_error(cells[n - 1]);
      if (!number_or_missing(cells[n])) return type_error(cells[n]);
      cells[n - 1] = arithmetic(op, cells[n - 1], cells[n]);
      break;
    case expression_op::neg:
      if (!number_or_missing(cells[n - 1])) return type_error(cells[n - 1]);
      cells[n - 1] = arithmetic(expression_op::sub,
                                {slot::of(std::int64_t{0}), value_type::integer, no_field}, cells[n - 1]);
      break;
    case expression_op::eq:
    case expression_op::ne:
    case expression_op::lt:
    case expression_op::le:
    case expression_op::gt:
    case expression_op::ge: {
      --n;
      bool ok = true;
      const auto out = compare(op, cells[n - 1], cells[n], ok);
      if (!ok) return type_error(cells[n - 1], cells[n]);
      cells[n - 1] = out;
      break;
    }
    case expression_op::between: {
      n -= 2;
      for (auto i = n - 1; i < n + 2; ++i)
        if (!number_or_missing(cells[i])) return type_error(cells[i]);
      bool ok = true;
      cells[n - 1] = conjunction(compare(expression_op::ge, cells[n - 1], cells[n], ok),
                                 compare(expression_op::le, cells[n - 1], cells[n + 1], ok));
      break;
    }
    case expression_op::not_:
      if (!boolean_or_missing(cells[n - 1])) return type_error(cells[n - 1]);
      if (cells[n - 1].type == value_type::boolean) cells[n - 1] = truth(!cells[n - 1].value.boolean());
      break;
    case expression_op::skip_false:
      if (!boolean_or_missing(cells[n - 1])) return type_error(cells[n - 1]);
      if (cells[n - 1].type == value_type::boolean && !cells[n - 1].value.boolean()) at = operand - 1u;
      break;
    case expression_op::skip_true:
      if (!boolean_or_missing(cells[n - 1])) return type_error(cells[n - 1]);
      if (cells[n - 1].type == value_type::boolean && cells[n - 1].value.boolean()) at = operand - 1u;
      break;
    case expression_op::and_:
    case expression_op::or_:
      --n;
      if (!boolean_or_missing(cells[n])) return type_error(cells[n]);
      cells[n - 1] = op == expression_op::and_ ? conjunction(cells[n - 1], cells[n])
                                               : disjunction(cells[n - 1], cells[n]);
      break;
    case expression_op::is_null:
      cells[n - 1] = truth(cells[n - 1].type == value_type::missing);
      break;
    case expression_op::in_step: {
      --n;
      bool ok = true;
      const auto same = compare(expression_op::eq, cells[n - 2], cells[n], ok);
      if (!ok) return type_error(cells[n - 2], cells[n]);
      cells[n - 1] = disjunction(cells[n - 1], same);
      break;
    }
    case expression_op::in_end:
      --n, cells[n - 1] = cells[n];
      break;
    }
  }
  const auto& out = cells[n - 1];
  if (out.type == value_type::text) return type_error(out);
  return {out.type, out.value, false, out.field};
}

} // namespace sluice
