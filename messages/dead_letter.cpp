#include "messages/dead_letter.hpp"

namespace sluice {

const char* to_string(reason why) noexcept {
  switch (why) {
  case reason::message_too_large:
    return "message.too_large";
  case reason::topic_mismatch:
    return "topic.mismatch";
  case reason::json_syntax:
    return "json.syntax";
  case reason::json_utf8:
    return "json.utf8";
  case reason::json_depth:
    return "json.depth";
  case reason::json_keys:
    return "json.keys";
  case reason::json_duplicate_key:
    return "json.duplicate_key";
  case reason::json_number:
    return "json.number";
  case reason::json_not_object:
    return "json.not_object";
  case reason::device_missing:
    return "device.missing";
  case reason::device_invalid:
    return "device.invalid";
  case reason::time_missing:
    return "time.missing";
  case reason::time_invalid:
    return "time.invalid";
  case reason::time_future:
    return "time.future";
  case reason::time_ancient:
    return "time.ancient";
  case reason::sequence_missing:
    return "sequence.missing";
  case reason::sequence_invalid:
    return "sequence.invalid";
  case reason::sequence_too_old:
    return "sequence.too_old";
  case reason::field_type:
    return "field.type";
  case reason::late:
    return "late";
  case reason::apply_error:
    return "apply.error";
  case reason::device_quarantined:
    return "device.quarantined";
  case reason::sink_refused:
    return "sink.refused";
  case reason::sink_too_large:
    return "sink.too_large";
  case reason::sink_unstorable:
    return "sink.unstorable";
  case reason::compression_invalid:
    return "compression.invalid";
  case reason::compression_too_large:
    return "compression.too_large";
  case reason::text_utf8:
    return "text.utf8";
  case reason::text_columns:
    return "text.columns";
  case reason::csv_syntax:
    return "csv.syntax";
  case reason::csv_header:
    return "csv.header";
  case reason::value_invalid:
    return "value.invalid";
  case reason::senml_record:
    return "senml.record";
  case reason::json_not_array:
    return "json.not_array";
  case reason::message_events:
    return "message.events";
  case reason::field_range:
    return "field.range";
  case reason::key_missing:
    return "key.missing";
  case reason::key_invalid:
    return "key.invalid";
  case reason::lookup_missing:
    return "lookup.missing";
  }
  return "unknown";
}

} // namespace sluice
