#include "actors/ingest/kafka/kafka_position.hpp"

#include <algorithm>
#include <charconv>

#include "actors/ingest/kafka/kafka_stamp.hpp"

namespace sluice {

namespace {

template <class T> bool number(std::string_view text, T& into) noexcept {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), into);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

// Takes the next word off a text of words.
std::string_view word(std::string_view& text) noexcept {
  const auto found = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), found.size() + 1));
  return found;
}

// Of TOPIC|PARTITION.
std::optional<kafka_where> parse_where(std::string_view text) {
  const auto bar = text.rfind('|');
  std::int32_t partition = 0;
  if (bar == std::string_view::npos || !number(text.substr(bar + 1), partition)) return std::nullopt;
  return kafka_where{text.substr(0, bar), partition};
}

} // namespace

std::optional<kafka_position> kafka_position_of(const message_out& m) noexcept {
  const auto stamp = kafka_stamp_of(m.user_properties);
  if (!stamp || stamp->offset < 0) return std::nullopt;
  return kafka_position{stamp->partition, stamp->offset};
}

std::string kafka_positions_prefix(std::string_view source) {
  return "kafka|" + std::string(source) + "|";
}

std::string kafka_position_key(const std::string& prefix, std::string_view topic, std::int32_t partition) {
  return prefix + std::string(topic) + "|" + std::to_string(partition);
}

std::string kafka_position_value(const kafka_standing& s) {
  return std::to_string(s.next - 1) + " " + std::to_string(s.lane) + " " + std::to_string(s.rebuilt_at) +
         " " + std::to_string(s.takeover);
}

bool load_kafka_position(std::string_view key, std::string_view value, kafka_standings& into) {
  const auto where = parse_where(key);
  if (!where) return false;
  kafka_standing read;
  if (!number(word(value), read.next) || !number(word(value), read.lane) ||
      !number(word(value), read.rebuilt_at) || !number(word(value), read.takeover))
    return false;
  ++read.next; // it is behind the last one
  into[*where] = read;
  return true;
}

std::string kafka_turn_name(std::string_view source, const kafka_turn& turn) {
  return std::string(source) + "|" + turn.where.first + "|" + std::to_string(turn.where.second) + "|" +
         std::to_string(turn.takeover);
}

std::optional<kafka_turn> kafka_turn_of(std::string_view name, std::string_view source) {
  if (name.size() <= source.size() || name.substr(0, source.size()) != source || name[source.size()] != '|')
    return std::nullopt;
  name.remove_prefix(source.size() + 1);
  const auto bar = name.rfind('|');
  kafka_turn turn;
  if (bar == name.npos || !number(name.substr(bar + 1), turn.takeover)) return std::nullopt;
  const auto where = parse_where(name.substr(0, bar));
  if (!where) return std::nullopt;
  turn.where = *where;
  return turn;
}

std::variant<std::int64_t, std::string> begin_at(std::optional<std::int64_t> stored,
                                                 std::optional<std::int64_t> committed, bool known,
                                                 std::int64_t first, std::int64_t end,
                                                 kafka_beginning::reset reset, kafka_beginning::gap on_gap) {
  using beginning = kafka_beginning;
  if (!stored && !committed) {
    if (known || reset == beginning::reset::earliest) return first;
    if (reset == beginning::reset::latest) return end;
    return "there is no position yet, and offset_reset is error";
  }
  const auto next = std::max(stored.value_or(0), committed.value_or(0));
  if (next > end)
    return "the topic ends at offset " + std::to_string(end) + ", and " + std::to_string(next) +
           " were read: it was deleted or truncated; a source of another name reads it from the start";
  if (next >= first) return next;
  if (on_gap == beginning::gap::go_on) return first;
  return "offsets " + std::to_string(next) + " to " + std::to_string(first - 1) +
         " are gone before they were read; on_gap: continue goes on behind them";
}

} // namespace sluice
