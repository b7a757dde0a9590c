#include "actors/client/kafka_link.hpp"

#include <algorithm>

#include "actors/client/byte_stream.hpp"
#include "config/nearest_name.hpp"

namespace sluice {

namespace {

using namespace std::chrono_literals;

// The names librdkafka knows, aliases left out.
const std::vector<std::string>& known_settings() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    kafka_conf conf(rd_kafka_conf_new());
    std::size_t count = 0;
    const auto add = [&](const char** pairs) {
      for (std::size_t i = 0; i + 1 < count; i += 2) all.emplace_back(pairs[i]);
      rd_kafka_conf_dump_free(pairs, count);
    };
    add(rd_kafka_conf_dump(conf.get(), &count));
    auto* topic = rd_kafka_topic_conf_new();
    add(rd_kafka_topic_conf_dump(topic, &count));
    rd_kafka_topic_conf_destroy(topic);
    return all;
  }();
  return names;
}

std::string joined(const std::vector<std::string>& all) {
  std::string text;
  for (const auto& one : all) text += (text.empty() ? "" : ",") + one;
  return text;
}

kafka_settings of_connection(const kafka_connection_options& c) {
  using security = kafka_connection_options::security_protocol;
  using mechanism = kafka_connection_options::sasl_mechanism;
  kafka_settings all{{"bootstrap.servers", joined(c.brokers)}, {"client.id", c.client_id}};
  all.emplace_back("security.protocol", c.security == security::plaintext        ? "plaintext"
                                        : c.security == security::ssl            ? "ssl"
                                        : c.security == security::sasl_plaintext ? "sasl_plaintext"
                                                                                 : "sasl_ssl");
  if (c.logs_in()) {
    all.emplace_back("sasl.mechanisms", c.mechanism == mechanism::plain           ? "PLAIN"
                                        : c.mechanism == mechanism::scram_sha_256 ? "SCRAM-SHA-256"
                                                                                  : "SCRAM-SHA-512");
    all.emplace_back("sasl.username", c.user);
    all.emplace_back("sasl.password", c.password);
  }
  if (c.encrypted()) {
    if (!c.tls.ca_file.empty()) all.emplace_back("ssl.ca.location", c.tls.ca_file);
    if (!c.tls.cert_file.empty()) all.emplace_back("ssl.certificate.location", c.tls.cert_file);
    if (!c.tls.key_file.empty()) all.emplace_back("ssl.key.location", c.tls.key_file);
    all.emplace_back("enable.ssl.certificate.verification", c.tls.verify ? "true" : "false");
    all.emplace_back("ssl.endpoint.identification.algorithm", c.tls.verify ? "https" : "none");
  }
  return all;
}

} // namespace

std::optional<bad_setting> kafka_setting_problem(const std::string& name, const std::string& value) {
  kafka_conf conf(rd_kafka_conf_new());
  char text[512];
  const auto done = rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text, sizeof text);
  if (done == RD_KAFKA_CONF_OK) return std::nullopt;
  if (done == RD_KAFKA_CONF_UNKNOWN) return bad_setting{true, config::did_you_mean(name, known_settings())};
  return bad_setting{false, text};
}

outcome<kafka_conf> make_kafka_conf(const kafka_connection_options& connection, const kafka_settings& usual,
                                    const kafka_settings& fixed) {
  kafka_conf conf(rd_kafka_conf_new());
  char text[512];
  rd_kafka_conf_set_log_cb(conf.get(), [](const rd_kafka_t*, int, const char*, const char*) {});
  const kafka_settings quick{{"reconnect.backoff.max.ms", "2000"}, {"socket.nagle.disable", "true"}};
  for (const auto& settings : {quick, usual, connection.librdkafka, of_connection(connection), fixed})
    for (const auto& [name, value] : settings)
      if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text, sizeof text) != RD_KAFKA_CONF_OK)
        return fail(ec::refused, "librdkafka takes no " + name + ": " + text);
  return conf;
}

std::string without_noise(const std::string& reason) {
  std::string text = reason;
  const auto place = text.find(": ");
  if (place != std::string::npos && text.substr(0, place).find("://") != std::string::npos)
    text.erase(0, place + 2);
  const auto after = text.rfind(" (after ");
  if (after != std::string::npos) text.erase(after);
  return text;
}

// librdkafka has one text for every certificate it does not like; a handshake of our own says which it is.
std::string kafka_trouble::tls_reason(const std::string& reason) {
  const auto now = std::chrono::steady_clock::now();
  if (!probe_.empty() && now - probed_ < 10s) return probe_;
  probed_ = now;
  probe_ = "TLS: " + reason;
  for (const auto& broker : connection_.brokers) {
    const auto at = broker_url::parse("mqtts://" + broker);
    if (!at) continue;
    const auto done = probe(*at, connection_.tls, 3s);
    if (done) continue;
    probe_ = done.error().text;
    if (probe_.starts_with("mqtts://")) probe_.erase(0, 8);
    break;
  }
  return probe_;
}

void kafka_trouble::happened(rd_kafka_resp_err_t code, const char* reason) {
  const auto plain = without_noise(reason == nullptr ? "" : reason);
  const auto before = text_;
  bool connection = true;
  switch (code) {
  case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    all_down_ = true;
    if (text_.empty()) text_ = "no broker answers: " + joined(connection_.brokers);
    break;
  case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    text_ = "the login is refused (user or password): " + plain;
    break;
  case RD_KAFKA_RESP_ERR__SSL:
    text_ = tls_reason(plain);
    break;
  case RD_KAFKA_RESP_ERR__RESOLVE:
    text_ = "the host name cannot be resolved: " + plain;
    break;
  default:
    connection = code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__TIMED_OUT;
    // What a refused login leaves behind is a closed connection: the first reason is the better one.
    if (text_.empty() || code != RD_KAFKA_RESP_ERR__TRANSPORT)
      text_ = plain.empty() ? rd_kafka_err2str(code) : plain;
  }
  if (text_ != before) of_connection_ = connection;
  doubtful_ = doubtful_ || connection;
}

void kafka_trouble::reached() noexcept {
  all_down_ = doubtful_ = false;
  if (of_connection_) text_.clear();
}

} // namespace sluice
