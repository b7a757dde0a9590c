// The fields of a result by which a sink places it: topics, keys.
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace sluice {

// Why a record has no topic or no key. `where` is the placeholder.
struct no_place {
  std::string where, detail;
};

// {pipeline}, {device}, fields of the key, then outputs of `values`, then alarm, state and severity of a
// transition, as text without quotes. nullopt: not there, or no scalar.
std::optional<std::string> field_text(const nlohmann::ordered_json& record, const std::string& name,
                                      const std::string& pipeline);

} // namespace sluice
