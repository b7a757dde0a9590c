// YAML values as the JSON they stand for: what is not in quotes and looks like a number is one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "config/yaml_node.hpp"

namespace sluice {

nlohmann::ordered_json to_json(const config::yaml_node& node);
// Milliseconds since 1970 UTC of an RFC 3339 text or a date; nullopt: neither.
std::optional<std::int64_t> to_ms(const std::string& text);

} // namespace sluice
