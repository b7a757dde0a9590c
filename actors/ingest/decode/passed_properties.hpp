// User properties and headers on their way through a bridge.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

// Appends the properties (message_out::user_properties) as JSON: [["name","text"],..]; a text that is not
// UTF-8 as ["name","BASE64",true]. What Kafka's source added itself (kafka.*) is left out. Nothing is
// appended when there are none.
void passed_properties(std::string_view encoded, std::string& to);

} // namespace sluice
