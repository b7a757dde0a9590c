// Compiles the text of an expression to flat code: a Pratt parser that emits as
// it reads, with types as far as they are known.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "actors/transform/expression.hpp"
#include "actors/transform/expression_lexer.hpp"
#include "actors/transform/expression_op.hpp"

namespace sluice {

struct function_row;

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
    bool null = false; // the literal
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
  parsed concatenation(node left);
  parsed like(node left);
  // expression_calls.cpp
  parsed call(const token& name);
  parsed coalesce(const token& name);
  parsed case_of(const token& word);
  checked literal_argument(const function_row& row, char letter, expression_call& into);
  checked want_argument(const node& n, char letter, std::string_view function) const;
  checked unite(std::optional<node>& all, const node& next, const char* what) const;
  checked want_number(const node& n, const char* sign) const;
  checked want_boolean(const node& n, const char* sign) const;
  checked want_text(const node& n, const char* sign) const;
  checked want_ordered(const node& n,
                       const char* sign) const; // a number or text
  checked want_equal_kinds(const node& a, const node& b, const char* sign) const;
  checked expect(token_kind kind, const char* wanted);
  int power_of_current() const;
  std::string got() const; // the current token, for messages
  std::string cut(const node& n) const { return std::string(text_.substr(n.begin, n.end - n.begin)); }

  void emit(expression_op op, int stack_change, std::size_t operand = 0);
  void push_constant(value_type type, slot value);
  void push_text(std::string_view text);
  void land(std::size_t jump) { // a jump leads here
    out_.code_[jump].operand = static_cast<std::uint16_t>(out_.code_.size());
  }
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
