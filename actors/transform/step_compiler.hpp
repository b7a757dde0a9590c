// What compiling a step needs: which fields there are at its place in the list,
// their registers and types, and where to say what is wrong. Lint and the
// shards run the same code.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/transform/expression.hpp"
#include "actors/transform/step.hpp"
#include "actors/transform/step_options.hpp"

namespace sluice {

// What is wrong with a step. `where` leads from the value behind the step's key
// to the value that is wrong: keys of maps, or places in lists in decimal.
struct step_error {
  std::size_t step = 0; // in the list
  std::vector<std::string> where;
  bool key = false;       // the key at the end of `where` is wrong, not its value
  std::size_t offset = 0; // of the character, in bytes of the text there
  std::string text;       // WHAT (got .., want ..)
};

// An expression with the registers of its fields. Evaluated with
// step_run::evaluate(e, where).
struct bound_expression {
  expression code;
  std::vector<std::uint16_t> where;
};

// Goes through the list of steps once, in order. A name means what the last
// step made of it: a field of the source (a base field) or one that a step
// defined.
class step_compiler {
public:
  // `known`: the fields of the source, as far as they are known (null = any).
  // `base_names`: their names, for messages.
  explicit step_compiler(field_types known, const step_world& world = {},
                         std::vector<std::string> base_names = {});

  // Compiles the next step by its row of step_kinds.
  void compile(const step_options& options);

  // For the rows:

  const step_world& world() const noexcept { return world_; }
  field_knowledge knows(std::string_view name) const;
  // The register that holds `name` here. A name that cannot be there has one
  // that stays missing.
  std::uint16_t use(const std::string& name);
  // As use(); reports an unknown field at `where`.
  std::optional<std::uint16_t> use(const std::string& name, std::vector<std::string> where, bool key = false);
  // A new register that `name` means from here on. The step must set it in
  // every run.
  std::uint16_t define(const std::string& name, value_type type);
  // From here on there is no `name`.
  void drop(const std::string& name);
  // From here on there are only these fields (those that are known).
  void select(const std::vector<std::string>& names);
  // From here on each first name means what the second one meant, which is no
  // more; all at once.
  void rename(const std::vector<std::pair<std::string, std::string>>& names);

  // Compiles a text of the step; reports at `where`, and returns nullopt then.
  std::optional<bound_expression> expression_at(std::vector<std::string> where, std::string_view text);
  // The same; refuses an expression that is known to be no boolean. `what`
  // names it: "a filter".
  std::optional<bound_expression> condition_at(std::vector<std::string> where, std::string_view text,
                                               const std::string& what);
  void fail(std::vector<std::string> where, std::string text, std::size_t offset = 0, bool key = false);
  void add(std::unique_ptr<step> made) { steps_.emplace_back(std::move(made), id_); }

  // After the last step:

  const std::vector<step_error>& errors() const noexcept { return errors_; }
  // Names for messages: every field that is known to be there.
  std::vector<std::string> names() const;
  // Fields that steps defined, renamed or selected, with their registers.
  const std::map<std::string, std::uint16_t, std::less<>>& named() const noexcept { return named_; }
  // True iff base fields that no step named are there too.
  bool open() const noexcept { return open_; }
  // True iff base field `name` is there under its own name without being in
  // named().
  bool passes(std::string_view name) const;

private:
  friend class steps;
  struct register_info {
    std::string name;
    bool base = false;
    value_type type = value_type::missing;
  };
  std::uint16_t make(const std::string& name, bool base, value_type type);

  field_types known_;
  step_world world_;
  std::vector<std::string> base_names_;
  std::size_t at_ = 0; // step being compiled
  std::vector<register_info> registers_;
  std::map<std::string, std::uint16_t, std::less<>> named_;
  std::map<std::string, std::uint16_t, std::less<>> bases_; // base fields in use
  std::map<std::string, bool, std::less<>> hidden_;         // base fields that are there no more
  bool open_ = true;
  std::string id_;                                                   // of the step being compiled
  std::vector<std::pair<std::unique_ptr<step>, std::string>> steps_; // with the id of their options
  std::vector<step_error> errors_;
};

} // namespace sluice
