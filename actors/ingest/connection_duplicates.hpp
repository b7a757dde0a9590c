// The duplicate rule of an MQTT source with several connections: each has a session, packet ids and a rule of
// its own. They outlive a configuration with fewer of them: what such a one left in the journal is judged as
// the others' is.
#pragma once

#include <vector>

#include "actors/ingest/mqtt_duplicates.hpp"

namespace sluice {

class connection_duplicates final : public duplicate_rule {
public:
  // Arguments as of mqtt_duplicates. The first connection's state has the source's name, the others' NAME#2..
  connection_duplicates(const std::string& source, std::size_t receive_maximum, bool own_mark);

  bool judge(const message_out& m) override { return of(m.connection).judge(m); }
  void connected(const control& session) noexcept override;
  void released(const control& ids) override;
  outcome<void> load(const store& state) override;
  void recall(const message_out& m) noexcept override { of(m.connection).recall(m); }
  void recall(const control& session) noexcept override;
  void add_to(reader_part& part, std::uint64_t position) override;

private:
  mqtt_duplicates& of(std::size_t connection) noexcept { return each_[connection % each_.size()]; }
  std::vector<mqtt_duplicates> each_; // most_connections
};

} // namespace sluice
