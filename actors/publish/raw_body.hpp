// `payload: raw` of the sinks: what decode.raw made of a message goes out as the bytes that came in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace sluice {

struct raw_body {
  std::string payload;
  std::vector<std::pair<std::string, std::string>> properties; // of the field `properties`
};

// From the fields payload or payload_base64, and properties, of a result's values. `why` says what is missing
// when it is nullopt. Our own sluice-id and revision are left out of the properties: the sink makes them
// anew.
std::optional<raw_body> raw_body_of(const nlohmann::ordered_json& record, std::string& why);

} // namespace sluice
