#include "app/verbs/publishing.hpp"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <random>

#include <unistd.h>

#include "actors/simulate/kafka_loop.hpp"
#include "messages/exit_codes.hpp"

namespace sluice {

namespace {

std::atomic<bool> stop{false}, abandon{false};

extern "C" void on_signal(int) {
  if (stop.exchange(true)) abandon = true;
}

const CLI::Validator url_text(
    [](const std::string& text) {
      if (is_kafka_url(text)) {
        publish_options only;
        only.url = text;
        const auto made = kafka_connection_of(only);
        return made ? std::string() : made.error().text;
      }
      const auto url = broker_url::parse(text);
      return url ? std::string() : url.error().text;
    },
    "URL");

} // namespace

void add_publish_options(CLI::App& verb, publish_options& o) {
  verb.add_option("--url", o.url,
                  "Broker: mqtt://HOST:PORT, mqtts://HOST:PORT (TLS), kafka://HOST:PORT or "
                  "kafkas://HOST:PORT (TLS); for "
                  "Kafka a topic is TOPIC/KEY, a user logs in with PLAIN")
      ->required()
      ->check(url_text);
  verb.add_option("--ack-log", o.ack_log, "File for one JSON line per acknowledgement: topic and payload");
  verb.add_option("--window", o.window, "Publishes without acknowledgement at a time")
      ->capture_default_str()
      ->check(CLI::Range(1u, 50'000u));
  verb.add_option("--user", o.user, "User name");
  verb.add_option("--password", o.password, "Password; better in the environment than on the command line")
      ->envname("SLUICE_PASSWORD");
  verb.add_option("--client-id", o.client_id, "MQTT client id (default: a new one)");
  verb.add_option("--ca", o.tls.ca_file,
                  "Certificates that may sign the broker's, PEM (default: the system's)")
      ->check(CLI::ExistingFile);
  auto* cert =
      verb.add_option("--cert", o.tls.cert_file, "Own certificate chain, PEM")->check(CLI::ExistingFile);
  auto* key = verb.add_option("--key", o.tls.key_file, "Its private key, PEM")->check(CLI::ExistingFile);
  cert->needs(key);
  key->needs(cert);
  verb.add_flag_callback(
      "--insecure", [&o] { o.tls.verify = false; }, "Do not check the broker's certificate and host name");
}

stop_flags stop_on_signals() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  return {stop, abandon};
}

std::string own_client_id(const std::string& verb) {
  std::random_device random;
  return "sluice-" + verb + "-" + std::to_string(getpid()) + "-" + std::to_string(random());
}

std::optional<double> plain_number(std::string_view text) {
  double value = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (bad != std::errc{} || end != text.data() + text.size() || !(value >= 0) || value > 1e9)
    return std::nullopt;
  return value;
}

int publishing_failed(const std::string& verb, const error& e) {
  std::fprintf(stderr, "sluice %s: error: %s\n", verb.c_str(), e.text.c_str());
  switch (e.code) {
  case ec::storage:
    return exit_storage;
  case ec::refused:
    return exit_config;
  case ec::invalid:
    return exit_usage;
  default:
    return exit_pending;
  }
}

} // namespace sluice
