#include "actors/ingest/decode_options.hpp"

namespace sluice {

const event_options& decode_options::event() const noexcept {
  switch (kind) {
  case format::json:
    return json;
  case format::delimited:
    return delimited;
  case format::csv:
    return csv;
  case format::value:
    return value;
  case format::senml:
    return senml;
  case format::raw:
    break;
  }
  return raw;
}

bool decode_options::names_device() const noexcept {
  if (kind == format::senml) return senml.device != senml_options::device_from::topic;
  return !event().device_path.empty();
}

bool decode_options::carries_time() const noexcept {
  return kind == format::senml || !event().time.arrival || event().time.record;
}

} // namespace sluice
