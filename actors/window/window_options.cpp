// The declaration of `window:`.
#include "actors/window/window_options.hpp"

#include <algorithm>

#include "actors/window/window_shape.hpp"
#include "config/option_kinds.hpp"

namespace sluice {

namespace {

using namespace std::chrono_literals;
using namespace config;

constexpr auto longest = 24h * 366;
constexpr const char* length_bounds = "1ms to 366d, whole weeks (w), months (mo) or years (y)";

option_kind<window_length> length_kind() {
  option_kind<window_length> kind;
  kind.type = "duration or calendar length";
  kind.bounds = length_bounds;
  kind.read = [](const yaml_node& node, window_length& into, const std::string& where, const about& option,
                 reader& in) {
    const auto text = read_scalar(node, where, "a duration", "e.g. " + in_quotes(option.example), option, in);
    if (!text) return;
    const auto length = parse_window_length(*text);
    if (length && length->unit() != length_unit::ms) {
      if (length->amount() > 0) {
        into = *length;
        return;
      }
      return refuse(node, where, "is out of bounds", "at least 1", option, in);
    }
    if (const auto d = read_duration(node, where, 1ms, longest, "", option, in)) into = **d;
  };
  kind.print = [](const window_length& value, const secret_values&) {
    return value.amount() == 0 ? yaml_node() : yaml_node::scalar(format_window_length(value));
  };
  return kind;
}

// A key of the window that says of which kind it is; `inner` reads what stands behind it.
option_kind<window_options> kind_of(window_kind which, option_kind<window_options> inner) {
  auto kind = inner;
  kind.read = [which, inner](const yaml_node& node, window_options& into, const std::string& where,
                             const about& option, reader& in) {
    into.kind = which;
    inner.read(node, into, where, option, in);
  };
  kind.print = [which, inner](const window_options& from, const secret_values& secrets) {
    return from.kind == which ? inner.print(from, secrets) : yaml_node();
  };
  return kind;
}

// The kind whose option is one member.
template <class V> option_kind<window_options> one(V window_options::*member, option_kind<V> inner) {
  option_kind<window_options> kind;
  kind.type = inner.type;
  kind.bounds = inner.bounds;
  kind.read = [member, inner](const yaml_node& node, window_options& into, const std::string& where,
                              const about& option,
                              reader& in) { inner.read(node, into.*member, where, option, in); };
  kind.print = [member, inner](const window_options& from, const secret_values& secrets) {
    return inner.print(from.*member, secrets);
  };
  return kind;
}

option_kind<window_options> hopping_kind() {
  static const auto table =
      options<window_options>("window.hopping")
          .add({"size", "Length of each window.", "1h", required}, &window_options::size, length_kind())
          .add({"every",
                "How far their starts are apart; at most `size`. A window is put together of panes of their "
                "greatest common divisor, at most 3600.",
                "1m", required},
               &window_options::every, length_kind());
  return map_of(table);
}

option_kind<window_options> session_kind() {
  static const auto table =
      options<window_options>("window.session")
          .add({"gap", "Events less than this apart, by their own time, belong together.", "30m", required},
               &window_options::gap, duration(1ms, longest));
  return map_of(table);
}

option_kind<window_options> running_kind() {
  static const auto table = options<window_options>("window.running")
                                .add({"every", "How often; without it after each event.", "1m"},
                                     &window_options::every, length_kind());
  auto kind = map_of(table);
  kind.type = "map, or `each`";
  kind.read = [inner = kind](const yaml_node& node, window_options& into, const std::string& where,
                             const about& option, reader& in) {
    if (node.is_scalar() && node.text == "each") return;
    if (node.is_null()) return;
    inner.read(node, into, where, option, in);
  };
  kind.print = [](const window_options& from, const secret_values& secrets) {
    return from.every.amount() == 0 ? yaml_node::scalar("each") : table.print(from, secrets);
  };
  return kind;
}

// At the node of a message: "window.hopping.every is ..." points to it.
const yaml_node& place_of(const yaml_node& map, std::string_view text) {
  const yaml_node* at = &map;
  for (const auto* name : {"timezone", "offset", "hopping", "running", "tumbling"})
    if (const auto* value = map.value(name)) {
      at = value;
      if (text.find(std::string("window.") + name) != text.npos) break;
    }
  return *at;
}

const std::vector<std::string>& kind_names() {
  static const std::vector<std::string> names{"tumbling", "hopping", "session", "count", "running"};
  return names;
}

// Checks between the options; fills in the default of allowed_lateness.
void finish(const yaml_node& map, window_options& w, reader& in) {
  std::vector<const yaml_entry*> given;
  for (const auto& entry : map.entries)
    if (std::find(kind_names().begin(), kind_names().end(), entry.key.text) != kind_names().end())
      given.push_back(&entry);
  if (given.empty()) {
    if (std::none_of(kind_names().begin(), kind_names().end(),
                     [&](const auto& n) { return mistyped(map, window_table().names(), n); }))
      in.out.error(map.at, "window has no kind", "nothing", "one of " + list_of_names(kind_names()));
    return;
  }
  for (std::size_t i = 1; i < given.size(); ++i)
    in.out.error(given[i]->key.at, "a window is of one kind", in_quotes(given[i]->key.text),
                 "only " + in_quotes(given[0]->key.text) + "; a second pipeline for another window");
  if (given.size() > 1 || given[0]->value.unset) return;
  const auto word =
      given[0]->key.text == "running" && counts_events(w) ? "running: each" : given[0]->key.text;
  const bool in_time = w.kind != window_kind::session && !counts_events(w);
  if (const auto* lateness = map.value("allowed_lateness"); !in_time && w.allowed_lateness.count() != 0)
    in.out.error(lateness->at, "late events are never merged into a window of kind " + word,
                 in_quotes(lateness->text), "0s, or no allowed_lateness");
  for (const auto* name : {"timezone", "offset"})
    if (const auto* entry = map.find(name); entry != nullptr && !in_time)
      in.out.error(entry->key.at,
                   std::string("window.") + name + " has no meaning in a window of kind " + word,
                   in_quotes(name), "it with tumbling, hopping or running");
  if (!in_time) return;
  if (map.find("allowed_lateness") == nullptr)
    w.allowed_lateness =
        std::chrono::milliseconds(8 * (w.kind == window_kind::running ? w.every : w.size).count());
  const auto& length = w.kind == window_kind::running ? w.every : w.size;
  const bool whole = length.amount() > 0 && (w.kind != window_kind::hopping || w.every.amount() > 0);
  const auto* zone = map.value("timezone");
  if (!whole || (zone != nullptr && zone->unset)) return; // said elsewhere
  if (const auto shape = shape_of(w); !shape) {
    const auto& text = shape.error().text;
    in.out.error(place_of(map, text).at, text);
  }
}

} // namespace

const options<window_options>& window_table() {
  const auto self = [](auto& w) -> auto& {
    return w;
  };
  static const auto table =
      options<window_options>("window")
          .add({"tumbling",
                "Length of the windows; they follow each other without gap, aligned to 1970 UTC, weeks to "
                "Monday, months and years to the calendar.",
                "1m"},
               self, kind_of(window_kind::tumbling, one(&window_options::size, length_kind())))
          .add({"hopping", "Windows of one length that overlap: a new one begins `every` so often.",
                "{ size: 1h, every: 1m }"},
               self, kind_of(window_kind::hopping, hopping_kind()))
          .add({"session", "Windows that last until there is a gap.", "{ gap: 30m }"}, self,
               kind_of(window_kind::session, session_kind()))
          .add({"count", "Windows of so many events, in the order in which they arrived.", "100"}, self,
               kind_of(window_kind::count,
                       one(&window_options::count, whole_number<std::uint64_t>(1, 1'000'000'000))))
          .add({"running", "One result over everything since the first event, renewed again and again.",
                "{ every: 1m }"},
               self, kind_of(window_kind::running, running_kind()))
          .add({"timezone",
                "Zone on whose wall clock days, weeks, months and years begin; a day has 23 hours or 25 when "
                "the clock is changed.",
                "Europe/Berlin"},
               &window_options::timezone, text(nullptr, "of the IANA database", "zone"))
          .add(
              {"offset",
               "How much later each window begins, e.g. the day at six o'clock; shorter than the windows are "
               "apart.",
               "6h"},
              &window_options::offset, duration(0ms, longest))
          .add({"watermark_delay", "How far out of order the events of a device may be.", "10s"},
               &window_options::watermark_delay, duration(0ms, longest))
          .add({"allowed_lateness",
                "How long after the watermark passed its end a closed window may still be revised.", "8m",
                false, false,
                "8 x tumbling, hopping.size or running.every; session, count, running each: 0s"},
               &window_options::allowed_lateness, duration(0ms, 24h * 3660))
          .add({"idle", "A device silent for so long has its windows closed; never = only by later events.",
                "2m"},
               &window_options::idle, duration_or("never", 1ms, 24h * 3660))
          .add({"late", "What becomes of an event too late for all its windows.", "drop"},
               &window_options::late,
               choice<late_policy>({{"dead_letter", late_policy::dead_letter}, {"drop", late_policy::drop}}))
          .add({"aggregate",
                "What to compute of which field: a list, or a map that names the outputs; without it an "
                "output is "
                "FIELD_AGGREGATE, and count or set_hash of \"*\".",
                "{ temperature: [mean, max], humidity: { mean: rh }, \"*\": [count] }", required},
               &window_options::aggregates, aggregates_kind());
  return table;
}

void read_window(const yaml_node& map, window_options& into, reader& in) {
  window_table().read(map, into, in);
  if (map.is_map()) finish(map, into, in);
}

yaml_node print_window(const window_options& from, const secret_values& secrets) {
  auto map = window_table().print(from, secrets);
  const window_options plain;
  std::erase_if(map.entries, [&](const yaml_entry& e) {
    return e.value.is_null() || (e.key.text == "timezone" && from.timezone == plain.timezone) ||
           (e.key.text == "offset" && from.offset == plain.offset);
  });
  return map;
}

} // namespace sluice
