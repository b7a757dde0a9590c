// The declaration of `thingsboard:`. Bounds come from what ThingsBoard's MQTT transport accepts.
#include "actors/publish/thingsboard/options.hpp"

#include <algorithm>

#include "actors/publish/thingsboard/names.hpp"
#include "config/option_kinds.hpp"

namespace sluice {

namespace {

using namespace std::chrono_literals;
using namespace config;

// ThingsBoard acknowledges a record with such a key and then loses it whole, so it is refused before.
std::optional<refusal> bad_prefix(const std::string& prefix) {
  if (prefix.empty() || thingsboard::bad_name(prefix).empty()) return std::nullopt;
  return refusal{"cannot begin a ThingsBoard key: it " + std::string(thingsboard::bad_name(prefix)),
                 "e.g. climate_"};
}

} // namespace

const options<thingsboard_options>& thingsboard_table() {
  using mode = thingsboard_options::mode;
  using timestamp = thingsboard_options::timestamp;
  using told = thingsboard_options::told;
  static const auto table = [] {
    const auto token = [](auto& tb) -> auto& {
      return tb.connection.user;
    };
    auto made = options<thingsboard_options>("thingsboard");
    made.include(mqtt_server_table(), &thingsboard_options::connection)
        .add({"mode",
              "gateway: one connection for many devices; device: the token is that of the one device.",
              "device"},
             &thingsboard_options::publish_as,
             choice<mode>({{"gateway", mode::gateway}, {"device", mode::device}}))
        .add({"token", "Access token; needed unless tls.cert identifies us.", "${TB_TOKEN}", false, true},
             token, text())
        .add({"timestamp", "Which end of a window is the `ts` of its values.", "start"},
             &thingsboard_options::stamp,
             choice<timestamp>({{"end", timestamp::end}, {"start", timestamp::start}}))
        .add({"alarms",
              "How transitions of alarms are told: as telemetry with their time (a history), as client "
              "attributes of the device (what is the case now), or both.",
              "attributes"},
             &thingsboard_options::alarms,
             choice<told>(
                 {{"telemetry", told::telemetry}, {"attributes", told::attributes}, {"both", told::both}}))
        .add({"prefix", "Put before every key, so that pipelines do not overwrite each other's values.",
              "climate_"},
             &thingsboard_options::prefix, text(bad_prefix, "at most 255 characters, not blank, without <"))
        .add({"send_revision", "Adds the key `revision`: 0 for the first result of a window.", "true"},
             &thingsboard_options::send_revision, yes_or_no())
        .add({"in_flight", "Most unacknowledged publishes.", "100"}, &thingsboard_options::in_flight,
             whole_number<unsigned>(1, 1000))
        .add({"max_packet", "Longest publish; the server closes the connection above 65536 bytes.", "60KiB"},
             &thingsboard_options::max_packet, size<std::size_t>(1024, 65536))
        .add({"ack_timeout", "A publish without acknowledgement for so long ends the connection.", "30s"},
             &thingsboard_options::ack_timeout, duration(1s, 10min));
    made.check([](const yaml_node& map, const thingsboard_options& tb, reader& in) {
      if (map.find("token") == nullptr && tb.connection.tls.cert_file.empty())
        in.out.error(map.at, "thingsboard.token is missing", "nothing",
                     "e.g. token: ${TB_TOKEN}, or tls.cert");
    });
    return made;
  }();
  return table;
}

} // namespace sluice
