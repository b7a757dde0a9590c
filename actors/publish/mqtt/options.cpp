// The declaration of `mqtt:` of a sink.
#include "actors/publish/mqtt/options.hpp"

#include "config/option_kinds.hpp"

namespace sluice {

namespace {

using namespace std::chrono_literals;
using namespace config;

option_kind<topic_template> topic_kind() {
  return parsed_text<topic_template>(
      "topic", "e.g. \"results/{pipeline}/{device}\"",
      [](const std::string& text) -> outcome<topic_template> {
        auto made = topic_template::parse(text);
        if (!made) return made;
        if (text.starts_with("$")) return fail(ec::invalid, "topics that begin with $ are the broker's own");
        return made;
      },
      [](const topic_template& t) { return t.text(); });
}

option_kind<text_pairs> properties_kind() {
  return text_map("{ plant: north }", [](const std::string& name) -> std::optional<refusal> {
    if (name != "sluice-id" && name != "revision") return std::nullopt;
    return refusal{"has a name of our own", "another name"};
  });
}

// never, or whole seconds: MQTT counts in them.
option_kind<std::optional<std::chrono::seconds>> expiry_kind() {
  const auto inner = duration<std::chrono::seconds>(1s, 24h * 3650);
  option_kind<std::optional<std::chrono::seconds>> kind;
  kind.type = "duration, or `never`";
  kind.bounds = inner.bounds;
  kind.read = [inner](const yaml_node& node, std::optional<std::chrono::seconds>& into,
                      const std::string& where, const about& option, reader& in) {
    if (node.is_scalar() && node.text == "never") {
      into.reset();
      return;
    }
    std::chrono::seconds value{0};
    inner.read(node, value, where, option, in);
    if (value.count() > 0) into = value;
  };
  kind.print = [inner](const std::optional<std::chrono::seconds>& from, const secret_values& secrets) {
    return from ? inner.print(*from, secrets) : yaml_node::scalar("never");
  };
  return kind;
}

} // namespace

const options<mqtt_sink_options>& mqtt_sink_table() {
  using body = mqtt_sink_options::body;
  static const auto table = [] {
    auto made = options<mqtt_sink_options>("mqtt");
    made.include(mqtt_server_table(), &mqtt_sink_options::connection)
        .include(mqtt_login_table(), &mqtt_sink_options::connection)
        .include(mqtt_will_table(), &mqtt_sink_options::connection)
        .add({"topic",
              "Where a result goes: {pipeline}, {device}, a key field or an output of the result stand for "
              "its own; {rest...} at the end for a field rest that may hold several levels. "
              "A result whose topic cannot be made is dead letter `sink.unstorable`.",
              "results/{pipeline}/{device}", required},
             &mqtt_sink_options::topic, topic_kind())
        .add({"qos",
              "1 = delivered is the broker's PUBACK; 0 = delivered is the write to the socket: a lost "
              "connection loses what was under way.",
              "0"},
             &mqtt_sink_options::qos,
             choice<int>(
                 {{"0", 0}, {"1", 1}},
                 {{"2", "2 is not offered: each record carries its identity, so a repeated one is told"}}))
        .add({"retain", "Whether the broker keeps the last result of each topic.", "true"},
             &mqtt_sink_options::retain, yes_or_no())
        .add({"payload",
              "record: the whole result as JSON; values: the object of its values only; raw: the bytes that "
              "`decode: { raw: .. }` took in, their properties as user properties.",
              "values"},
             &mqtt_sink_options::payload,
             choice<body>({{"record", body::record}, {"values", body::values}, {"raw", body::raw}}))
        .add({"properties",
              "MQTT 5 user properties of every message, beside `sluice-id` (the identity) and `revision`.",
              "{ plant: north }"},
             &mqtt_sink_options::properties, properties_kind())
        .add({"expiry", "MQTT 5: how long the broker keeps a message that nobody took.", "1h"},
             &mqtt_sink_options::expiry, expiry_kind())
        .add({"in_flight", "Most unacknowledged publishes.", "100"}, &mqtt_sink_options::in_flight,
             whole_number<unsigned>(1, 60'000))
        .add({"max_packet",
              "Longest publish; a longer one, or one the broker does not take, is dead letter "
              "`sink.too_large`.",
              "64KiB"},
             &mqtt_sink_options::max_packet, size<std::size_t>(1024, 256u << 20))
        .add({"ack_timeout", "A publish without acknowledgement for so long ends the connection.", "10s"},
             &mqtt_sink_options::ack_timeout, duration(1s, 10min));
    made.check([](const yaml_node& map, const mqtt_sink_options& mqtt, reader& in) {
      if (mqtt.qos == 0 && map.value("qos") != nullptr)
        in.out.warning(
            map.value("qos")->at,
            "mqtt.qos 0: what is under way when the connection is lost is lost, and counted as delivered");
    });
    return made;
  }();
  return table;
}

} // namespace sluice
