// Splitting and printing of broker addresses; complete_mqtt_url() judges them.
#include "actors/client/broker_url.hpp"

#include <charconv>

#include "actors/client/mqtt_options.hpp"

namespace sluice {

namespace {

std::string authority(const broker_url& url) {
  const bool v6 = url.host.find(':') != std::string::npos;
  return (v6 ? "[" + url.host + "]" : url.host) + ":" + std::to_string(url.port);
}

} // namespace

outcome<broker_url> broker_url::parse(std::string_view text) {
  const auto whole = complete_mqtt_url(text);
  if (!whole)
    return fail(ec::invalid, "the broker's url " + whole.error().text + " (got \"" + std::string(text) +
                                 "\", want mqtt://HOST:PORT or mqtts://HOST:PORT)");
  std::string_view rest = *whole;
  broker_url made;
  made.tls = rest.substr(0, 5) == "mqtts";
  rest.remove_prefix(made.tls ? 8 : 7);
  const auto colon = rest.rfind(':');
  const auto port = rest.substr(colon + 1);
  std::from_chars(port.data(), port.data() + port.size(), made.port);
  rest = rest.substr(0, colon);
  if (!rest.empty() && rest.front() == '[') rest = rest.substr(1, rest.size() - 2);
  made.host = rest;
  return made;
}

std::string broker_url::text() const {
  return (tls ? "mqtts://" : "mqtt://") + authority(*this);
}
std::string broker_url::paho() const {
  return (tls ? "ssl://" : "tcp://") + authority(*this);
}

} // namespace sluice
