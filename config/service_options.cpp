// The options of `service:`.
#include "config/service_options.hpp"

#include "config/option_kinds.hpp"

namespace sluice::config {

namespace {

using namespace std::chrono_literals;

// power | process | { bounded: 50ms }
option_kind<durability> durability_kind() {
  option_kind<durability> kind;
  kind.type = "choice or map";
  kind.bounds = "power, process, { bounded: 1ms to 1h }";
  kind.read = [](const yaml_node& node, durability& into, const std::string& where, const about& option,
                 reader& in) {
    if (node.is_map()) {
      struct bounded {
        std::chrono::milliseconds bound{0};
      };
      static const auto table =
          options<bounded>("durability")
              .add({"bounded", "Longest time between two fdatasync calls.", "50ms", required},
                   &bounded::bound, duration(1ms, 1h));
      bounded b;
      table.read(node, b, in);
      into = {durability::kind::bounded, b.bound};
      return;
    }
    const auto words =
        choice<durability::kind>({{"power", durability::kind::power}, {"process", durability::kind::process}},
                                 {{"bounded", "needs its bound: { bounded: 50ms }"}});
    words.read(node, into.level, where, option, in);
  };
  kind.print = [](const durability& value, const secret_values&) {
    if (value.level == durability::kind::bounded) {
      auto map = yaml_node::map();
      return map.add("bounded", yaml_node::scalar(format_duration(value.bound)));
    }
    return yaml_node::scalar(value.level == durability::kind::power ? "power" : "process");
  };
  return kind;
}

} // namespace

const options<service_options>& service_table() {
  static const auto journal =
      options<journal_options>("service.journal")
          .add({"quota",
                "Disk space for journal, outbox and dead letters together; at 95 % of it sources disconnect.",
                "8GiB"},
               &journal_options::quota_bytes, size(1u << 20, 1ull << 50))
          .add({"retain", "How long applied records are kept for `sluice journal replay`.", "7d"},
               &journal_options::retain, duration(0ms, 24h * 3660))
          .add({"segment", "Size at which a new journal file begins.", "64MiB"},
               &journal_options::segment_bytes, size(64u << 10, 4ull << 30));
  static const auto table =
      options<service_options>("service")
          .add({"name", "Name of the service: stands in logs and in the default MQTT client ids.",
                "greenhouse"},
               &service_options::name, component_name())
          .add({"data_dir",
                "Folder of journal, state, outbox and control socket; relative to the working directory; "
                "made when "
                "absent.",
                "/var/lib/sluice"},
               &service_options::data_dir, text(nullptr, "not empty", "path"))
          .add({"durability",
                "When an event counts as kept: after fdatasync (power), within a bound of one, or once the "
                "kernel has "
                "it (process: survives kill -9, not a power cut).",
                "{ bounded: 50ms }"},
               &service_options::keep, durability_kind())
          .add({"journal", "Limits of the journal.", "{ quota: 8GiB, retain: 7d }"},
               &service_options::journal, map_of(journal))
          .add({"shards", "How many actors share the devices; 0 = one per core.", "2"},
               &service_options::shards, whole_number<unsigned>(0, 64))
          .add({"drain_timeout",
                "How long SIGTERM waits for sinks before results stay pending on disk (exit code 75).",
                "10s"},
               &service_options::drain_timeout, duration(0ms, 1h));
  return table;
}

} // namespace sluice::config
