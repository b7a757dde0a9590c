// Turns outbox records into publishes: telemetry, one device per publish, several records of it together;
// transitions of alarms as attributes too, or instead, each in a publish of its own. What ThingsBoard would
// refuse or silently lose never leaves; the reason says why.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "actors/publish/thingsboard/options.hpp"
#include "messages/dead_letter.hpp"
#include "messages/outbox_record.hpp"

namespace sluice::thingsboard {

// One record ready to be sent.
struct prepared {
  std::string device;                     // "" in device mode: all records go to the device of the token
  std::string element;                    // {"ts":ms,"values":{..}}; "" = no telemetry
  std::string attributes;                 // {"key":value,..}; "" = none. They go before the telemetry
  std::string order;                      // records of equal order leave in turn; "" = their identity
  std::uint32_t value_range = 0;          // numbers left out because they cannot be stored
  std::vector<std::string> numeric_texts; // keys whose text ThingsBoard will turn into a number
  bool revision_hidden = false; // a value has the key of the revision: the value is sent, the revision not
};

// Why a record can never be sent.
struct unfit {
  reason why = reason::sink_unstorable;
  std::string where, detail;
  std::uint32_t value_range = 0;
};

// The topic of the mode.
std::string_view topic(const thingsboard_options& options, bool attributes = false);

// Returns the record ready to be sent. A key that would be lost makes the whole record unfit (it stays whole
// in the dead letters); a number out of range is only left out, but a record without any value left is unfit.
tl::expected<prepared, unfit> prepare(const thingsboard_options& options, const outbox_record& record);

// Bytes of the MQTT PUBLISH with `count` records of `device` whose elements have `element_bytes` together, at
// most.
std::size_t packet_bytes(const thingsboard_options& options, std::string_view device,
                         std::size_t element_bytes, std::size_t count);

// The payload of one telemetry publish; all records must be of one device.
std::string assemble(const thingsboard_options& options, const std::vector<const prepared*>& records);
// The payload of one attributes publish.
std::string assemble_attributes(const thingsboard_options& options, const prepared& record);

} // namespace sluice::thingsboard
