#include "actors/store/replay_mark.hpp"

#include <algorithm>
#include <charconv>

#include "actors/store/bytes.hpp"

namespace sluice {

std::string replay_mark::text() const {
  auto out = std::to_string(id);
  if (pipeline.empty()) return out;
  out += ' ' + std::to_string(index) + (judged ? " 1 " : " 0 ");
  return out.append(source).append(" ").append(pipeline);
}

std::optional<replay_mark> replay_mark::of(const message_out& m) noexcept {
  if (!m.replayed) return {};
  const auto text = find_property(m.user_properties, property);
  if (!text) return {};
  auto rest = *text;
  const auto word = [&rest] {
    const auto one = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    return one;
  };
  const auto number = [](std::string_view digits, auto& into) {
    const auto* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, into);
    return read.ec == std::errc() && read.ptr == end;
  };
  replay_mark out;
  if (!number(word(), out.id) || out.id == 0) return {};
  if (rest.empty()) return out;
  if (!number(word(), out.index)) return {};
  out.judged = word() == "1";
  out.source = word();
  out.pipeline = rest;
  if (out.pipeline.empty()) return {};
  return out;
}

std::string_view without_mark(std::string_view properties) noexcept {
  byte_reader in(properties);
  const auto key = in.text(), value = in.text();
  if (!in.ok() || key != replay_mark::property) return properties;
  return properties.substr(8 + key.size() + value.size());
}

std::vector<std::pair<std::string_view, std::string_view>> decode_properties(std::string_view encoded) {
  std::vector<std::pair<std::string_view, std::string_view>> out;
  byte_reader in(encoded);
  while (in.ok() && !in.at_end()) {
    const auto key = in.text(), value = in.text();
    if (in.ok()) out.emplace_back(key, value);
  }
  return out;
}

dead_letter letter_of(const event_batch& batch, const event_row& row, reason why) {
  dead_letter letter;
  letter.sequence = row.sequence;
  letter.index = row.index;
  letter.why = why;
  letter.device = batch.device(row);
  letter.topic = batch.topic(row);
  letter.received_ms = row.received_ms;
  letter.payload = batch.payload(row);
  letter.properties = without_mark(batch.properties(row));
  letter.judged = batch.sequence_judged;
  return letter;
}

} // namespace sluice
