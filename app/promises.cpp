#include "app/promises.hpp"

#include <map>

namespace sluice {

std::string promise_of(const std::string& title) {
  static const std::map<std::string, std::string> promises{
      {"sources.NAME.mqtt",
       R"(A message of QoS 1 is acknowledged after it is in the journal (as `durability` says): what the broker was told is
kept is kept. What the broker sends again is recognised (DUP, reconnect) and counted `duplicate`. Of QoS 2 it is recognised by its
packet id, which the journal keeps until the broker has released it: exactly once through kills of this process, and with
`durability: power` through power cuts, also of readings without time and sequence. Order: as the broker sends.
Back pressure: at 95 % of `journal.quota` the source disconnects and keeps its session; the broker keeps what comes meanwhile.
A lost connection is made again with back-off, for ever.)"},
      {"sources.NAME.file",
       R"(Each record once: it carries its place in the file into the journal, so a start goes on behind the last one that is there;
rotation, truncation and renames are recognised. Order: of a file its own, files by path. Back pressure: it waits at 95 % of
`journal.quota`, and reads ahead of what is applied by 64 MiB at most. What cannot be read is tried again at each look, for
ever, and stands in the status.)"},
      {"sources.NAME.kafka",
       R"(Each record once: it carries its partition and offset into the journal, and a start goes on behind the last one that
is in state or journal. The group says which partitions are ours, never from where, and is told what is in the journal. Order: of
each partition its own. Back pressure: at 95 % of `journal.quota` it leaves the group until there is room; it reads ahead of what is
applied by 64 MiB at most. A partition that ends before our position, or begins behind it, is not read and named in the status,
never reset silently. Processes of one group share the partitions; a partition that moves takes its windows and memory along: they
are made again from the topic (`rebuild`), without results and counted as duplicates, before it goes on. Pipelines keyed by something
else than the device need all partitions in one process.)"},
      {"sinks.NAME.thingsboard",
       R"(Delivered = PUBACK 0: ThingsBoard has accepted it. After a crash a record may be sent again; the same device, key and
time is one value there, so nothing doubles. A record that is refused alone is a dead letter; the others go on. While the server
is away results wait on disk; revisions of one window are never in flight together.)"},
      {"sinks.NAME.file",
       R"(Delivered = the line is synced and its length is noted in the same write as the position. After a crash what stands
behind that length is cut off and written again: no line twice, none missing, none in half. A file that is shorter than noted is
an error, never padded.)"},
      {"sinks.NAME.mqtt",
       R"(Delivered = PUBACK of the broker: at least once. After a crash a record may come again under the same identity and
revision (user properties `sluice-id` and `revision`), by which a receiver recognises it. While the broker is away results wait
on disk.)"},
      {"sinks.NAME.kafka",
       R"(Delivered = acknowledged by all replicas in sync: at least once. The producer is idempotent and repeats without
doubling; after a crash, or when a producer had to be replaced, a record may come again under the same identity and revision
(headers `sluice-id` and `revision`), by which a reader recognises it; with `transactional: true` a read_committed
reader sees each exactly once. Order: of each key as the results come. While the brokers
are away results wait on disk. A record that is refused for its size or content is a dead letter; an unknown or forbidden topic
holds the sink up, but for a topic made of the result's fields, where it is the result's dead letter.)"},
  };
  const auto found = promises.find(title);
  return found == promises.end() ? "" : found->second;
}

} // namespace sluice
