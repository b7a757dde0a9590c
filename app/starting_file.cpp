#include "app/starting_file.hpp"

namespace sluice {

const std::string_view starting_configuration =
    R"(# A service that takes readings from an MQTT broker, keeps windows of one minute per device, and writes the results to a
# file. Check it with `sluice lint`, see what it becomes with `sluice explain`, run its cases with `sluice test`, start it
# with `sluice run`. Every option: docs/reference; completion in an editor: `sluice schema`.
# A value may hold ${VARIABLE}, ${VARIABLE:-default} or ${file:PATH} (for secrets).

service:
  name: example
  data_dir: ./data # journal, state, outbox: everything that survives a crash
  # durability: power    # an event counts as kept after fdatasync; `process` survives kill -9, not a power cut
  # journal: { quota: 8GiB, retain: 7d }

# Where events come from. {device} in the topic is the key: every device has windows of its own.
sources:
  field:
    mqtt:
      url: ${MQTT_URL:-mqtt://127.0.0.1:1883}
      topics: ["plant/{site}/{device}/climate"]
      # user: sluice
      # password: ${file:/run/secrets/broker}
      # tls: { ca: /etc/sluice/ca.pem }    # with mqtts:// urls
    decode:
      # {"time": 1714564800000, "seq": 1, "temperature": 21.5, "humidity": 48}
      json:
        time: $.time    # milliseconds since 1970 UTC, or a text as in RFC 3339; { path: $.t, unit: s } for others
        sequence: $.seq # optional: duplicates are recognised by it
        # fields: { temperature: $.t, humidity: $.climate.rh }    # without it every number, boolean and text

# What is done with each event, in order.
pipelines:
  climate:
    from: field
    steps:
      - filter: temperature > -40 and temperature < 85
      - derive: { dew_point: temperature - (100 - humidity) / 5 }
      - window:
          tumbling: 1m
          watermark_delay: 10s # how far out of order a device may be
          idle: 2m             # a device silent for so long has its windows closed
          # allowed_lateness: 8m    # how long a closed window may still be revised
          aggregate:
            temperature: [mean, min, max]
            humidity: { mean: rh } # the output is called rh
            dew_point: mean
            "*": count
    to: archive

# Where results go.
sinks:
  archive:
    file: { path: "results-%F.jsonl" } # a new file each day
  # board:
  #   thingsboard: { url: mqtt://127.0.0.1:1884, token: "${TB_TOKEN}" }    # and to: [archive, board]
)";

const std::string_view starting_tests =
    R"(# Cases of `sluice test`: messages in virtual time, and everything that must come out. `--show` prints what came out.
tests:
  - name: a minute of readings becomes one result
    start: 2024-05-01T12:00:00Z
    input:
      - topic: plant/north/room-1/climate
        payload: { time: 2024-05-01T12:00:10Z, seq: 1, temperature: 20, humidity: 50 }
      - topic: plant/north/room-1/climate
        payload: { time: 2024-05-01T12:00:50Z, seq: 2, temperature: 22, humidity: 50 }
      - topic: plant/north/room-1/climate
        payload: { time: 2024-05-01T12:00:55Z, seq: 3, temperature: 999, humidity: 50 }
      - wait: 3m
    results:
      - pipeline: climate
        device: room-1
        start: 2024-05-01T12:00:00Z
        end: 2024-05-01T12:01:00Z
        revision: 0
        values: { temperature_mean: 21, temperature_min: 20, temperature_max: 22, rh: 50, dew_point_mean: 11, count: 2 }
    counters: { climate: { applied: 2, filtered: 1 } }

  - name: what is not JSON is a dead letter
    input:
      - { topic: plant/north/room-1/climate, payload: "temperature=21" }
    results: []
    dead_letters:
      - { source: field, reason: json.syntax }
)";

} // namespace sluice
