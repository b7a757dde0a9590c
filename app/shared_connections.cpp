#include "app/shared_connections.hpp"

#include "actors/client/kafka_options.hpp"
#include "actors/client/mqtt_options.hpp"

namespace sluice {

using namespace config;

namespace {

constexpr std::string_view own_id = "client_id"; // two connections with one id throw each other out

std::vector<std::string> without_id(std::vector<std::string> names) {
  std::erase(names, own_id);
  return names;
}

options<mqtt_connection_options> mqtt_table() {
  options<mqtt_connection_options> both("mqtt");
  const auto self = [](auto& c) -> auto& {
    return c;
  };
  both.include(mqtt_server_table(), self).include(mqtt_login_table(), self);
  return both;
}

// `address`: the option that says where the servers are; a component may bring it.
template <class Options>
void check_shared(const yaml_node& map, const char* address, const options<Options>& table, reader& in) {
  auto given = map;
  if (const auto* id = map.find(own_id))
    in.out.error(id->key.at, "a shared connection has no client_id: each component needs one of its own",
                 in_quotes(own_id), "client_id in the source or sink");
  if (given.is_map() && map.find(address) == nullptr) {
    yaml_node later;
    later.unset = true;
    given.add(address, std::move(later));
  }
  Options made;
  table.read(given, made, in);
}

void check_mqtt(const yaml_node& map, reader& in) {
  check_shared(map, "url", mqtt_table(), in);
}

void check_kafka(const yaml_node& map, reader& in) {
  check_shared(map, "brokers", kafka_connection_table(), in);
}

} // namespace

const std::vector<connection_kind>& connection_kinds() {
  static const std::vector<connection_kind> kinds{{"mqtt", check_mqtt}, {"kafka", check_kafka}};
  return kinds;
}

const std::vector<connection_user>& connection_users() {
  static const std::vector<connection_user> users{
      {"mqtt", "mqtt", without_id(mqtt_table().names())},
      {"kafka", "kafka", without_id(kafka_connection_table().names())},
      {"thingsboard", "mqtt", without_id(mqtt_server_table().names())},
  };
  return users;
}

namespace {

// Without the client id, and nothing is required: a component may bring it.
std::vector<option_info> shared(std::vector<option_info> infos) {
  std::erase_if(infos, [](const option_info& i) { return i.what.name == own_id; });
  for (auto& i : infos) i.what.required = false;
  return infos;
}

} // namespace

std::vector<option_info> mqtt_connection_infos() {
  return shared(mqtt_table().infos());
}

std::vector<option_info> kafka_connection_infos() {
  return shared(kafka_connection_table().infos());
}

} // namespace sluice
