#include "actors/observe/status_report.hpp"

#include <algorithm>
#include <variant>

#include <nlohmann/json.hpp>

namespace sluice {

namespace {

constexpr double quota_degraded_percent = 85;
constexpr std::string_view loop_prefix = "loop."; // loop_name() in actors/ingest/result_loop.hpp

using nlohmann::ordered_json;

ordered_json to_json(const status_value& value) {
  return std::visit([](const auto& v) { return ordered_json(v); }, value);
}

ordered_json component_json(const component_status& c) {
  ordered_json out{{"id", c.id}, {"state", c.state}, {"restarts", c.restarts}};
  if (c.level != health_level::ok) out["health"] = to_string(c.level);
  if (!c.reason.empty()) out["reason"] = c.reason;
  for (const auto& [key, value] : c.details) out[key] = to_json(value);
  return out;
}

ordered_json ledger_json(const ledger& books) {
  auto sources = ordered_json::object(), pipelines = ordered_json::object(), sinks = ordered_json::object();
  for (const auto& s : books.sources)
    sources[s.name] = {{"received", s.received},
                       {"decoded", s.counted.decoded},
                       {"duplicate", s.counted.duplicate},
                       {"dead_lettered", s.counted.dead_lettered},
                       {"pending", s.pending},
                       {"events", s.counted.events},
                       {"elements_dead_lettered", s.counted.elements_dead_lettered},
                       {"retained_ignored", s.counted.retained_ignored},
                       {"unknown_fields", s.counted.unknown_fields},
                       {"bad_fields", s.counted.bad_fields}};
  for (const auto& p : books.pipelines)
    pipelines[p.name] = {{"in", p.counted.in},
                         {"applied", p.counted.applied},
                         {"filtered", p.counted.filtered},
                         {"duplicate", p.counted.duplicate},
                         {"late", p.counted.late},
                         {"dead_lettered", p.counted.dead_lettered},
                         {"pending", p.pending},
                         {"late_partial", p.counted.late_partial},
                         {"missing_field", p.counted.missing_field},
                         {"derive_missing", p.counted.derive_missing},
                         {"value_non_finite", p.counted.value_non_finite},
                         {"revised", p.counted.revised},
                         {"replayed", p.counted.replayed},
                         {"results", p.counted.results},
                         {"devices", p.counted.devices},
                         {"quarantined", p.counted.quarantined},
                         {"deduplicated", p.counted.deduplicated},
                         {"unchanged", p.counted.unchanged},
                         {"unrouted", p.counted.unrouted},
                         {"lookup_missing", p.counted.lookup_missing},
                         {"deduplicate_forgotten", p.counted.deduplicate_forgotten},
                         {"alarm_older", p.counted.alarm_older},
                         {"predicted", p.counted.predicted},
                         {"incomplete", p.counted.incomplete},
                         {"unavailable", p.counted.unavailable}};
  for (const auto& s : books.sinks)
    sinks[s.name] = {{"results", s.counted.results},
                     {"delivered", s.counted.delivered},
                     {"pending", s.pending},
                     {"dead_lettered", s.counted.dead_lettered},
                     {"value_range", s.counted.value_range}};
  ordered_json out{{"balanced", books.balanced()}};
  if (!books.balanced()) {
    auto texts = ordered_json::array();
    for (const auto& m : books.mismatches) texts.push_back(m.text);
    out["mismatches"] = std::move(texts);
  }
  out["sources"] = std::move(sources);
  out["pipelines"] = std::move(pipelines);
  // What goes back into the journal for another pipeline has reached no sink.
  auto loops = ordered_json::object();
  for (const auto& s : books.sinks)
    if (s.name.starts_with(loop_prefix)) {
      loops[s.name.substr(loop_prefix.size())] = std::move(sinks[s.name]);
      sinks.erase(s.name);
    }
  out["sinks"] = std::move(sinks);
  if (!loops.empty()) out["loops"] = std::move(loops);
  return out;
}

// Redacts every text of the document in place; keys are names from the configuration and no secrets.
void redact_all(ordered_json& value, const std::vector<std::string>& secrets) {
  if (value.is_string())
    value = redact(value.get_ref<const std::string&>(), secrets);
  else if (value.is_structured())
    for (auto& element : value) redact_all(element, secrets);
}

const component_status* find(const std::vector<component_status>& components, const std::string& name) {
  auto it = std::find_if(components.begin(), components.end(), [&](const auto& c) { return c.name == name; });
  return it == components.end() ? nullptr : &*it;
}

// States of a source whose data path stands: subscribed, reading or waiting for more, or at its end.
bool is_up(const std::string& state) {
  return state == "connected" || state == "reading" || state == "following" || state == "ended";
}

} // namespace

status_verdict judge(const status_input& in) {
  status_verdict out;
  auto worse = [&](health_level level) { out.level = std::max(out.level, level); };

  out.ready = in.state == "running";
  for (const auto& source : in.source_components) {
    const auto* c = find(in.components, source);
    if (c && is_up(c->state)) continue;
    out.ready = false;
    auto why = source + " is " + (c ? c->state : std::string("not there")) + ", not connected";
    if (c && !c->reason.empty()) why += ": " + c->reason;
    out.reasons.push_back(std::move(why));
  }
  if (!in.store_answered) {
    out.ready = false;
    out.reasons.push_back("the store has not answered its last write yet");
  }
  if (in.state == "running" && !out.ready) worse(health_level::degraded);

  for (const auto& c : in.components) {
    if (c.level == health_level::ok) continue;
    worse(c.level);
    out.reasons.push_back(c.name + " is " + to_string(c.level) + (c.reason.empty() ? "" : ": " + c.reason));
  }
  auto used = in.journal.quota
                  ? 100.0 * static_cast<double>(in.journal.bytes) / static_cast<double>(in.journal.quota)
                  : 0;
  if (used >= quota_degraded_percent) {
    worse(health_level::degraded);
    out.reasons.push_back("journal.quota is " + std::to_string(static_cast<int>(used)) + " % used (" +
                          std::to_string(in.journal.bytes) + " of " + std::to_string(in.journal.quota) +
                          " bytes)");
  }
  for (const auto& m : in.books.mismatches) {
    worse(health_level::failed);
    out.reasons.push_back("the ledger does not balance: " + m.text);
  }
  for (const auto& why : in.health_reasons) {
    worse(health_level::degraded);
    out.reasons.push_back(why);
  }
  return out;
}

std::string status_report(const status_input& in) {
  auto verdict = judge(in);
  ordered_json out{{"state", in.state}, {"ready", verdict.ready}, {"uptime_s", in.uptime_s}};
  out["name"] = in.name;
  out["version"] = in.version;
  out["time"] = in.time_ms;
  out["health"] = {{"level", to_string(verdict.level)}, {"reasons", verdict.reasons}};
  auto components = ordered_json::object();
  for (const auto& c : in.components) components[c.name] = component_json(c);
  out["components"] = std::move(components);
  out["ledger"] = ledger_json(in.books);
  out["dead_letters"] = in.books.dead_letters;
  if (in.books.dead_letters_dropped != 0) out["dead_letters_dropped"] = in.books.dead_letters_dropped;
  out["journal"] = {{"first", in.journal.first},     {"visible", in.journal.visible},
                    {"applied", in.journal.applied}, {"bytes", in.journal.bytes},
                    {"quota", in.journal.quota},     {"epoch", in.epoch}};
  out["process"] = {{"pid", in.process.pid}, {"rss_bytes", in.process.rss_bytes}};
  redact_all(out, in.secrets);
  // A reason may quote bytes of a broken peer: they are replaced, never thrown about.
  return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string redact(std::string_view text, const std::vector<std::string>& secrets) {
  std::string out(text);
  auto longest_first = secrets; // a secret that contains another must go as a whole
  std::sort(longest_first.begin(), longest_first.end(),
            [](const auto& a, const auto& b) { return a.size() > b.size(); });
  for (const auto& secret : longest_first) {
    if (secret.empty()) continue;
    for (auto at = out.find(secret); at != std::string::npos; at = out.find(secret, at + 3))
      out.replace(at, secret.size(), "***");
  }
  for (auto at = out.find("://"); at != std::string::npos; at = out.find("://", at + 3)) {
    auto begin = at + 3;
    auto end = out.find_first_of("/ \t\n\"'", begin);
    auto sign = out.substr(begin, end == std::string::npos ? end : end - begin).rfind('@');
    if (sign != std::string::npos) out.replace(begin, sign, "***");
  }
  return out;
}

} // namespace sluice
