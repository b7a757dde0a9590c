#include "actors/transform/expression.hpp"

#include <cmath>

#include "actors/transform/expression_functions.hpp"
#include "actors/transform/expression_op.hpp"
#include "actors/transform/number_compare.hpp"
#include "actors/transform/text_pattern.hpp"

namespace sluice {

namespace {

bool number_or_missing(const cell& c) noexcept {
  return c.type <= value_type::integer;
}
bool boolean_or_missing(const cell& c) noexcept {
  return c.type == value_type::boolean || c.type == value_type::missing;
}
// Not initialised: it would be 1 KiB per evaluation.
struct stack_room {
  stack_room() noexcept {}
  union {
    cell cells[expression_stack + 1];
  };
};

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

// As compare(), of cells that are not both numbers or missing.
cell compare_others(expression_op op, const cell& a, const cell& b, const expression_texts& texts,
                    bool& ok) noexcept {
  const bool text = a.type == value_type::text || b.type == value_type::text;
  const auto kind = text ? value_type::text : value_type::boolean;
  const bool equality = op == expression_op::eq || op == expression_op::ne;
  for (const auto* c : {&a, &b})
    if (c->type != kind && c->type != value_type::missing) ok = false;
  if (!text && !equality) ok = false;
  if (!ok) return {};
  if (a.type == value_type::missing) return missing_like(a);
  if (b.type == value_type::missing) return missing_like(b);
  if (text) return truth(holds(op, texts.view(a.value) <=> texts.view(b.value)));
  return truth((a.value.boolean() == b.value.boolean()) == (op == expression_op::eq));
}

// Compares; false in `ok` when the types cannot be compared by `op`.
inline cell compare(expression_op op, const cell& a, const cell& b, const expression_texts& texts,
                    bool& ok) noexcept {
  if (!number_or_missing(a) || !number_or_missing(b)) [[unlikely]]
    return compare_others(op, a, b, texts, ok);
  if (a.type == value_type::missing) return missing_like(a);
  if (b.type == value_type::missing) return missing_like(b);
  return truth(holds(op, compare_numbers(a.type, a.value, b.type, b.value)));
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

cell concatenate(const cell& a, const cell& b, const expression_texts& texts) noexcept {
  if (a.type == value_type::missing) return missing_like(a);
  if (b.type == value_type::missing) return missing_like(b);
  const auto left = texts.view(a.value), right = texts.view(b.value);
  auto* to = texts.reserve(left.size() + right.size());
  if (to == nullptr) return {};
  left.copy(to, left.size());
  right.copy(to + left.size(), right.size());
  return texts.keep(left.size() + right.size());
}

// Makes an argument what its letter wants; false when it has the wrong type.
bool fit(cell& argument, char letter) noexcept {
  switch (letter) {
  case 'n':
    return is_number(argument.type);
  case 'i': {
    if (argument.type == value_type::integer) return true;
    if (argument.type != value_type::number) return false;
    const double down = std::floor(argument.value.number());
    if (down >= -9223372036854775808.0 && down < 9223372036854775808.0)
      argument = whole(static_cast<std::int64_t>(down));
    else
      argument = {};
    return true;
  }
  case 'b':
    return argument.type == value_type::boolean;
  case 'a':
    return true;
  default:
    return argument.type == value_type::text;
  }
}

// Calls a function with the cells at `args`; returns its value, or in `wrong`
// the argument of the wrong type.
cell call(const expression_call& what, cell* args, const expression_texts& texts,
          const cell*& wrong) noexcept {
  const auto count = static_cast<unsigned>(what.letters.size());
  const cell* missing = nullptr;
  for (unsigned i = 0; i < count; ++i) {
    if (args[i].type != value_type::missing && !fit(args[i], what.letters[i])) {
      wrong = &args[i];
      return {};
    }
    if (args[i].type == value_type::missing && missing == nullptr) missing = &args[i];
  }
  if (missing != nullptr && !what.row->sees_missing) return missing_like(*missing);
  return what.row->body({args, count, texts, what.prepared.data()});
}

evaluated type_error(const cell& c) noexcept {
  return {value_type::missing, slot{}, true, c.field};
}
// Of two operands that do not fit each other: the one that is a field, the
// right one first.
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
  const expression_texts texts(in, texts_.data());
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
      const auto out = compare(op, cells[n - 1], cells[n], texts, ok);
      if (!ok) return type_error(cells[n - 1], cells[n]);
      cells[n - 1] = out;
      break;
    }
    case expression_op::between: {
      n -= 2;
      bool ok = true;
      const auto above = compare(expression_op::ge, cells[n - 1], cells[n], texts, ok);
      if (!ok) return type_error(cells[n - 1], cells[n]);
      const auto below = compare(expression_op::le, cells[n - 1], cells[n + 1], texts, ok);
      if (!ok) return type_error(cells[n - 1], cells[n + 1]);
      cells[n - 1] = conjunction(above, below);
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
      const auto same = compare(expression_op::eq, cells[n - 2], cells[n], texts, ok);
      if (!ok) return type_error(cells[n - 2], cells[n]);
      cells[n - 1] = disjunction(cells[n - 1], same);
      break;
    }
    case expression_op::in_end:
      --n, cells[n - 1] = cells[n];
      break;
    case expression_op::concat:
      --n;
      for (const auto i : {n - 1, n})
        if (cells[i].type != value_type::text && cells[i].type != value_type::missing)
          return type_error(cells[i]);
      cells[n - 1] = concatenate(cells[n - 1], cells[n], texts);
      break;
    case expression_op::like: {
      --n;
      const auto& text = cells[n - 1];
      if (text.type == value_type::missing) break;
      if (text.type != value_type::text) return type_error(text);
      cells[n - 1] = truth(matches_like(texts.view(text.value), texts.view(cells[n].value)));
      break;
    }
    case expression_op::call: {
      const auto& what = *calls_[operand];
      n -= what.letters.size();
      const cell* wrong = nullptr;
      const auto out = sluice::call(what, cells + n, texts, wrong);
      if (wrong != nullptr) return type_error(*wrong);
      cells[n++] = out;
      break;
    }
    case expression_op::jump:
      at = operand - 1u;
      break;
    case expression_op::unless_true:
      --n;
      if (!boolean_or_missing(cells[n])) return type_error(cells[n]);
      if (cells[n].type == value_type::missing || !cells[n].value.boolean()) at = operand - 1u;
      break;
    case expression_op::skip_present:
      if (cells[n - 1].type != value_type::missing)
        at = operand - 1u;
      else
        --n;
      break;
    case expression_op::copy:
      cells[n] = cells[n - 1], ++n;
      break;
    }
  }
  const auto& out = cells[n - 1];
  if (out.type == value_type::text && place_of(out.value) == text_place::constant) {
    const auto made = texts.make(texts.view(out.value));
    return {made.type, made.value, false, no_field};
  }
  return {out.type, out.value, false, out.field};
}

} // namespace sluice
