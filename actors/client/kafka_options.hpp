// How to reach a Kafka cluster: shared by the Kafka source, the Kafka sink and the simulator.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/client/tls_options.hpp"

namespace sluice {

namespace config {
template <class T> class options; // config/option.hpp
} // namespace config

// Settings of librdkafka by name.
using kafka_settings = std::vector<std::pair<std::string, std::string>>;

struct kafka_connection_options {
  std::vector<std::string> brokers; // HOST:PORT, at least one
  std::string client_id;            // empty: made by the component from service name and component name
  enum class security_protocol { plaintext, ssl, sasl_plaintext, sasl_ssl };
  security_protocol security = security_protocol::plaintext;
  enum class sasl_mechanism { plain, scram_sha_256, scram_sha_512 } mechanism = sasl_mechanism::plain;
  std::string user;
  std::string password; // secret
  tls_options tls;
  kafka_settings librdkafka; // whatever else; wins over what we would set, but for what is ours (lint)

  bool encrypted() const noexcept {
    return security == security_protocol::ssl || security == security_protocol::sasl_ssl;
  }
  bool logs_in() const noexcept {
    return security == security_protocol::sasl_plaintext || security == security_protocol::sasl_ssl;
  }
};

// Returns `broker` with its port: HOST:PORT (9092). nullopt: something else.
std::optional<std::string> complete_broker(const std::string& broker);

// Why librdkafka does not take the setting: `unknown` with the nearest name, or what is wrong with the value.
// nullopt = it does.
struct bad_setting {
  bool unknown = false;
  std::string what;
};
std::optional<bad_setting> kafka_setting_problem(const std::string& name, const std::string& value);

// The declaration of what every Kafka connection has: brokers, client_id, security, mechanism, user,
// password, tls, librdkafka.
const config::options<kafka_connection_options>& kafka_connection_table();

} // namespace sluice
