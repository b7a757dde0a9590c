// The table of steps: one row per kind, which declares, reads, prints and compiles it. Adding a kind adds its
// options to step_options and its row here.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "actors/transform/step_compiler.hpp"
#include "actors/transform/step_options.hpp"
#include "config/component_row.hpp"

namespace sluice {

struct step_kind : config::component_row<step_options> {
  // True iff `options` are of this kind.
  std::function<bool(const step_options&)> is;
  // Reports what is wrong, and adds the step otherwise. Used by lint and by the shards.
  std::function<void(const step_options&, step_compiler&)> compile;
};

const std::vector<step_kind>& step_kinds();
const step_kind& kind_of(const step_options& options);

// The row of a kind whose value is no map of options.
template <class Step>
step_kind make_step_kind(std::string kind, std::string sentence, std::string example,
                         void (*read)(const config::yaml_node&, Step&, config::reader&),
                         config::yaml_node (*print)(const Step&, const config::secret_values&),
                         void (*compile)(const Step&, step_compiler&)) {
  step_kind row;
  row.kind = std::move(kind);
  row.sentence = std::move(sentence);
  row.example = std::move(example);
  row.read = [read](const config::yaml_node& value, step_options& into, config::reader& in) {
    Step step;
    read(value, step, in);
    into = std::move(step);
  };
  row.print = [print](const step_options& from,
                      const config::secret_values& secrets) -> std::optional<config::yaml_node> {
    const auto* step = std::get_if<Step>(&from);
    if (step == nullptr) return std::nullopt;
    return print(*step, secrets);
  };
  row.is = [](const step_options& o) { return std::holds_alternative<Step>(o); };
  row.compile = [compile](const step_options& o, step_compiler& c) { compile(std::get<Step>(o), c); };
  return row;
}

// The row of a kind whose value is a map with a table of options.
template <class Step>
step_kind make_step_kind(const config::options<Step>& table, std::string sentence, std::string example,
                         void (*compile)(const Step&, step_compiler&)) {
  step_kind row;
  row.kind = table.name();
  row.sentence = std::move(sentence);
  row.example = std::move(example);
  row.infos = table.infos();
  row.read = [table](const config::yaml_node& value, step_options& into, config::reader& in) {
    Step step;
    table.read(value, step, in);
    into = std::move(step);
  };
  row.print = [table](const step_options& from,
                      const config::secret_values& secrets) -> std::optional<config::yaml_node> {
    const auto* step = std::get_if<Step>(&from);
    if (step == nullptr) return std::nullopt;
    return table.print(*step, secrets);
  };
  row.is = [](const step_options& o) { return std::holds_alternative<Step>(o); };
  row.compile = [compile](const step_options& o, step_compiler& c) { compile(std::get<Step>(o), c); };
  return row;
}

} // namespace sluice
