#include "actors/transform/step_compiler.hpp"

#include <algorithm>
#include <set>

#include "actors/transform/step_kinds.hpp"
#include "config/nearest_name.hpp"

namespace sluice {

step_compiler::step_compiler(field_types known, const step_world& world, std::vector<std::string> base_names)
    : known_(std::move(known)), world_(world), base_names_(std::move(base_names)) {}

void step_compiler::compile(const step_options& options) {
  id_ = id_of(options);
  kind_of(options).compile(options, *this);
  ++at_;
}

bool step_compiler::passes(std::string_view name) const {
  return open_ && !hidden_.contains(name) && !named_.contains(name);
}

field_knowledge step_compiler::knows(std::string_view name) const {
  if (const auto at = named_.find(name); at != named_.end()) return {true, registers_[at->second].type, {}};
  if (passes(name)) {
    auto base = known_ ? known_(name) : field_knowledge{};
    if (!base.known && base.nearest.empty()) base.nearest = config::nearest_name(name, names());
    return base;
  }
  const auto nearest = config::nearest_name(name, names());
  return {false, value_type::missing, nearest.empty() ? "a field that is there at this step" : nearest};
}

std::uint16_t step_compiler::make(const std::string& name, bool base, value_type type) {
  if (registers_.size() >= no_field - 1u) {
    if (errors_.empty()) fail({}, "too many fields in a pipeline (got 65535, want fewer)");
    return 0;
  }
  registers_.push_back({name, base, type});
  return static_cast<std::uint16_t>(registers_.size() - 1);
}

std::uint16_t step_compiler::use(const std::string& name) {
  if (const auto at = named_.find(name); at != named_.end()) return at->second;
  if (!passes(name)) return make(name, false, value_type::missing);
  const auto at = bases_.find(name);
  if (at != bases_.end()) return at->second;
  return bases_[name] = make(name, true, known_ ? known_(name).type : value_type::missing);
}

std::optional<std::uint16_t> step_compiler::use(const std::string& name, std::vector<std::string> where,
                                                bool key) {
  const auto known = knows(name);
  if (known.known) return use(name);
  fail(std::move(where),
       "unknown field (got " + name + ", want " +
           (known.nearest.empty() ? "a field that is there at this step" : known.nearest) + ")",
       0, key);
  return std::nullopt;
}

std::uint16_t step_compiler::define(const std::string& name, value_type type) {
  return named_[name] = make(name, false, type);
}

void step_compiler::drop(const std::string& name) {
  named_.erase(name);
  hidden_[name] = true;
}

void step_compiler::select(const std::vector<std::string>& names) {
  std::map<std::string, std::uint16_t, std::less<>> kept;
  for (const auto& name : names) kept[name] = use(name);
  named_ = std::move(kept);
  open_ = false;
}

void step_compiler::rename(const std::vector<std::pair<std::string, std::string>>& names) {
  std::map<std::string, std::uint16_t, std::less<>> renamed;
  for (const auto& [to, from] : names) renamed[to] = use(from);
  for (const auto& [to, from] : names) drop(from);
  for (const auto& [to, reg] : renamed) named_[to] = reg;
}

std::optional<bound_expression> step_compiler::expression_at(std::vector<std::string> where,
                                                             std::string_view text) {
  auto made = expression::compile(text, [this](std::string_view name) { return knows(name); });
  if (!made) {
    fail(std::move(where), std::move(made.error().text), made.error().offset);
    return std::nullopt;
  }
  bound_expression out{std::move(*made), {}};
  for (const auto& name : out.code.fields()) out.where.push_back(use(name));
  return out;
}

std::optional<bound_expression> step_compiler::condition_at(std::vector<std::string> where,
                                                            std::string_view text, const std::string& what) {
  auto made = expression_at(where, text);
  if (!made) return made;
  const auto type = made->code.type();
  if (type == value_type::missing || type == value_type::boolean) return made;
  const char* got = type == value_type::text ? "text " : "a number ";
  fail(std::move(where), what + " is true or false (got " + got + std::string(text) +
                             ", want a comparison, e.g. temperature > 0)");
  return std::nullopt;
}

void step_compiler::fail(std::vector<std::string> where, std::string text, std::size_t offset, bool key) {
  errors_.push_back({at_, std::move(where), key, offset, std::move(text)});
}

std::vector<std::string> step_compiler::names() const {
  std::set<std::string> all;
  for (const auto& [name, reg] : named_) all.insert(name);
  for (const auto& name : base_names_)
    if (passes(name)) all.insert(name);
  return {all.begin(), all.end()};
}

} // namespace sluice
