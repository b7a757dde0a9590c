// The declaration of `window:`.
#include "actors/window/window_options.hpp"

#include "config/option_kinds.hpp"

namespace sluice {

namespace {

using namespace std::chrono_literals;
using namespace config;

} // namespace

const options<window_options>& window_table() {
  static const auto table =
      options<window_options>("window")
          .add({"tumbling", "Length of the windows; they follow each other without gap, aligned to 1970 UTC.",
                "1m", required},
               &window_options::size, duration(1ms, 24h * 366))
          .add({"watermark_delay", "How far out of order the events of a device may be.", "10s"},
               &window_options::watermark_delay, duration(0ms, 24h * 366))
          .add({"allowed_lateness",
                "How long after the watermark passed its end a closed window may still be revised.", "8m",
                false, false, "8 x tumbling"},
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
  if (map.find("allowed_lateness") == nullptr) into.allowed_lateness = 8 * into.size;
}

} // namespace sluice
