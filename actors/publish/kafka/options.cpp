// The declaration of `kafka:` of a sink.
#include "actors/publish/kafka/options.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "config/option_kinds.hpp"

namespace sluice {

namespace {

using namespace std::chrono_literals;
using namespace config;

option_kind<name_template> topic_kind() {
  return parsed_text<name_template>(
      "topic", "e.g. \"sluice.{pipeline}\"",
      [](const std::string& text) -> outcome<name_template> {
        auto made = name_template::parse(text);
        if (!made) return made;
        const auto shape = made->expand(std::vector<std::string>(made->names().size(), "x"));
        if (!good_kafka_topic(shape))
          return fail(ec::invalid, "a topic has 1 to 249 of A-Z a-z 0-9 . _ - and placeholders");
        return made;
      },
      [](const name_template& t) { return t.text(); });
}

using header_templates = std::vector<std::pair<std::string, name_template>>;

option_kind<header_templates> headers_kind() {
  const auto texts = text_map(
      "{ plant: north }",
      [](const std::string& name) -> std::optional<refusal> {
        if (name != "sluice-id" && name != "revision") return std::nullopt;
        return refusal{"has a name of our own", "another name"};
      },
      [](const std::string&, const std::string& value) -> std::optional<refusal> {
        const auto made = name_template::parse(value);
        if (made) return std::nullopt;
        return refusal{"is no text with placeholders: " + made.error().text, "e.g. north or \"{topic}\""};
      });
  option_kind<header_templates> kind;
  kind.type = "map of texts";
  kind.read = [texts](const yaml_node& node, header_templates& into, const std::string& where,
                      const about& option, reader& in) {
    text_pairs pairs;
    texts.read(node, pairs, where, option, in);
    into.clear();
    for (const auto& [name, text] : pairs) into.emplace_back(name, *name_template::parse(text));
  };
  kind.print = [texts](const header_templates& from, const secret_values& secrets) {
    text_pairs pairs;
    for (const auto& [name, shape] : from) pairs.emplace_back(name, shape.text());
    return texts.print(pairs, secrets);
  };
  return kind;
}

// A template, or `none`.
option_kind<kafka_sink_options> key_kind() {
  option_kind<kafka_sink_options> kind;
  kind.type = "template or `none`";
  kind.read = [](const yaml_node& node, kafka_sink_options& into, const std::string& where,
                 const about& option, reader& in) {
    const std::string want = "e.g. \"{device}\" or none";
    const auto text = read_scalar(node, where, "a key", want, option, in);
    if (!text) return;
    into.has_key = *text != "none";
    if (!into.has_key) return;
    auto made = name_template::parse(*text);
    if (made)
      into.key = std::move(*made);
    else
      refuse(node, where, "is not a key: " + made.error().text, want, option, in);
  };
  kind.print = [](const kafka_sink_options& from, const secret_values&) {
    if (!from.has_key) return yaml_node::scalar("none");
    return from.key.text().empty() ? yaml_node() : yaml_node::words(from.key.text());
  };
  return kind;
}

// Milliseconds of a setting of librdkafka, where it is given.
std::optional<long long> setting_ms(const kafka_sink_options& kafka, const std::string& name) {
  for (const auto& [setting, value] : kafka.connection.librdkafka)
    if (setting == name) return std::atoll(value.c_str());
  return std::nullopt;
}

void check_transactions(const yaml_node& map, const kafka_sink_options& kafka, reader& in) {
  const auto age = setting_ms(kafka, "transaction.timeout.ms"),
             answer = setting_ms(kafka, "socket.timeout.ms");
  if (!kafka.transactional) {
    if (age)
      in.out.error(map.find("librdkafka")->key.at,
                   "kafka.librdkafka.transaction.timeout.ms is given, but the sink is without transactions",
                   std::to_string(*age), "transactional: true, or without it");
    return;
  }
  if (!kafka.topic.names().empty())
    in.out.error(map.value("topic")->at, "kafka.transactional wants one topic for all results",
                 show(*map.value("topic")), "a topic without placeholders");
  if (answer && *answer > age.value_or(60'000))
    in.out.error(map.find("librdkafka")->key.at,
                 "kafka.librdkafka.socket.timeout.ms is longer than a transaction may last",
                 std::to_string(*answer),
                 "at most transaction.timeout.ms, " + std::to_string(age.value_or(60'000)));
}

} // namespace

bool good_kafka_topic(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 249 && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                  c == '_' || c == '-';
         });
}

const options<kafka_sink_options>& kafka_sink_table() {
  using body = kafka_sink_options::body;
  static const auto table = [] {
    const auto self = [](auto& o) -> auto& {
      return o;
    };
    auto made = options<kafka_sink_options>("kafka");
    made.include(kafka_connection_table(), &kafka_sink_options::connection)
        .add({"topic",
              "Where a result goes: {pipeline}, {device}, a key field or an output of the result stand for "
              "its own. A result whose topic cannot be made is dead letter `sink.unstorable`.",
              "sluice.{pipeline}", required},
             &kafka_sink_options::topic, topic_kind())
        .add({"key",
              "Key of a record, with the placeholders of `topic`; none = without, spread over the "
              "partitions. Equal keys go to one partition, in order (murmur2, as Java's producers have it).",
              "\"{site}/{device}\"", false, false, "the device, or the result's key as JSON"},
             self, key_kind())
        .add({"payload",
              "record: the whole result as JSON; values: the object of its values only; raw: the bytes that "
              "`decode: { raw: .. }` took in, their properties as headers.",
              "values"},
             &kafka_sink_options::payload,
             choice<body>({{"record", body::record}, {"values", body::values}, {"raw", body::raw}}))
        .add({"headers", "Headers of every record, beside `sluice-id` (the identity) and `revision`.",
              "{ plant: north }"},
             &kafka_sink_options::headers, headers_kind())
        .add(
            {"compression", "Of the batches on their way and on the brokers' disks.", "lz4"},
            &kafka_sink_options::compression,
            choice<std::string>(
                {{"none", "none"}, {"gzip", "gzip"}, {"snappy", "snappy"}, {"lz4", "lz4"}, {"zstd", "zstd"}}))
        .add({"linger", "How long a record waits for others to share its batch.", "20ms"},
             &kafka_sink_options::linger, duration(0ms, 15min))
        .add({"in_flight", "Most records without an answer; what waits beyond them waits on disk.", "1000"},
             &kafka_sink_options::in_flight, whole_number<unsigned>(1, 1'000'000))
        .add({"in_flight_bytes", "Most bytes of their payloads.", "4MiB"},
             &kafka_sink_options::in_flight_bytes, size<std::size_t>(1024, 1u << 30))
        .add({"max_record",
              "Longest record; a longer one, or one the broker does not take, is dead letter "
              "`sink.too_large`.",
              "64KiB"},
             &kafka_sink_options::max_record, size<std::size_t>(1000, 1'000'000'000));
    made.add(
        {"transactional",
         "Results, and how far we are, in transactions: a read_committed reader sees each result exactly "
         "once, whatever is killed. Wants a fixed topic, and the right to the transactional id and the "
         "group SERVICE-SINK. One process per service name and sink name: a second one shuts the first "
         "one out.",
         "true"},
        &kafka_sink_options::transactional, yes_or_no());
    made.check(check_transactions);
    return made;
  }();
  return table;
}

} // namespace sluice
