// Options of the steps before the window, as written in the file; compiled by steps.hpp.
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace sluice {

namespace config {
struct yaml_node;
struct reader;
class secret_values;
} // namespace config

// filter: EXPR. Keeps an event iff the expression is true.
struct filter_options {
  std::string id; // state and counters are found by it; default "filter-1", ..
  std::string expression;
};

// derive: { name: EXPR, .. } in the order of the file; a later one may use an earlier one.
struct derive_options {
  std::string id;
  struct field {
    std::string name;
    std::string expression;
  };
  std::vector<field> fields;
};

using step_options = std::variant<filter_options, derive_options>;

// What stands behind `filter:` and `derive:`. Reading checks the form; compiling is the pipeline's matter,
// which knows the fields.
void read_filter(const config::yaml_node& value, filter_options& into, config::reader& in);
void read_derive(const config::yaml_node& value, derive_options& into, config::reader& in);
config::yaml_node print_filter(const filter_options& from, const config::secret_values& secrets);
config::yaml_node print_derive(const derive_options& from, const config::secret_values& secrets);

} // namespace sluice
