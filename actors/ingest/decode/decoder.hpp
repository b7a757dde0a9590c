// A format: one message in, no, one or many events out. One object per source, used by the reader alone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ingest/decode/decode_failure.hpp"
#include "actors/ingest/decode/event_rows.hpp"
#include "actors/ingest/decode_options.hpp"
#include "actors/ingest/field_table.hpp"
#include "messages/checkpoint.hpp"
#include "messages/errors.hpp"

namespace sluice {

// A message as a decoder sees it.
struct decode_input {
  std::string_view payload; // decompressed
  std::string_view topic;
  std::optional<std::string_view> field; // {field} of the topic
  bool header = false;                   // the message says that it is the header of its topic's table
  std::int64_t received_ms = 0;
  std::string_view properties; // user properties, as message_out has them
};

class decoder {
public:
  virtual ~decoder() = default;

  enum class result {
    events, // the message is decoded; its events are in `rows`, and its bad elements
    grew,   // the source has new field names: once more, with more slots per row
    failed, // the message is a dead letter
  };
  // Never throws, never stops. After anything but `events` the caller takes back what was added to `rows`.
  virtual result decode(const decode_input& message, event_rows& rows, decode_failure& why) = 0;

  // Makes `name`, found in payloads before a restart, a field in `slot`.
  virtual void know(std::string_view name, std::uint32_t slot) = 0;

  // What a decoder remembers from message to message, as state of the source `prefix`: writes since the last
  // call, and what was written before a restart. Most remember nothing.
  virtual void take_writes(const std::string& /*prefix*/, std::vector<state_write>& /*out*/) {}
  virtual void load(std::string_view /*key behind the prefix*/, std::string_view /*value*/) {}
};

// What a decoder is made for.
struct decoder_setting {
  const decode_options& options;
  const std::vector<std::string>& used; // fields that pipelines name
  bool all_fields = false;              // some pipeline passes every field on
  bool own_header = true; // CSV: a message begins with its header; else a message of its own is it
  field_table& names;     // outlives the decoder
};

// The decoder of a source. Errors (ec::invalid): a path that does not parse, an unknown zone.
outcome<std::unique_ptr<decoder>> make_decoder(const decoder_setting& setting);

} // namespace sluice
