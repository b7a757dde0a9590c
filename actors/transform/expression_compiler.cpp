#include "actors/transform/expression_compiler.hpp"

#include <algorithm>

#include "actors/transform/text_scratch.hpp"

namespace sluice {

namespace {

// Binding powers, weakest first.
enum power {
  none = 0,
  or_power,
  and_power,
  not_power,
  compare_power,
  add_power,
  multiply_power,
  minus_power
};

constexpr std::size_t longest_text = 16384;
constexpr int deepest_nesting = 64;

} // namespace

tl::expected<expression, expression_error> expression::compile(std::string_view text,
                                                               const field_types& known) {
  return expression_compiler(text, known).run();
}

tl::expected<expression, expression_error> expression_compiler::run() {
  if (text_.size() > longest_text)
    return wrong(0, "expression is too long (got " + std::to_string(text_.size()) +
                        " bytes, want at most 16384)");
  if (auto ok = advance(); !ok) return tl::unexpected(ok.error());
  if (current_.kind == token_kind::end)
    return wrong(0, "empty expression (got nothing, want e.g. temperature > 0)");
  auto all = parse(none);
  if (!all) return tl::unexpected(all.error());
  if (current_.kind != token_kind::end)
    return wrong(current_.begin,
                 "unexpected input after the expression (got " + got() + ", want an operator or the end)");
  if (out_.code_.size() > 65535) return wrong(0, "expression is too long (got more than 65535 operations)");
  if (deepest_ > static_cast<int>(expression_stack))
    return wrong(0, "expression is nested too deeply (got " + std::to_string(deepest_) +
                        " open values, want at most 64)");
  out_.type_ = all->type;
  return std::move(out_);
}

expression_compiler::checked expression_compiler::advance() {
  auto t = next_token(text_, current_.end);
  if (!t) return tl::unexpected(t.error());
  current_ = std::move(*t);
  return {};
}

std::string expression_compiler::got() const {
  return current_.kind == token_kind::end
             ? "the end"
             : std::string(text_.substr(current_.begin, current_.end - current_.begin));
}

expression_compiler::checked expression_compiler::expect(token_kind kind, const char* wanted) {
  if (current_.kind != kind)
    return wrong(current_.begin, "unexpected input (got " + got() + ", want " + wanted + ")");
  return advance();
}

int expression_compiler::power_of_current() const {
  switch (current_.kind) {
  case token_kind::or_:
    return or_power;
  case token_kind::and_:
    return and_power;
  case token_kind::eq:
  case token_kind::ne:
  case token_kind::lt:
  case token_kind::le:
  case token_kind::gt:
  case token_kind::ge:
  case token_kind::between:
  case token_kind::in:
  case token_kind::is:
  case token_kind::not_:
  case token_kind::like:
    return compare_power;
  case token_kind::plus:
  case token_kind::minus:
  case token_kind::concat:
    return add_power;
  case token_kind::star:
  case token_kind::slash:
  case token_kind::percent:
    return multiply_power;
  default:
    return none;
  }
}

expression_compiler::parsed expression_compiler::parse(int power) {
  if (++nesting_ > deepest_nesting)
    return wrong(current_.begin, "expression is nested too deeply (got more "
                                 "than 64 levels, want at most 64)");
  auto left = prefix();
  while (left && power_of_current() > power) left = infix(*left);
  --nesting_;
  return left;
}

expression_compiler::parsed expression_compiler::prefix() {
  const token t = current_;
  node n{value_type::missing, t.begin, t.end};
  if (t.kind != token_kind::end)
    if (auto ok = advance(); !ok) return tl::unexpected(ok.error());
  switch (t.kind) {
  case token_kind::name:
    return field(t);
  case token_kind::integer:
    if (t.integer > static_cast<std::uint64_t>(INT64_MAX))
      return wrong(t.begin, "integer out of range (got " + cut(n) + ", want at most 9223372036854775807)");
    push_constant(n.type = value_type::integer, slot{t.integer});
    return n;
  case token_kind::number:
    push_constant(n.type = value_type::number, slot::of(t.number));
    return n;
  case token_kind::true_:
    push_constant(n.type = value_type::boolean, slot::of(true));
    return n;
  case token_kind::false_:
    push_constant(n.type = value_type::boolean, slot::of(false));
    return n;
  case token_kind::null:
    push_constant(value_type::missing, slot{});
    n.null = true;
    return n;
  case token_kind::text:
    push_text(t.name);
    n.type = value_type::text;
    return n;
  case token_kind::case_:
    return case_of(t);
  case token_kind::open: {
    auto inner = parse(none);
    if (!inner) return inner;
    n.type = inner->type, n.end = current_.end;
    if (auto ok = expect(token_kind::close, ") or an operator"); !ok) return tl::unexpected(ok.error());
    return n;
  }
  case token_kind::minus: {
    if (current_.kind == token_kind::integer) { // the literal, so that -2^63 can be written
      push_constant(n.type = value_type::integer, slot{0 - current_.integer});
      n.end = current_.end;
      if (auto ok = advance(); !ok) return tl::unexpected(ok.error());
      return n;
    }
    auto inner = parse(minus_power);
    if (!inner) return inner;
    if (auto ok = want_number(*inner, "-"); !ok) return tl::unexpected(ok.error());
    emit(expression_op::neg, 0);
    return node{inner->type, t.begin, inner->end};
  }
  case token_kind::not_: {
    auto inner = parse(not_power);
    if (!inner) return inner;
    if (auto ok = want_boolean(*inner, "not"); !ok) return tl::unexpected(ok.error());
    emit(expression_op::not_, 0);
    return node{value_type::boolean, t.begin, inner->end};
  }
  default:
    break;
  }
  // A field may well be called like one of these.
  const bool word = t.kind == token_kind::like || t.kind == token_kind::when || t.kind == token_kind::then ||
                    t.kind == token_kind::else_ || t.kind == token_kind::end_;
  const std::string hint = word ? "; a field of that name stands in double quotes" : "";
  return wrong(t.begin, "unexpected input (got " + (t.kind == token_kind::end ? "the end" : cut(n)) +
                            ", want a field, a value, a function or a parenthesis" + hint + ")");
}

expression_compiler::parsed expression_compiler::field(const token& name) {
  if (current_.kind == token_kind::open && text_[name.begin] != '"') return call(name);
  auto known = known_ ? known_(name.name) : field_knowledge{};
  if (!known.known)
    return wrong(name.begin,
                 "unknown field (got " + name.name + ", want " +
                     (known.nearest.empty() ? std::string("a field of the source") : known.nearest) + ")");
  auto& fields = out_.fields_;
  auto at = std::find(fields.begin(), fields.end(), name.name);
  const auto index = static_cast<std::size_t>(at - fields.begin());
  if (at == fields.end()) fields.push_back(name.name);
  emit(expression_op::load, 1, index);
  return node{known.type, name.begin, name.end};
}

expression_compiler::parsed expression_compiler::infix(node left) {
  const auto kind = current_.kind;
  const auto place = current_.begin;
  if (auto ok = advance(); !ok) return tl::unexpected(ok.error());
  switch (kind) {
  case token_kind::plus:
    return arithmetic(left, expression_op::add, "+", add_power);
  case token_kind::minus:
    return arithmetic(left, expression_op::sub, "-", add_power);
  case token_kind::star:
    return arithmetic(left, expression_op::mul, "*", multiply_power);
  case token_kind::slash:
    return arithmetic(left, expression_op::div, "/", multiply_power);
  case token_kind::percent:
    return arithmetic(left, expression_op::mod, "%", multiply_power);
  case token_kind::eq:
    return comparison(left, expression_op::eq, "=");
  case token_kind::ne:
    return comparison(left, expression_op::ne, "!=");
  case token_kind::lt:
    return comparison(left, expression_op::lt, "<");
  case token_kind::le:
    return comparison(left, expression_op::le, "<=");
  case token_kind::gt:
    return comparison(left, expression_op::gt, ">");
  case token_kind::ge:
    return comparison(left, expression_op::ge, ">=");
  case token_kind::and_:
    return logic(left, true);
  case token_kind::or_:
    return logic(left, false);
  case token_kind::between:
    return between(left);
  case token_kind::in:
    return in_list(left);
  case token_kind::is:
    return is_null(left);
  case token_kind::concat:
    return concatenation(left);
  case token_kind::like:
    return like(left);
  default:
    break; // not_: x not in (..), x not between a and b, x not like 'p'
  }
  const auto negated = current_.kind;
  if (negated != token_kind::in && negated != token_kind::between && negated != token_kind::like)
    return wrong(place, "unexpected not (got not " + got() + ", want not in, not between or not like)");
  if (auto ok = advance(); !ok) return tl::unexpected(ok.error());
  auto n = negated == token_kind::in        ? in_list(left)
           : negated == token_kind::between ? between(left)
                                            : like(left);
  if (n) emit(expression_op::not_, 0);
  return n;
}

expression_compiler::parsed expression_compiler::arithmetic(node left, expression_op op, const char* sign,
                                                            int power) {
  if (auto ok = want_number(left, sign); !ok) return tl::unexpected(ok.error());
  auto right = parse(power);
  if (!right) return right;
  if (auto ok = want_number(*right, sign); !ok) return tl::unexpected(ok.error());
  emit(op, -1);
  const bool integers = left.type == value_type::integer && right->type == value_type::integer;
  return node{integers && op != expression_op::div ? value_type::integer : value_type::number, left.begin,
              right->end};
}

void expression_compiler::emit(expression_op op, int stack_change, std::size_t operand) {
  out_.code_.push_back({static_cast<std::uint8_t>(op), static_cast<std::uint16_t>(operand)});
  stack_ += stack_change;
  deepest_ = std::max(deepest_, stack_);
}

void expression_compiler::push_constant(value_type type, slot value) {
  out_.constants_.push_back(value);
  out_.constant_types_.push_back(type);
  emit(expression_op::constant, 1, out_.constants_.size() - 1);
}

void expression_compiler::push_text(std::string_view text) {
  push_constant(value_type::text, placed_text(text_place::constant, out_.texts_.size(), text.size()));
  out_.texts_ += text;
}

} // namespace sluice
