// Turns one JSON payload into one event row. Never throws, never stops: a payload that is not what it should
// be gives a reason, a place and a detail. Everything in the payload is validated, also what no pipeline asks
// for. Not thread safe.
//
// Which fields: with an explicit map those of it, else the numbers, booleans and strings of the top level
// under their own names; of these, the ones named by `used`, and with `all_fields` every one (those that are
// the event's time, sequence or device only if `used` names them). null is a missing value. A key that is
// used may stand once in its object.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ingest/field_table.hpp"
#include "actors/ingest/json_event.hpp"
#include "actors/ingest/source_options.hpp"
#include "messages/batch.hpp"
#include "messages/errors.hpp"

namespace sluice {

class json_decoder {
public:
  // `names` gets the fields' slots and must outlive the decoder. Errors (ec::invalid): a path that does not
  // parse.
  static outcome<json_decoder> make(const json_options& options, const std::vector<std::string>& used,
                                    bool all_fields, field_table& names);
  json_decoder(json_decoder&&) noexcept;
  json_decoder& operator=(json_decoder&&) noexcept;
  ~json_decoder();

  enum class result {
    event,  // the row is complete, except for what comes from the topic
    grew,   // `names` has new ones: begin a batch with more slots and decode again
    failed, // a dead letter
  };
  // Decodes into the last row of `batch`, whose slots are all missing and whose received_ms is set. Texts,
  // and the device (with its hash) iff `device:` is configured, go to the arena. After anything but `event`,
  // row, slots and what was added to the arena are the caller's to take back.
  result decode(std::string_view payload, event_batch& batch, decode_failure& why);

  // Makes `name`, found in payloads before a restart, a field in `slot`. Only with all_fields.
  void know(std::string_view name, std::uint32_t slot);
  bool device_in_payload() const noexcept;

private:
  struct impl;
  explicit json_decoder(std::unique_ptr<impl> p);
  std::unique_ptr<impl> impl_;
};

} // namespace sluice
