#include "app/dead_letter_desk.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "actors/store/replay_mark.hpp"

namespace sluice {

namespace {

constexpr std::size_t most_bytes = 4u << 20; // of payloads in one go

bool chosen(const dead_letter& d, const dead_letter_choice& which) {
  return (which.id == 0 || d.id == which.id) && (which.reason.empty() || which.reason == to_string(d.why)) &&
         (which.source.empty() || which.source == d.source) &&
         (which.device.empty() || which.device == d.device);
}

// A sink's record comes from no message.
bool of_a_sink(const dead_letter& d) {
  return d.sequence == 0;
}

} // namespace

outcome<std::vector<dead_letter>> dead_letter_desk::choose(const dead_letter_choice& which,
                                                           dead_letter_moves& made) const {
  std::vector<dead_letter> letters;
  made.to_id = which.to_id != 0 ? which.to_id : state_.last_dead_letter();
  std::uint64_t looked = 0;
  std::size_t bytes = 0;
  state_.scan_dead_letters(which.id != 0 ? which.id : which.from_id, [&](const dead_letter& d) {
    if (d.id > made.to_id || (which.id != 0 && d.id != which.id)) return false;
    if (looked++ == which.most || bytes > most_bytes) {
      made.next_id = d.id;
      return false;
    }
    if (!chosen(d, which)) return true;
    bytes += d.payload.size();
    letters.push_back(d);
    return true;
  });
  if (const auto bad = state_.failure()) return tl::unexpected(*bad);
  return letters;
}

// Why a letter of a source or pipeline cannot be read again, as a sentence; nullopt: it can.
std::optional<std::string> dead_letter_desk::why_not(const dead_letter& d) const {
  const auto source = std::find_if(plan_.sources.begin(), plan_.sources.end(),
                                   [&](const auto& s) { return s.options.name == d.source; });
  if (source == plan_.sources.end()) return "there is no source " + d.source + " any more";
  if (!d.pipeline.empty()) {
    const bool fed = std::any_of(source->pipelines.begin(), source->pipelines.end(),
                                 [&](const auto& p) { return p.second == d.pipeline; });
    if (!fed) return "there is no pipeline " + d.pipeline + " from " + d.source + " any more";
    if (d.why == reason::sequence_too_old)
      return "its sequence number is below those that are remembered: it may have been counted";
    return std::nullopt;
  }
  if (d.piece)
    return "it is one element of a message, and what stood around it was not kept: send it again as a "
           "message";
  if (d.why == reason::message_too_large) return "it was longer than max_message, and its end was not kept";
  if (source->options.decode.kind == decode_options::format::csv &&
      find_property(d.properties, "header") == "1")
    return "it is the header of a file, and holds only for the records that stand behind it there";
  return std::nullopt;
}

// One append for all letters of one source: one sync.
outcome<void> dead_letter_desk::append(std::string_view source,
                                       const std::vector<const dead_letter*>& letters) {
  std::vector<std::string> marks(letters.size());
  std::vector<std::vector<std::pair<std::string_view, std::string_view>>> properties(letters.size());
  std::vector<message_in> messages(letters.size());
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const auto& d = *letters[i];
    replay_mark mark;
    mark.id = d.id;
    if (source == replay_source)
      mark.source = d.source, mark.pipeline = d.pipeline, mark.index = d.index, mark.judged = d.judged;
    marks[i] = mark.text();
    properties[i] = decode_properties(d.properties);
    properties[i].insert(properties[i].begin(), {replay_mark::property, marks[i]});
    auto& m = messages[i];
    m.topic = d.topic;
    m.payload = d.payload;
    m.qos = 1;
    m.replayed = true;
    m.user_properties = properties[i];
  }
  auto done = log_.append(source, messages);
  if (!done) return tl::unexpected(done.error());
  for (const auto* d : letters) appended_.insert(d->id);
  return {};
}

outcome<dead_letter_moves> dead_letter_desk::replay(const dead_letter_choice& which) {
  std::lock_guard lock(mutex_);
  if (quota_.sources_must_disconnect())
    return fail(ec::refused,
                "journal.quota is used up: ask again when the sinks have taken what waits for them");
  std::erase_if(appended_, [&](std::uint64_t id) { return !state_.has_dead_letter(id); });
  dead_letter_moves made;
  const auto letters = choose(which, made);
  if (!letters) return tl::unexpected(letters.error());
  std::map<std::string_view, std::vector<const dead_letter*>> again;
  bool sent_any = false;
  for (const auto& d : *letters) {
    if (of_a_sink(d)) {
      const auto sent = state_.replay_to_sink(d.id);
      if (!sent && sent.error().code != ec::refused) return tl::unexpected(sent.error());
      if (!sent)
        ++made.refused[sent.error().text];
      else
        made.moved += *sent ? 1 : 0, sent_any = true;
    } else if (const auto why = why_not(d)) {
      ++made.refused[*why];
    } else {
      ++made.moved;
      if (!appended_.contains(d.id))
        again[d.pipeline.empty() ? std::string_view(d.source) : replay_source].push_back(&d);
    }
  }
  for (const auto& [source, of_it] : again)
    if (auto done = append(source, of_it); !done) return tl::unexpected(done.error());
  if (wake_ && sent_any) wake_();
  return made;
}

outcome<dead_letter_moves> dead_letter_desk::drop(const dead_letter_choice& which) {
  std::lock_guard lock(mutex_);
  if (state_.applied() < began_at_)
    return fail(ec::refused, "the service is still reading what its journal held at the start: ask again");
  dead_letter_moves made;
  const auto letters = choose(which, made);
  if (!letters) return tl::unexpected(letters.error());
  std::vector<std::uint64_t> ids;
  for (const auto& d : *letters) {
    if (appended_.contains(d.id) && state_.has_dead_letter(d.id))
      ++made.refused["it is being replayed"];
    else
      ids.push_back(d.id);
  }
  const auto dropped = state_.drop_dead_letters(ids);
  if (!dropped) return tl::unexpected(dropped.error());
  made.moved = *dropped;
  return made;
}

outcome<void> dead_letter_desk::release(const std::string& device) {
  control record;
  record.kind = control_kind::release;
  record.name = device;
  auto done = log_.append(record);
  if (!done) return tl::unexpected(done.error());
  return {};
}

std::string dead_letter_desk::answer(std::string_view request) {
  using nlohmann::json;
  const auto bad = [](const std::string& why) { return json{{"error", why}}.dump() + "\n"; };
  const auto asked = json::parse(request, nullptr, false);
  if (!asked.is_object()) return bad("not a request");
  try {
    const auto what = asked.value("do", "");
    dead_letter_choice which;
    which.id = asked.value("id", which.id);
    which.reason = asked.value("reason", "");
    which.source = asked.value("source", "");
    which.device = asked.value("device", "");
    which.from_id = asked.value("from", which.from_id);
    which.to_id = asked.value("to", which.to_id);
    which.most = std::min<std::uint64_t>(asked.value("most", which.most), 10'000);
    if (what == "release") {
      const auto done = release(which.device);
      return done ? json{{"moved", 0}}.dump() + "\n" : bad(done.error().text);
    }
    if (what != "replay" && what != "drop") return bad("unknown request");
    const auto made = what == "replay" ? replay(which) : drop(which);
    if (!made) return bad(made.error().text);
    return json{{"moved", made->moved},
                {"refused", made->refused},
                {"next", made->next_id},
                {"to", made->to_id}}
               .dump() +
           "\n";
  } catch (const json::exception& e) {
    return bad(e.what());
  }
}

} // namespace sluice
