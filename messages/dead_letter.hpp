// Dead letters: what could not go on, with the reason, the place and the bytes. The list of reasons is
// closed.
#pragma once

#include <cstdint>
#include <string>

namespace sluice {

enum class reason : std::uint8_t {
  message_too_large = 1, // message.too_large   payload longer than max_message
  topic_mismatch,        // topic.mismatch      no template of the source matches the topic
  json_syntax,           // json.syntax         not JSON
  json_utf8,             // json.utf8           invalid UTF-8
  json_depth,            // json.depth          nested deeper than max_depth
  json_keys,             // json.keys           more than max_keys keys
  json_duplicate_key,    // json.duplicate_key  a key twice in one object
  json_number,           // json.number         number beyond the range of a double (1e999)
  json_not_object,       // json.not_object     the top level is no object
  device_missing,        // device.missing      no device in topic or payload
  device_invalid,        // device.invalid      empty, longer than 128 bytes, or outside [A-Za-z0-9._:-]
  time_missing,          // time.missing
  time_invalid,          // time.invalid        not a number or RFC 3339
  time_future,           // time.future
  time_ancient,          // time.ancient
  sequence_missing,      // sequence.missing    configured and absent
  sequence_invalid,      // sequence.invalid    not an integer in 0 .. 2^63-1
  sequence_too_old,      // sequence.too_old    below the forgotten gaps
  field_type,            // field.type          wrong type for an operator or the field map
  late,                  // late                beyond allowed lateness
  apply_error,           // apply.error         an exception while applying
  device_quarantined,    // device.quarantined  five apply errors in a minute
  sink_refused,          // sink.refused        the sink refuses this record alone, for ever
  sink_too_large,        // sink.too_large      one record is larger than the sink takes
  sink_unstorable,       // sink.unstorable     nothing of the record can be stored there (keys, device name)
  compression_invalid,   // compression.invalid    not the gzip or zstd data it should be
  compression_too_large, // compression.too_large  larger than max_message once decompressed
  text_utf8,             // text.utf8              invalid UTF-8 in a text payload
  text_columns,          // text.columns           another number of columns than declared
  csv_syntax,            // csv.syntax             a quote that is not closed, or text behind one
  csv_header,            // csv.header             no header, or one that lacks a column or has it twice
  value_invalid,         // value.invalid          no bare number, boolean or text
  senml_record,          // senml.record           a SenML record without what RFC 8428 demands
  json_not_array,        // json.not_array         `each` does not lead to an array
  message_events,        // message.events         more events in one message than allowed
  field_range,           // field.range            outside the range of the field contract
  key_missing,           // key.missing            the event lacks a field of the pipeline's key
  key_invalid,           // key.invalid            the key is longer than 255 bytes
  lookup_missing,        // lookup.missing         no row of the look-up table, and `missing: dead_letter`
};

// The dotted name used in every output.
const char* to_string(reason why) noexcept;

struct dead_letter {
  std::uint64_t id = 0;       // given by the store, ascending, never used again
  std::uint64_t sequence = 0; // journal sequence of the message; 0 for a sink's record
  std::uint32_t index = 0;    // element within the message
  reason why = reason::json_syntax;
  std::string source;   // source name, or sink name for sink.*
  std::string pipeline; // "" when the message never reached a pipeline
  std::string topic;
  std::string where; // "byte 17", "$.temperature", ..
  std::string detail;
  std::int64_t received_ms = 0;
  std::string payload; // raw bytes, at most max_message of them
  // What it takes to read or send it again (`dlq replay`).
  std::string device{};       // of an event; "" = not known
  std::string properties{};   // user properties of the message, as the journal holds them
  bool piece = false;         // the payload is one element of the message, what stood around it is gone
  bool judged = false;        // of an event: its sequence number was judged with it, and is no duplicate
  std::string identity{};     // of a sink's record
  std::uint32_t revision = 0; // likewise
};

} // namespace sluice
