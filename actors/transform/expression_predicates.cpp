// The part of the expression compiler that makes booleans (comparisons, logic,
// between, in, is null), and its type checks.
#include "actors/transform/expression_compiler.hpp"
#include "actors/transform/text_pattern.hpp"

namespace sluice {

namespace {

// As in expression_compiler.cpp: the right side of a comparison binds like a
// sum, of `and` like a comparison.
constexpr int and_power = 2, or_power = 1, compare_power = 4, add_power = 5;

// Types of one kind can be compared.
int kind_of(value_type t) {
  return t == value_type::text ? 2 : t == value_type::boolean ? 1 : 0;
}
const char* a_kind(value_type t) {
  constexpr const char* names[] = {"a number", "a boolean", "a text"};
  return names[kind_of(t)];
}

} // namespace

expression_compiler::parsed expression_compiler::comparison(node left, expression_op op, const char* sign) {
  auto right = parse(compare_power);
  if (!right) return right;
  if (op != expression_op::eq && op != expression_op::ne) {
    if (auto ok = want_ordered(left, sign); !ok) return tl::unexpected(ok.error());
    if (auto ok = want_ordered(*right, sign); !ok) return tl::unexpected(ok.error());
  }
  if (auto ok = want_equal_kinds(left, *right, sign); !ok) return tl::unexpected(ok.error());
  emit(op, -1);
  return node{value_type::boolean, left.begin, right->end};
}

expression_compiler::parsed expression_compiler::logic(node left, bool is_and) {
  const char* sign = is_and ? "and" : "or";
  if (auto ok = want_boolean(left, sign); !ok) return tl::unexpected(ok.error());
  const auto jump = out_.code_.size();
  emit(is_and ? expression_op::skip_false : expression_op::skip_true, 0);
  auto right = parse(is_and ? and_power : or_power);
  if (!right) return right;
  if (auto ok = want_boolean(*right, sign); !ok) return tl::unexpected(ok.error());
  emit(is_and ? expression_op::and_ : expression_op::or_, -1);
  out_.code_[jump].operand = static_cast<std::uint16_t>(out_.code_.size());
  return node{value_type::boolean, left.begin, right->end};
}

expression_compiler::parsed expression_compiler::between(node left) {
  if (auto ok = want_ordered(left, "between"); !ok) return tl::unexpected(ok.error());
  auto low = parse(compare_power);
  if (!low) return low;
  if (auto ok = want_equal_kinds(left, *low, "between"); !ok) return tl::unexpected(ok.error());
  if (auto ok = expect(token_kind::and_, "and between the two bounds"); !ok)
    return tl::unexpected(ok.error());
  auto high = parse(compare_power);
  if (!high) return high;
  if (auto ok = want_equal_kinds(left, *high, "between"); !ok) return tl::unexpected(ok.error());
  emit(expression_op::between, -2);
  return node{value_type::boolean, left.begin, high->end};
}

expression_compiler::parsed expression_compiler::in_list(node left) {
  if (auto ok = expect(token_kind::open, "( after in"); !ok) return tl::unexpected(ok.error());
  push_constant(value_type::boolean, slot::of(false));
  for (;;) {
    auto candidate = parse(0);
    if (!candidate) return candidate;
    if (auto ok = want_equal_kinds(left, *candidate, "in"); !ok) return tl::unexpected(ok.error());
    emit(expression_op::in_step, -1);
    if (current_.kind != token_kind::comma) break;
    if (auto ok = advance(); !ok) return tl::unexpected(ok.error());
  }
  const auto end = current_.end;
  if (auto ok = expect(token_kind::close, ", or )"); !ok) return tl::unexpected(ok.error());
  emit(expression_op::in_end, -1);
  return node{value_type::boolean, left.begin, end};
}

expression_compiler::parsed expression_compiler::is_null(node left) {
  const bool negated = current_.kind == token_kind::not_;
  if (negated)
    if (auto ok = advance(); !ok) return tl::unexpected(ok.error());
  const auto end = current_.end;
  if (auto ok = expect(token_kind::null, negated ? "null after is not" : "null or not null after is"); !ok)
    return tl::unexpected(ok.error());
  emit(expression_op::is_null, 0);
  if (negated) emit(expression_op::not_, 0);
  return node{value_type::boolean, left.begin, end};
}

expression_compiler::parsed expression_compiler::concatenation(node left) {
  if (auto ok = want_text(left, "||"); !ok) return tl::unexpected(ok.error());
  auto right = parse(add_power);
  if (!right) return right;
  if (auto ok = want_text(*right, "||"); !ok) return tl::unexpected(ok.error());
  emit(expression_op::concat, -1);
  return node{value_type::text, left.begin, right->end};
}

expression_compiler::parsed expression_compiler::like(node left) {
  if (auto ok = want_text(left, "like"); !ok) return tl::unexpected(ok.error());
  if (current_.kind != token_kind::text)
    return wrong(current_.begin,
                 "wrong pattern of like (got " + got() + ", want a text in quotes, e.g. 'room-%')");
  if (const auto bad = bad_like(current_.name); !bad.empty()) return wrong(current_.begin, bad);
  const auto end = current_.end;
  push_text(current_.name);
  emit(expression_op::like, -1);
  if (auto ok = advance(); !ok) return tl::unexpected(ok.error());
  return node{value_type::boolean, left.begin, end};
}

expression_compiler::checked expression_compiler::want_number(const node& n, const char* sign) const {
  if (n.type == value_type::missing || kind_of(n.type) == 0) return {};
  return wrong(n.begin, std::string("wrong type for ") + sign + " (got " + to_string(n.type) + " " + cut(n) +
                            ", want a number)");
}

expression_compiler::checked expression_compiler::want_boolean(const node& n, const char* sign) const {
  if (n.type == value_type::missing || n.type == value_type::boolean) return {};
  return wrong(n.begin, std::string("wrong type for ") + sign + " (got " + to_string(n.type) + " " + cut(n) +
                            ", want a boolean)");
}

expression_compiler::checked expression_compiler::want_text(const node& n, const char* sign) const {
  if (n.type == value_type::missing || n.type == value_type::text) return {};
  return wrong(n.begin, std::string("wrong type for ") + sign + " (got " + to_string(n.type) + " " + cut(n) +
                            ", want a text" +
                            (std::string_view(sign) == "||" && n.type == value_type::boolean
                                 ? ", or write or)"
                                 : ", e.g. to_text(" + cut(n) + "))"));
}

expression_compiler::checked expression_compiler::want_ordered(const node& n, const char* sign) const {
  if (n.type != value_type::boolean) return {};
  return wrong(n.begin, std::string("wrong type for ") + sign + " (got boolean " + cut(n) +
                            ", want a number or text)");
}

expression_compiler::checked expression_compiler::want_equal_kinds(const node& a, const node& b,
                                                                   const char* sign) const {
  if (a.type == value_type::missing || b.type == value_type::missing) return {};
  if (kind_of(a.type) == kind_of(b.type)) return {};
  return wrong(b.begin, std::string("wrong type for ") + sign + " (got " + to_string(b.type) + " " + cut(b) +
                            ", want " + a_kind(a.type) + " like " + cut(a) + ")");
}

} // namespace sluice
