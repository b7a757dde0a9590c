// The duplicate rule of an MQTT source: packet ids of QoS 2, redelivery, then retained messages, and what of
// all of them survives a restart.
#pragma once

#include <string>

#include "actors/ingest/duplicate_rule.hpp"
#include "actors/ingest/redelivery.hpp"
#include "actors/ingest/retained.hpp"
#include "actors/ingest/unreleased.hpp"

namespace sluice {

class mqtt_duplicates final : public duplicate_rule {
public:
  // `own_mark`: the payload carries its own time or sequence.
  mqtt_duplicates(const std::string& source, std::size_t receive_maximum, bool own_mark)
      : own_mark_(own_mark), redelivery_(source, receive_maximum), retained_(source),
        unreleased_(source, receive_maximum) {}

  bool judge(const message_out& m) override;
  void connected(const control& session) noexcept override;
  void released(const control& ids) override;
  outcome<void> load(const store& state) override;
  void recall(const message_out& m) noexcept override;
  void recall(const control& session) noexcept override;
  void add_to(reader_part& part, std::uint64_t position) override;

private:
  void remember(const message_out& m, const message_mark& mark) noexcept;

  bool own_mark_;
  redelivery redelivery_;
  std::uint64_t unsaved_bytes_ = 0; // payloads since redelivery_ was saved
  retained_topics retained_;
  unreleased_ids unreleased_;
};

} // namespace sluice
