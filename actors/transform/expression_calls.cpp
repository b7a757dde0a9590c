// The part of the expression compiler that knows functions, coalesce and case.
#include <algorithm>

#include "actors/transform/expression_compiler.hpp"
#include "actors/transform/expression_functions.hpp"
#include "config/nearest_name.hpp"
#include "config/time_zone.hpp"

namespace sluice {

namespace {

// function_row::arguments, taken apart.
struct argument_letters {
  std::string letters; // of those that have a letter of their own
  std::size_t least = 0;
  bool more = false; // the last one may come again

  explicit argument_letters(std::string_view spec) {
    bool optional = false;
    for (const char c : spec) {
      if (c == '|') {
        optional = true;
      } else if (c == '*') {
        more = true;
      } else {
        letters += c;
        least += !optional;
      }
    }
  }
  bool takes(std::size_t n) const { return n < letters.size() || more; }
  char at(std::size_t i) const { return i < letters.size() ? letters[i] : letters.back(); }
};

tl::expected<prepared_argument, std::string> find_zone(std::string_view name) {
  auto found = time_zone::find(std::string(name));
  if (!found)
    return tl::unexpected(found.error().text + " (got " + std::string(name) +
                          ", want a name like Europe/Berlin)");
  return std::make_shared<const time_zone>(std::move(*found));
}

} // namespace

expression_compiler::parsed expression_compiler::call(const token& name) {
  const auto* row = find_function(name.name);
  if (row == nullptr) {
    const auto nearest = config::nearest_name(name.name, function_names());
    return wrong(name.begin, "unknown function (got " + name.name + ", want " +
                                 (nearest.empty() ? std::string("a function of the language") : nearest) +
                                 ")");
  }
  if (auto ok = advance(); !ok) return tl::unexpected(ok.error()); // the parenthesis
  if (row->body == nullptr) return coalesce(name);
  const argument_letters wants(row->arguments);
  auto made = std::make_shared<expression_call>();
  made->row = row;
  bool integers = true;
  std::size_t n = 0;
  const auto many = [&](const std::string& got) {
    return wrong(name.begin,
                 "wrong number of arguments (got " + got + ", want " + std::string(row->call) + ")");
  };
  if (current_.kind != token_kind::close) {
    for (;; ++n) {
      if (!wants.takes(n)) return many("more than " + std::to_string(n));
      const char letter = wants.at(n);
      if (letter == 'T' || letter == 'Z') {
        if (auto ok = literal_argument(*row, letter, *made); !ok) return tl::unexpected(ok.error());
      } else {
        auto argument = parse(0);
        if (!argument) return argument;
        if (auto ok = want_argument(*argument, letter, row->name); !ok) return tl::unexpected(ok.error());
        if (letter == 'n') integers = integers && argument->type == value_type::integer;
        made->prepared.emplace_back();
      }
      made->letters += letter;
      if (current_.kind != token_kind::comma) break;
      if (auto ok = advance(); !ok) return tl::unexpected(ok.error());
    }
    ++n;
  }
  const auto end = current_.end;
  if (auto ok = expect(token_kind::close, ", or )"); !ok) return tl::unexpected(ok.error());
  if (n < wants.least) return many(std::to_string(n));
  out_.calls_.push_back(std::move(made));
  emit(expression_op::call, 1 - static_cast<int>(n), out_.calls_.size() - 1);
  const auto type = row->result != value_type::missing ? row->result
                    : integers                         ? value_type::integer
                                                       : value_type::number;
  return node{type, name.begin, end};
}

expression_compiler::checked expression_compiler::literal_argument(const function_row& row, char letter,
                                                                   expression_call& into) {
  if (current_.kind != token_kind::text)
    return wrong(current_.begin,
                 "wrong argument of " + std::string(row.name) + " (got " + got() + ", want " +
                     (letter == 'Z' ? "the name of a time zone in quotes, e.g. 'Europe/Berlin')"
                                    : "a text in quotes, e.g. " + std::string(row.example) + ")"));
  auto prepared = letter == 'Z' ? find_zone(current_.name) : row.prepare(current_.name);
  if (!prepared) return wrong(current_.begin, prepared.error());
  into.prepared.push_back(std::move(*prepared));
  push_text(current_.name);
  return advance();
}

expression_compiler::checked expression_compiler::want_argument(const node& n, char letter,
                                                                std::string_view function) const {
  const auto sign = std::string(function);
  switch (letter) {
  case 'n':
  case 'i':
    return want_number(n, sign.c_str());
  case 't':
    return want_text(n, sign.c_str());
  case 'b':
    return want_boolean(n, sign.c_str());
  default:
    return {};
  }
}

// Every value but the last jumps to the end when it is there.
expression_compiler::parsed expression_compiler::coalesce(const token& name) {
  std::vector<std::size_t> jumps;
  std::optional<node> all;
  for (;;) {
    auto value = parse(0);
    if (!value) return value;
    if (auto ok = unite(all, *value, "coalesce"); !ok) return tl::unexpected(ok.error());
    if (current_.kind != token_kind::comma) break;
    if (auto ok = advance(); !ok) return tl::unexpected(ok.error());
    jumps.push_back(out_.code_.size());
    emit(expression_op::skip_present, -1);
  }
  const auto end = current_.end;
  if (auto ok = expect(token_kind::close, ", or )"); !ok) return tl::unexpected(ok.error());
  for (const auto at : jumps) land(at);
  return node{all->type, name.begin, end};
}

// case when C then A .. else B end, or case X when V then A .. else B end.
expression_compiler::parsed expression_compiler::case_of(const token& word) {
  std::optional<node> subject, all;
  if (current_.kind != token_kind::when) {
    auto parsed_subject = parse(0);
    if (!parsed_subject) return parsed_subject;
    subject = *parsed_subject;
  }
  std::vector<std::size_t> jumps;
  if (current_.kind != token_kind::when)
    return wrong(current_.begin, "unexpected input (got " + got() + ", want when)");
  while (current_.kind == token_kind::when) {
    if (auto ok = advance(); !ok) return tl::unexpected(ok.error());
    if (subject) emit(expression_op::copy, 1);
    auto test = parse(0);
    if (!test) return test;
    if (subject) {
      if (auto ok = want_equal_kinds(*subject, *test, "when"); !ok) return tl::unexpected(ok.error());
      emit(expression_op::eq, -1);
    } else if (auto ok = want_boolean(*test, "when"); !ok) {
      return tl::unexpected(ok.error());
    }
    const auto next = out_.code_.size();
    emit(expression_op::unless_true, -1);
    if (auto ok = expect(token_kind::then, "then"); !ok) return tl::unexpected(ok.error());
    auto value = parse(0);
    if (!value) return value;
    if (auto ok = unite(all, *value, "case"); !ok) return tl::unexpected(ok.error());
    jumps.push_back(out_.code_.size());
    emit(expression_op::jump, -1); // the next value takes its place
    land(next);
  }
  if (current_.kind == token_kind::else_) {
    if (auto ok = advance(); !ok) return tl::unexpected(ok.error());
    auto value = parse(0);
    if (!value) return value;
    if (auto ok = unite(all, *value, "case"); !ok) return tl::unexpected(ok.error());
  } else {
    push_constant(value_type::missing, slot{});
  }
  const auto end = current_.end;
  if (auto ok = expect(token_kind::end_, "when, else or end"); !ok) return tl::unexpected(ok.error());
  for (const auto at : jumps) land(at);
  if (subject) emit(expression_op::in_end, -1);
  return node{all->type, word.begin, end};
}

// Makes `all` the type of a value that is one of several. A literal null fits
// everything.
expression_compiler::checked expression_compiler::unite(std::optional<node>& all, const node& next,
                                                        const char* what) const {
  if (!all || all->null) {
    all = next;
    return {};
  }
  if (next.null) return {};
  if (auto ok = want_equal_kinds(*all, next, what); !ok) return ok;
  if (all->type == value_type::missing || next.type == value_type::missing)
    all->type = value_type::missing;
  else if (all->type != next.type)
    all->type = value_type::number;
  return {};
}

} // namespace sluice
