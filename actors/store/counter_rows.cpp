#include "actors/store/counter_rows.hpp"

#include "actors/store/bytes.hpp"

namespace sluice {

namespace {

constexpr std::uint8_t version = 1;

// The order of the fields is the format: new ones go to the end.
template <class C, class Visit> void each_field(C& c, Visit&& visit) requires requires {
  c.decoded;
}
{
  visit(c.decoded), visit(c.duplicate), visit(c.dead_lettered), visit(c.elements_dead_lettered);
  visit(c.retained_ignored), visit(c.events), visit(c.unknown_fields), visit(c.bad_fields);
}
template <class C, class Visit> void each_field(C& c, Visit&& visit) requires requires {
  c.applied;
}
{
  visit(c.in), visit(c.applied), visit(c.filtered), visit(c.duplicate), visit(c.late), visit(c.dead_lettered);
  visit(c.late_partial), visit(c.missing_field), visit(c.derive_missing), visit(c.value_non_finite),
      visit(c.revised);
  visit(c.replayed), visit(c.results), visit(c.devices), visit(c.quarantined);
  visit(c.deduplicated), visit(c.unchanged), visit(c.lookup_missing);
  visit(c.deduplicate_forgotten), visit(c.alarm_older);
  visit(c.unrouted);
  visit(c.predicted), visit(c.incomplete), visit(c.unavailable);
}
template <class C, class Visit> void each_field(C& c, Visit&& visit) requires requires {
  c.delivered;
}
{ visit(c.results), visit(c.delivered), visit(c.dead_lettered), visit(c.value_range); }

template <class C> std::string encode_row(const C& c) {
  std::string out;
  byte_writer to(out);
  to.number(version);
  each_field(c, [&](std::uint64_t v) { to.number(v); });
  return out;
}

template <class C> bool decode_row(std::string_view bytes, C& out) {
  byte_reader in(bytes);
  if (in.number<std::uint8_t>() != version || !in.ok()) return false;
  each_field(out, [&](std::uint64_t& v) { v = in.at_end() ? 0 : in.number<std::uint64_t>(); });
  return in.ok() && in.at_end();
}

} // namespace

std::string encode(const source_counters& c) {
  return encode_row(c);
}
std::string encode(const pipeline_counters& c) {
  return encode_row(c);
}
std::string encode(const sink_counters& c) {
  return encode_row(c);
}
bool decode(std::string_view bytes, source_counters& out) {
  return decode_row(bytes, out);
}
bool decode(std::string_view bytes, pipeline_counters& out) {
  return decode_row(bytes, out);
}
bool decode(std::string_view bytes, sink_counters& out) {
  return decode_row(bytes, out);
}

} // namespace sluice
