// Compiles the text of an expression to flat code: a Pratt parser that emits as it reads, with types as far
// as they are known.
#pragma once

#include <string>
#include <string_view>

#include "actors/transform/expression.hpp"
#include "actors/transform/expression_lexer.hpp"
#include "actors/transform/expression_op.hpp"

namespace sluice {

// One use per text. On an error `run` returns the first one.
class expression_compiler {
public:
  expression_compiler(std::string_view text, const field_types& known) : text_(text), known_(known) {}
  tl::expected<expression, expression_error> run();

private:
  // What was parsed last: its type and its place, for messages.
  struct node {
    value_type type = value_type::missing;
    std::size_t begin = 0, end = 0;
  };
  using parsed = tl::expected<node, expression_error>;
  using checked = tl::expected<void, expression_error>;

  checked advance();
  parsed parse(int power);
  parsed prefix();
  parsed infix(node left);
  parsed field(const token& name);
  parsed arithmetic(node left, expression_op op, const char* sign, int power);
  parsed comparison(node left, expression_op op, const char* sign);
  parsed logic(node left, bool is_and);
  parsed between(node left);
  parsed in_list(node left);
  parsed is_null(node left);
  checked want_number(const node& n, const char* sign) const;
  checked want_boolean(const node& n, const char* sign) const;
  checked want_equal_kinds(const node& a, const node& b, const char* sign) const;
  checked expect(token_kind kind, const char* wanted);
  int power_of_current() const;
  std::string got() const; // the current token, for messages
  std::string cut(const node& n) const { return std::string(text_.substr(n.begin, n.end - n.begin)); }

  void emit(expression_op op, int stack_change, std::size_t operand = 0);
  void push_constant(value_type type, slot value);
  static tl::unexpected<expression_error> wrong(std::size_t offset, std::string text) {
    return tl::unexpected<expression_error>(expression_error{offset, std::move(text)});
  }

  std::string_view text_;
  const field_types& known_;
  expression out_;
  token current_;
  int nesting_ = 0;
  int stack_ = 0, deepest_ = 0;
};

} // namespace sluice
