// Declaration of what every Kafka connection has.
#include "actors/client/kafka_options.hpp"

#include <algorithm>
#include <charconv>

#include "config/option_kinds.hpp"

namespace sluice {

using namespace config;

namespace {

using connection = kafka_connection_options;

option_kind<std::string> broker_kind() {
  return parsed_text<std::string>(
      "broker", "e.g. kafka.plant:9092",
      [](const std::string& text) -> outcome<std::string> {
        if (auto broker = complete_broker(text)) return *broker;
        return fail(ec::invalid, "HOST:PORT is expected, without a scheme");
      },
      [](const std::string& broker) { return broker; });
}

// What the service decides itself: another value would break a promise.
std::optional<refusal> owned(const std::string& name) {
  static const std::vector<std::pair<std::string, std::string>> all{
      {"bootstrap.servers", "brokers"},
      {"metadata.broker.list", "brokers"},
      {"client.id", "client_id"},
      {"security.protocol", "security"},
      {"sasl.mechanism", "mechanism"},
      {"sasl.mechanisms", "mechanism"},
      {"sasl.username", "user"},
      {"sasl.password", "password"},
      {"ssl.ca.location", "tls.ca"},
      {"ssl.certificate.location", "tls.cert"},
      {"ssl.key.location", "tls.key"},
      {"enable.ssl.certificate.verification", "tls.verify"},
      {"ssl.endpoint.identification.algorithm", "tls.verify"},
      {"group.id", "group"},
      {"group.instance.id", "instance"},
      {"auto.offset.reset", "offset_reset"},
      {"transactional.id", "transactional"},
      {"message.max.bytes", "max_record"},
      {"compression.codec", "compression"},
      {"compression.type", "compression"},
      {"linger.ms", "linger"},
      {"queue.buffering.max.ms", "linger"},
      {"acks", ""},
      {"request.required.acks", ""},
      {"enable.idempotence", ""},
      {"message.timeout.ms", ""},
      {"delivery.timeout.ms", ""},
      {"delivery.report.only.error", ""},
      {"enable.auto.commit", ""},
      {"auto.commit.enable", ""},
      {"enable.auto.offset.store", ""},
      {"partition.assignment.strategy", ""},
      {"enable.partition.eof", ""},
  };
  for (const auto& [setting, option] : all)
    if (setting == name)
      return refusal{"has a setting that is decided here",
                     option.empty() ? "without it: the promises rest on it" : "the option " + option};
  return std::nullopt;
}

option_kind<text_pairs> librdkafka_kind() {
  return text_map(
      "{ socket.keepalive.enable: \"true\" }",
      [](const std::string& name) -> std::optional<refusal> {
        if (auto ours = owned(name)) return ours;
        const auto bad = kafka_setting_problem(name, "");
        if (bad && bad->unknown) return refusal{"has an unknown setting" + bad->what, "one of librdkafka's"};
        return std::nullopt;
      },
      [](const std::string& name, const std::string& value) -> std::optional<refusal> {
        const auto bad = kafka_setting_problem(name, value);
        if (bad) return refusal{"is refused by librdkafka: " + bad->what, "a value it takes"};
        return std::nullopt;
      });
}

void check_security(const yaml_node& map, const connection& c, reader& in) {
  if (map.find("tls") != nullptr && !c.encrypted())
    in.out.error(map.find("tls")->key.at, "tls is given, but the security is without it", "tls",
                 "security: ssl or sasl_ssl");
  for (const auto* name : {"mechanism", "user", "password"})
    if (const auto* entry = map.find(name); entry != nullptr && !c.logs_in())
      in.out.error(entry->key.at, std::string(name) + " is given, but the security is without a login", name,
                   "security: sasl_ssl or sasl_plaintext");
  if (!c.logs_in()) return;
  for (const auto* name : {"user", "password"})
    if (map.find(name) == nullptr)
      in.out.error(map.find("security") != nullptr ? map.find("security")->key.at : map.at,
                   std::string(name) + " is missing: the security wants a login", "nothing",
                   std::string(name) + ": ..");
  if (!c.encrypted() && c.mechanism == connection::sasl_mechanism::plain)
    in.out.warning(map.find("security")->key.at,
                   "sasl_plaintext with PLAIN: the password travels in clear text");
}

} // namespace

std::optional<std::string> complete_broker(const std::string& broker) {
  if (broker.empty() || broker.find_first_of("/?#@, \t") != std::string::npos) return std::nullopt;
  const auto bracket = broker.find(']');
  if ((broker.front() == '[') != (bracket != std::string::npos)) return std::nullopt;
  const auto colon = broker.find(':', bracket == std::string::npos ? 0 : bracket);
  if (colon == 0) return std::nullopt;
  if (colon == std::string::npos) return broker + ":9092";
  unsigned port = 0;
  const auto* const end = broker.data() + broker.size();
  const auto read = std::from_chars(broker.data() + colon + 1, end, port);
  if (read.ec != std::errc() || read.ptr != end || port == 0 || port > 65535) return std::nullopt;
  return broker;
}

const options<connection>& kafka_connection_table() {
  using security = connection::security_protocol;
  using mechanism = connection::sasl_mechanism;
  static const auto table = [] {
    auto made = options<connection>("kafka");
    made.add({"brokers", "Brokers to ask first; they name all others.", "kafka.plant:9092", required},
             &connection::brokers, one_or_list(broker_kind()))
        .add({"client_id", "Name in the logs and quotas of the brokers.", "greenhouse-field", false, false,
              "made from service and component name"},
             &connection::client_id, text())
        .add({"security", "What security.protocol is elsewhere.", "sasl_ssl"}, &connection::security,
             choice<security>({{"plaintext", security::plaintext},
                               {"ssl", security::ssl},
                               {"sasl_plaintext", security::sasl_plaintext},
                               {"sasl_ssl", security::sasl_ssl}}))
        .add({"mechanism",
              "How to log in. SCRAM needs librdkafka 2.6.1 or newer where the brokers are Kafka 4 (Debian 12 "
              "has 2.0.2): they refuse the right password.",
              "SCRAM-SHA-256"},
             &connection::mechanism,
             choice<mechanism>({{"PLAIN", mechanism::plain},
                                {"SCRAM-SHA-256", mechanism::scram_sha_256},
                                {"SCRAM-SHA-512", mechanism::scram_sha_512}}))
        .add({"user", "User name, or API key.", "sluice"}, &connection::user, text())
        .add({"password", "Its password, or API secret.", "${file:/run/secrets/kafka}", false, true},
             &connection::password, text())
        .add({"tls", "For security ssl and sasl_ssl.", "{ ca: /etc/sluice/ca.pem }"}, &connection::tls,
             map_of(tls_table()))
        .add({"librdkafka",
              "Further settings of librdkafka by their names; what the options here decide is refused.",
              "{ socket.keepalive.enable: \"true\" }"},
             &connection::librdkafka, librdkafka_kind());
    made.check(check_security);
    return made;
  }();
  return table;
}

} // namespace sluice
