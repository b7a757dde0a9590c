// The declaration of `mqtt:` of a source.
#include "actors/ingest/source_options.hpp"

#include "config/option_kinds.hpp"

namespace sluice {

namespace {

using namespace std::chrono_literals;
using namespace config;

option_kind<topic_template> topic_kind() {
  return parsed_text<topic_template>(
      "topic", "e.g. \"plant/{device}/climate\"",
      [](const std::string& t) { return topic_template::parse(t); },
      [](const topic_template& t) { return t.text(); });
}

const place& place_of(const yaml_node& topics, const mqtt_source_options& mqtt, std::size_t i) {
  return topics.is_sequence() && topics.items.size() == mqtt.topics.size() ? topics.items[i].at : topics.at;
}

// Two subscriptions of one session that match one topic: the same message may come twice, with two packet
// ids.
void check_topics(const yaml_node& map, const mqtt_source_options& mqtt, reader& in) {
  const auto* node = map.value("topics");
  if (node == nullptr) return;
  for (std::size_t i = 0; i < mqtt.topics.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto &a = mqtt.topics[j], &b = mqtt.topics[i];
      if (a.filter() == b.filter())
        in.out.error(place_of(*node, mqtt, i), "mqtt.topics subscribes twice to the same",
                     in_quotes(b.text()), "each once; " + in_quotes(a.text()) + " stands before it");
      else if (overlap(a, b))
        in.out.warning(place_of(*node, mqtt, i),
                       "mqtt.topics overlap: a broker may deliver a message twice that matches both " +
                           in_quotes(a.text()) + " and " + in_quotes(b.text()));
    }
  }
}

// Paho keeps no packet ids over a restart, and acknowledges before the message is in the journal.
void check_qos(const yaml_node& map, const mqtt_source_options& mqtt, reader& in) {
  const auto* node = map.value("qos");
  if (mqtt.qos == 2 && mqtt.connection.client != mqtt_client_kind::grouped)
    in.out.error(node->at, "mqtt.qos 2 needs a client that keeps its packet ids", "client: paho",
                 "client: grouped");
  if (mqtt.qos == 0)
    in.out.warning(node != nullptr ? node->at : map.at,
                   "mqtt.qos 0: the broker keeps nothing for us, so what it sends while we are away is lost");
}

// Of what is not shared every connection would get everything.
void check_connections(const yaml_node& map, const mqtt_source_options& mqtt, reader& in) {
  if (mqtt.connections == 1) return;
  if (mqtt.connection.client != mqtt_client_kind::grouped)
    in.out.error(map.value("connections")->at, "mqtt.connections needs a client that reads each by itself",
                 "client: paho", "client: grouped");
  const auto* node = map.value("topics");
  for (std::size_t i = 0; node != nullptr && i < mqtt.topics.size(); ++i)
    if (!mqtt.topics[i].shared())
      in.out.error(place_of(*node, mqtt, i), "mqtt.topics: each of several connections would get all of it",
                   in_quotes(mqtt.topics[i].text()), "$share/GROUP/" + mqtt.topics[i].text());
}

} // namespace

std::vector<std::string> source_components(const source_options& source) {
  const auto name = "source." + source.name;
  const auto* mqtt = source.mqtt();
  if (mqtt == nullptr || mqtt->connections == 1) return {name};
  std::vector<std::string> names;
  for (unsigned i = 1; i <= mqtt->connections; ++i) names.push_back(name + "#" + std::to_string(i));
  return names;
}

std::vector<std::string> client_ids(const std::string& service, const source_options& source) {
  const auto& mqtt = *source.mqtt();
  const auto& given = mqtt.connection.client_id;
  const auto id = given.empty() ? service + "-" + source.name : given;
  std::vector<std::string> ids{id};
  for (unsigned i = 2; i <= mqtt.connections; ++i) ids.push_back(id + "-" + std::to_string(i));
  return ids;
}

const options<mqtt_source_options>& mqtt_source_table() {
  static const auto table = [] {
    const auto connection = &mqtt_source_options::connection;
    auto session =
        options<mqtt_connection_options>("mqtt")
            .add(
                {"session_expiry",
                 "How long the broker keeps our session and its messages while we are away; 0s = no session.",
                 "7d"},
                &mqtt_connection_options::session_expiry, duration<std::chrono::seconds>(0s, 24h * 3650))
            .add({"receive_maximum", "Most unacknowledged messages the broker may have under way to us.",
                  "1000"},
                 &mqtt_connection_options::receive_maximum, whole_number<unsigned>(1, 65535))
            .add({"batch", "Most messages that are kept with one sync (client: grouped).", "256"},
                 &mqtt_connection_options::batch, whole_number<unsigned>(1, 65535))
            .add({"gather",
                  "How long to wait for more messages of a batch (client: grouped); it ends sooner when none "
                  "come.",
                  "2ms"},
                 &mqtt_connection_options::gather, duration(0ms, 1s));
    auto made = options<mqtt_source_options>("mqtt");
    made.include(mqtt_server_table(), connection)
        .add({"topics",
              "What to subscribe: {name} is one level and becomes a field, {device} is the key, {rest...} at "
              "the end "
              "takes all further levels; $share/GROUP/ in front shares the load.",
              "[\"plant/{site}/{device}/climate\"]", required},
             &mqtt_source_options::topics, one_or_list(topic_kind()))
        .add({"qos",
              "1 = acknowledged once it is in the journal; 2 = likewise, and packet ids tell what comes "
              "again: "
              "exactly once also where readings have neither time nor sequence (needs client: grouped); 0 = "
              "the broker may lose it.",
              "1"},
             &mqtt_source_options::qos, choice<int>({{"0", 0}, {"1", 1}, {"2", 2}}))
        .include(mqtt_login_table(), connection)
        .include(mqtt_will_table(), connection)
        .include(session, connection)
        .add({"connections",
              "With client: grouped: how many connections share the topics, all $share/GROUP/.., each with a "
              "thread. Messages of one device then come over several, and not in order.",
              "4"},
             &mqtt_source_options::connections, whole_number<unsigned>(1, most_connections))
        .add({"max_message",
              "Longest payload with its user properties; a longer one is dead letter `message.too_large`.",
              "256KiB"},
             &mqtt_source_options::max_message, size<std::size_t>(1, 256u << 20))
        .add({"retained", "Whether retained messages are taken when we subscribe.", "ignore"},
             &mqtt_source_options::accept_retained, choice<bool>({{"accept", true}, {"ignore", false}}));
    made.check(check_topics);
    made.check(check_qos);
    made.check(check_connections);
    return made;
  }();
  return table;
}

} // namespace sluice
