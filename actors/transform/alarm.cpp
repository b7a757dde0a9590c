#include "actors/transform/alarm.hpp"

#include "actors/transform/memory_bytes.hpp"

namespace sluice {

namespace {

alarm_rule::verdict changed(const alarm_rule::memory& m, bool raised, const char* cause = nullptr) noexcept {
  alarm_rule::verdict out{m, std::nullopt, false};
  out.after.active = raised;
  out.after.by_silence = raised && cause != nullptr;
  out.after.holding = false;
  ++out.after.number;
  out.change = alarm_rule::transition{raised, cause, out.after.number};
  return out;
}

} // namespace

alarm_rule::verdict alarm_rule::judge(const memory& m, truth raise, std::optional<truth> clear,
                                      std::int64_t time_ms) const noexcept {
  if (m.judged && time_ms < m.judged_ms) return {m, std::nullopt, true};
  auto next = m;
  next.judged = true;
  next.judged_ms = time_ms;
  if (next.active && next.by_silence) {
    if (raise == truth::no) return changed(next, false);
    if (raise == truth::yes) next.by_silence = false; // it goes on, now for its own reason
    return {next, std::nullopt, false};
  }
  if (next.active) {
    const bool over = clear ? *clear == truth::yes : raise == truth::no;
    return over ? changed(next, false) : verdict{next, std::nullopt, false};
  }
  if (raise == truth::no) next.holding = false;
  if (raise != truth::yes) return {next, std::nullopt, false};
  if (!next.holding) next.holding = true, next.since_ms = time_ms;
  const auto held = static_cast<std::uint64_t>(time_ms) - static_cast<std::uint64_t>(next.since_ms);
  if (held >= static_cast<std::uint64_t>(hold_)) return changed(next, true);
  return {next, std::nullopt, false};
}

std::optional<alarm_rule::verdict> alarm_rule::silent(const memory& m) noexcept {
  if (!m.judged || m.active) return std::nullopt;
  return changed(m, true, "missing");
}

std::optional<alarm_rule::verdict> alarm_rule::forgotten(const memory& m) noexcept {
  if (!m.active) return std::nullopt;
  return changed(m, false, "forgotten");
}

void alarm_rule::save(const memory& m, std::string& out) {
  const unsigned flags =
      (m.judged ? 1u : 0u) | (m.holding ? 2u : 0u) | (m.active ? 4u : 0u) | (m.by_silence ? 8u : 0u);
  memory_writer(out).put(static_cast<std::uint8_t>(flags)).put(m.judged_ms).put(m.since_ms).put(m.number);
}

bool alarm_rule::restore(memory& m, std::string_view in) {
  memory_reader from(in);
  const auto flags = from.get<std::uint8_t>();
  m.judged = flags & 1, m.holding = flags & 2, m.active = flags & 4, m.by_silence = flags & 8;
  m.judged_ms = from.get<std::int64_t>(), m.since_ms = from.get<std::int64_t>();
  m.number = from.get<std::uint64_t>();
  return from.ok() && from.rest().empty() && flags < 16;
}

} // namespace sluice
