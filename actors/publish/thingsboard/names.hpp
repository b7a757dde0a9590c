// Which names ThingsBoard takes, for telemetry keys and for devices. A bad key is acknowledged and then loses
// its whole record; a bad device name gets no acknowledgement at all. So both are refused before sending.
#pragma once

#include <string_view>

namespace sluice::thingsboard {

// Returns what is wrong with the name, "" iff it is good: empty, blank, longer than 255 UTF-16 units, with
// U+0000, or with '<' (looks like HTML to it). `name` is UTF-8.
std::string_view bad_name(std::string_view name);

// True for a text that ThingsBoard turns into a number: an optional minus, digits, at most one point and none
// at the end.
bool looks_numeric(std::string_view text);

} // namespace sluice::thingsboard
