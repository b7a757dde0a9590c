#include "actors/ingest/kafka/kafka_rebuild.hpp"

#include "config/units.hpp"

namespace sluice {

outcome<kafka_rebuild> parse_kafka_rebuild(const std::string& text) {
  if (text == "auto") return kafka_rebuild{};
  if (text == "all") return kafka_rebuild{kafka_rebuild::how::all, {}};
  if (text == "none") return kafka_rebuild{kafka_rebuild::how::none, {}};
  if (const auto last = config::parse_duration(text); last && last->count() > 0)
    return kafka_rebuild{kafka_rebuild::how::last, *last};
  return fail(ec::invalid, "no such word, and no duration above 0");
}

std::string to_text(const kafka_rebuild& rebuild) {
  switch (rebuild.what) {
  case kafka_rebuild::how::automatic:
    return "auto";
  case kafka_rebuild::how::all:
    return "all";
  case kafka_rebuild::how::none:
    return "none";
  case kafka_rebuild::how::last:
    break;
  }
  return config::format_duration(rebuild.last);
}

} // namespace sluice
