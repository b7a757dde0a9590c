// Turns one JSON object into one event row. Never throws, never stops: an object that is not what it should
// be gives a reason, a place and a detail. Everything in it is validated, also what no pipeline asks for. Not
// thread safe.
//
// Which fields: with an explicit map those of it, else the numbers, booleans and texts of the object under
// their own names; values of nested objects, as many levels down as `flatten` says, under the names of all
// keys joined by _ ({"a":{"b":1}} is a_b). Of these, the ones named by `used`, and with `all_fields` every
// one (those that are the event's time, sequence or device only if `used` names them). Arrays are no fields.
// null is a missing value. A key that is used may stand once in its object, and one field may be spelled in
// one way only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/ingest/decode/decode_failure.hpp"
#include "actors/ingest/decode/gatherer.hpp"
#include "actors/ingest/decode/json_text.hpp"
#include "actors/ingest/decode_options.hpp"
#include "actors/ingest/field_table.hpp"
#include "messages/batch.hpp"
#include "messages/errors.hpp"

namespace sluice {

class json_decoder {
public:
  // `names` gets the fields' slots and must outlive the decoder. Errors (ec::invalid): a path that does not
  // parse.
  static outcome<json_decoder> make(const json_options& options, const std::vector<std::string>& used,
                                    bool all_fields, field_table& names);

  enum class result {
    event,  // the row is complete, except for what comes from the topic
    grew,   // `names` has new ones: begin a batch with more slots and decode again
    failed, // a dead letter
  };
  // A value of the object around the event, at a target of gatherer::around.
  using outer_values = std::vector<std::pair<const field_plan::target*, found_value>>;
  // Decodes into the last row of `batch`, whose slots are all missing and whose received_ms is set. Texts,
  // and the device (with its hash) iff `device:` is configured, go to the arena. After anything but `event`,
  // row, slots and what was added to the arena are the caller's to take back.
  result decode(std::string_view text, event_batch& batch, decode_failure& why) {
    return decode(text, batch, why, nullptr);
  }
  result decode(std::string_view text, event_batch& batch, decode_failure& why, const outer_values* around);

  // Of the event decoded last: values that no contract names, and values left out by their contract.
  unsigned unknown_fields() const noexcept { return contracts_ ? text_.unknown() : 0; }
  unsigned bad_fields() const noexcept { return event_.bad_fields(); }

  // Makes `name`, found in payloads before a restart, a field in `slot`. Only with all_fields.
  void know(std::string_view name, std::uint32_t slot);
  bool device_in_payload() const noexcept { return event_.has_device(); }
  // Targets of paths that begin with $$.
  field_plan& around() noexcept { return event_.around; }

private:
  json_decoder(gatherer event, json_text text, field_table& names)
      : event_(std::move(event)), text_(std::move(text)), names_(&names) {}
  bool one_spelling(decode_failure& why);
  result learn(decode_failure& why);

  gatherer event_;
  json_text text_;
  field_table* names_;
  unsigned flatten_ = 1;
  bool contracts_ = false;
  std::vector<std::pair<std::uint64_t, const std::string*>> spelled_; // by slot: stamp and path
  std::uint64_t stamp_ = 0;
};

} // namespace sluice
