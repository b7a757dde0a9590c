// `key:` of a pipeline: what its windows and its memory are kept by.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/configuration.hpp"
#include "app/known_fields.hpp"
#include "config/option.hpp"

namespace sluice {

// device (nullopt) | none (no fields) | field | list of fields.
config::option_kind<std::optional<std::vector<std::string>>> key_kind();

// Every field of the key must be one that `fields`, the source's own, can have. `node` is the pipeline's map.
void check_key(const pipeline_options& pipeline, const known_fields& fields, const config::yaml_node& node,
               config::report& out);

} // namespace sluice
