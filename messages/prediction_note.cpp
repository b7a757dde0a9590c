#include "messages/prediction_note.hpp"

#include <charconv>
#include <iterator>

namespace sluice {

namespace {

// Takes the text up to `end` off `from`; nullopt: it is not in it.
std::optional<std::string_view> take(std::string_view& from, char end) {
  const auto at = from.find(end);
  if (at == from.npos) return {};
  const auto text = from.substr(0, at);
  from.remove_prefix(at + 1);
  return text;
}

template <class T> bool number(std::optional<std::string_view> text, T& into) {
  if (!text) return false;
  const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), into);
  return code == std::errc() && end == text->data() + text->size();
}

} // namespace

control to_control(const prediction_note& note) {
  control record;
  record.kind = control_kind::unavailable;
  record.value = note.first;
  record.name = note.pipeline + " " + std::to_string(note.shard) + "/" + std::to_string(note.shards) + " " +
                std::to_string(note.last) + " " + note.reason;
  return record;
}

std::optional<prediction_note> note_of(const control& record) {
  if (record.kind != control_kind::unavailable) return {};
  std::string_view left(record.name);
  prediction_note note;
  note.first = record.value;
  const auto pipeline = take(left, ' ');
  if (!pipeline || !number(take(left, '/'), note.shard) || !number(take(left, ' '), note.shards) ||
      !number(take(left, ' '), note.last) || note.shard >= note.shards)
    return {};
  note.pipeline = *pipeline;
  note.reason = left;
  return note;
}

std::vector<prediction_note> prediction_notes::of(std::string_view pipeline) const {
  std::vector<prediction_note> found;
  std::copy_if(notes_.begin(), notes_.end(), std::back_inserter(found),
               [&](const auto& n) { return n.pipeline == pipeline; });
  return found;
}

} // namespace sluice
