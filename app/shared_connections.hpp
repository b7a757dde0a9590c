// Which components may name a shared connection, and what they take from it.
#pragma once

#include <vector>

#include "config/connections.hpp"

namespace sluice {

const std::vector<config::connection_kind>& connection_kinds();
const std::vector<config::connection_user>& connection_users();
// The options of a connection of kind mqtt, for the reference.
std::vector<config::option_info> mqtt_connection_infos();
// And of kind kafka.
std::vector<config::option_info> kafka_connection_infos();

} // namespace sluice
