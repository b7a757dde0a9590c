// The declaration of `kafka:` of a source.
#include "actors/ingest/kafka/kafka_source_options.hpp"

#include <algorithm>

#include "config/option_kinds.hpp"

namespace sluice {

namespace {

using namespace config;

bool good_topic(std::string_view name) {
  return !name.empty() && name.size() <= 249 && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                  c == '_' || c == '-';
         });
}

option_kind<topic_template> topic_kind() {
  return parsed_text<topic_template>(
      "topic", "e.g. \"climate/{device}\": the topic climate, the device is the key",
      [](const std::string& text) -> outcome<topic_template> {
        auto made = topic_template::parse(text);
        if (made && !good_topic(kafka_topic_of(text)))
          return fail(ec::invalid, "in front stands a topic: 1 to 249 of A-Z a-z 0-9 . _ -");
        return made;
      },
      [](const topic_template& t) { return t.text(); });
}

void check_topics(const yaml_node& map, const kafka_source_options& kafka, reader& in) {
  const auto* node = map.value("topics");
  if (node == nullptr) return;
  for (std::size_t i = 0; i < kafka.topics.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (kafka.topics[i].filter() == kafka.topics[j].filter())
        in.out.error(node->is_sequence() && node->items.size() == kafka.topics.size() ? node->items[i].at
                                                                                      : node->at,
                     "kafka.topics names the same twice", in_quotes(kafka.topics[i].text()), "each once");
}

} // namespace

std::vector<std::string> kafka_source_options::subscriptions() const {
  std::vector<std::string> all;
  for (const auto& t : topics) all.emplace_back(kafka_topic_of(t.text()));
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

bool kafka_source_options::wants_key(std::string_view topic) const noexcept {
  return std::any_of(topics.begin(), topics.end(), [&](const auto& t) {
    return t.text().size() > topic.size() && kafka_topic_of(t.text()) == topic;
  });
}

const options<kafka_source_options>& kafka_source_table() {
  using reset = kafka_beginning::reset;
  using gap = kafka_beginning::gap;
  static const auto table = [] {
    auto made = options<kafka_source_options>("kafka");
    made.include(kafka_connection_table(), &kafka_source_options::connection)
        .add({"topics",
              "What to read: the name of a topic, and behind a slash the form of the keys: {name} is a part "
              "of the key up to the next slash and becomes a field, {device} is the key of the pipeline, "
              "{rest...} at the end takes all further parts.",
              "[\"climate/{device}\"]", required},
             &kafka_source_options::topics, one_or_list(topic_kind()))
        .add({"group", "Consumer group: its members share the partitions.", "greenhouse", false, false,
              "made from service and source name"},
             &kafka_source_options::group, text())
        .add({"instance",
              "Our place in the group (group.instance.id), kept over a restart. Each process of a group "
              "needs one of its own: of two with the same, the first is shut out.",
              "greenhouse-1", false, false, "made from service and source name"},
             &kafka_source_options::instance, text())
        .add({"offset_reset",
              "Where a partition begins that has no position yet, neither ours nor the group's. error = it "
              "is not read, and the status says so.",
              "latest"},
             &kafka_source_options::offset_reset,
             choice<reset>(
                 {{"earliest", reset::earliest}, {"latest", reset::latest}, {"error", reset::error}}))
        .add({"on_gap",
              "When records are gone before they were read: stop = their partition is not read any more and "
              "the status says so; continue = behind them.",
              "continue"},
             &kafka_source_options::on_gap, choice<gap>({{"stop", gap::stop}, {"continue", gap::go_on}}))
        .add({"rebuild",
              "Which records are read again, for the state they make, when we get a partition from another "
              "process of the group: auto = as far back as windows, lateness and idle closing reach by the "
              "records' own times, all of them where sessions, counts, running windows, idle: never or steps "
              "with memory know no such end; all; so long before what the other one had read; none = windows "
              "begin with the next record.",
              "1h"},
             &kafka_source_options::rebuild,
             parsed_text<kafka_rebuild>("duration", "auto, all, none or e.g. 1h", parse_kafka_rebuild,
                                        [](const kafka_rebuild& r) { return to_text(r); }))
        .add({"max_message", "Longest payload; a longer one is dead letter `message.too_large`.", "256KiB"},
             &kafka_source_options::max_message, size<std::size_t>(1, 256u << 20));
    made.check(check_topics);
    return made;
  }();
  return table;
}

} // namespace sluice
