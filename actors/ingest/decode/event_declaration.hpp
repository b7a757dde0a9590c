// What the declarations of all formats share: time, sequence, device and the field contract.
#pragma once

#include <optional>
#include <string>

#include "actors/ingest/decode/gatherer.hpp"
#include "actors/ingest/decode_options.hpp"
#include "config/option_kinds.hpp"

namespace sluice {

// What is wrong with a path into JSON; nullopt = nothing.
std::optional<config::refusal> bad_path(const std::string& text);

// "path" or "column": the key of a place in a map.
const char* key_of(gatherer::naming how);
// A path into JSON, or the name of a column.
config::option_kind<std::string> place_kind(gatherer::naming how);

// time: PLACE | { PLACE, unit } | { PLACE, format, zone } | arrival
config::option_kind<time_options> time_kind(gatherer::naming how);

// fields: { NAME: PLACE | { PLACE, type, unit, from, range, on_bad } }
config::option_kind<std::vector<field_path>> fields_kind(gatherer::naming how);

// Warns that events get their time of arrival when nothing else is said.
void warn_arrival(const config::yaml_node& map, const time_options& time, config::reader& in);

} // namespace sluice
