// The fields of a result by which a sink places it: topics, keys.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

// Why a record has no topic or no key. `where` is the placeholder.
struct no_place {
  std::string where, detail;
};

// {pipeline}, {device}, fields of the key, then outputs of `values`, then alarm, state and severity of a
// transition, as text without quotes; out of the record as we write it. nullopt: not there, or no scalar.
std::optional<std::string> field_text(std::string_view record, std::string_view name,
                                      const std::string& pipeline);

// The outputs of a result, a JSON object.
std::string_view values_text(std::string_view record);

} // namespace sluice
