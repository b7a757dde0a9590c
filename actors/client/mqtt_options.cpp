// Declarations of what every MQTT connection has.
#include "actors/client/mqtt_options.hpp"

#include <algorithm>
#include <charconv>

#include "actors/client/mqtt/encode.hpp"
#include "actors/client/mqtt/wire.hpp"
#include "config/option_kinds.hpp"

namespace sluice {

namespace {

using namespace std::chrono_literals;
using namespace config;

option_kind<std::string> url_kind() {
  option_kind<std::string> kind;
  kind.type = "url";
  kind.bounds = "mqtt://HOST:PORT, mqtts://HOST:PORT (TLS)";
  kind.read = [](const yaml_node& node, std::string& into, const std::string& where, const about& option,
                 reader& in) {
    const std::string want = "mqtt://HOST:PORT or mqtts://HOST:PORT";
    const auto text = read_scalar(node, where, "a url", want, option, in);
    if (!text) return;
    const auto url = complete_mqtt_url(*text);
    if (url) {
      into = *url;
      return;
    }
    auto hidden = option; // what stands before an @ may be a password
    hidden.secret = text->find('@') != std::string::npos;
    refuse(node, where, url.error().text, want, hidden, in);
  };
  kind.print = [](const std::string& url, const secret_values& secrets) {
    return yaml_node::words(secrets.shown(url));
  };
  return kind;
}

option_kind<std::string> will_topic_kind() {
  return text(
      [](const std::string& topic) -> std::optional<refusal> {
        mqtt_publish what;
        what.topic = topic;
        if (const auto* why = packets::why_unfit(what, 5))
          return refusal{"is no topic: " + std::string(why), "e.g. \"sluice/field/state\""};
        return std::nullopt;
      },
      "not empty, no wildcards", "topic");
}

option_kind<std::string> will_payload_kind() {
  return text(
      [](const std::string& payload) -> std::optional<refusal> {
        if (payload.size() <= packets::longest_text) return std::nullopt;
        return refusal{"is longer than a will can be", "at most 65535 bytes"};
      },
      "at most 65535 bytes");
}

options<mqtt_publish> will_parts() {
  return options<mqtt_publish>("will")
      .add({"topic", "Where it is published.", "sluice/field/state", required}, &mqtt_publish::topic,
           will_topic_kind())
      .add({"payload", "What is published; may be empty.", "gone", required}, &mqtt_publish::payload,
           will_payload_kind())
      .add({"qos", "With which QoS.", "0"}, &mqtt_publish::qos, choice<int>({{"0", 0}, {"1", 1}, {"2", 2}}))
      .add({"retain", "Whether the broker keeps it.", "true"}, &mqtt_publish::retain, yes_or_no());
}

option_kind<std::optional<mqtt_publish>> will_kind() {
  const auto parts = will_parts();
  option_kind<std::optional<mqtt_publish>> kind;
  kind.type = "map";
  kind.nested = parts.infos();
  kind.read = [parts](const yaml_node& node, std::optional<mqtt_publish>& into, const std::string&,
                      const about&, reader& in) { parts.read(node, into.emplace(), in); };
  kind.print = [parts](const std::optional<mqtt_publish>& from, const secret_values& secrets) {
    return from ? parts.print(*from, secrets) : yaml_node();
  };
  return kind;
}

} // namespace

outcome<std::string> complete_mqtt_url(std::string_view url) {
  const bool plain = url.substr(0, 7) == "mqtt://", tls = url.substr(0, 8) == "mqtts://";
  if (!plain && !tls) return fail(ec::invalid, "is not an MQTT url");
  auto rest = url.substr(plain ? 7 : 8);
  if (rest.find('@') != std::string_view::npos)
    return fail(ec::invalid, "holds credentials, which belong into their own options");
  if (rest.find_first_of("/?#, \t") != std::string_view::npos)
    return fail(ec::invalid, "holds more than scheme, host and port");
  // [::1]:1883: the colons inside the brackets are no port.
  const auto bracket = rest.find(']');
  if ((rest.substr(0, 1) == "[") != (bracket != std::string_view::npos))
    return fail(ec::invalid, "has an unclosed bracket");
  const auto colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const auto host = rest.substr(0, colon);
  if (host.empty() || host == "[]") return fail(ec::invalid, "has no host");
  if (colon == std::string_view::npos) return std::string(url) + (plain ? ":1883" : ":8883");
  const auto digits = rest.substr(colon + 1);
  unsigned port = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (code != std::errc() || end != digits.data() + digits.size() || port == 0 || port > 65535)
    return fail(ec::invalid, "has no port between 1 and 65535");
  return std::string(url);
}

const options<mqtt_connection_options>& mqtt_server_table() {
  static const auto table = [] {
    auto made = options<mqtt_connection_options>("mqtt");
    made.add({"url", "Where the server is; of several, the first that answers.", "mqtts://broker.plant:8883",
              required},
             &mqtt_connection_options::urls, one_or_list(url_kind()))
        .add({"client_id", "MQTT client id; must be unique at the broker.", "greenhouse-field", false, false,
              "made from service and component name"},
             &mqtt_connection_options::client_id, text())
        .add({"tls", "For mqtts:// urls.", "{ ca: /etc/sluice/ca.pem }"}, &mqtt_connection_options::tls,
             map_of(tls_table()))
        .add({"protocol", "MQTT version; auto = 5, and 3.1.1 where the server does not know it.", "3.1.1"},
             &mqtt_connection_options::protocol, choice<int>({{"auto", 0}, {"5", 5}, {"3.1.1", 4}}))
        .add({"keep_alive", "Longest silence before the connection is probed.", "20s"},
             &mqtt_connection_options::keep_alive, duration<std::chrono::seconds>(1s, 18h))
        .add({"connect_timeout", "How long one attempt to connect may take.", "10s"},
             &mqtt_connection_options::connect_timeout, duration(100ms, 10min))
        .add({"client",
              "grouped: our own, many messages per sync and per write; paho: the Eclipse client, message by "
              "message.",
              "paho"},
             &mqtt_connection_options::client,
             choice<mqtt_client_kind>(
                 {{"paho", mqtt_client_kind::paho}, {"grouped", mqtt_client_kind::grouped}}));
    made.check([](const yaml_node& map, const mqtt_connection_options& c, reader& in) {
      const auto is_tls = [](const std::string& url) { return url.rfind("mqtts://", 0) == 0; };
      const auto* tls = map.find("tls");
      if (tls != nullptr && !c.urls.empty() && std::none_of(c.urls.begin(), c.urls.end(), is_tls))
        in.out.error(tls->key.at, "tls is given, but no url uses it", show(yaml_node::words(c.urls.front())),
                     "mqtts://HOST:PORT");
    });
    return made;
  }();
  return table;
}

const options<mqtt_connection_options>& mqtt_will_table() {
  static const auto table = options<mqtt_connection_options>("mqtt").add(
      {"will",
       "What the broker publishes when this connection is lost: the process was killed, or the network is "
       "gone. Not after an orderly end.",
       "{ topic: sluice/field/state, payload: gone, retain: true }"},
      &mqtt_connection_options::will, will_kind());
  return table;
}

const options<mqtt_connection_options>& mqtt_login_table() {
  static const auto table =
      options<mqtt_connection_options>("mqtt")
          .add({"user", "User name for the broker.", "sluice"}, &mqtt_connection_options::user, text())
          .add({"password", "Its password.", "${file:/run/secrets/broker}", false, true},
               &mqtt_connection_options::password, text());
  return table;
}

} // namespace sluice
