// Records that leave (interface.md): the JSON of a window's result and of a windowless event, and their
// identities.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/predict/predict_options.hpp"
#include "actors/window/json_text.hpp"

namespace sluice {

// Equal for all revisions of a window's result: pipeline|device|start|end, and |number iff it is not 0.
std::string result_identity(std::string_view pipeline, std::string_view device, std::int64_t start,
                            std::int64_t end, std::uint64_t number = 0);
// Of an event of a pipeline without window: pipeline|journal sequence|index.
std::string event_identity(std::string_view pipeline, std::uint64_t sequence, std::uint32_t index);

// Of a result that a step made: pipeline|device|name#number@time. Numbers begin again when a device was
// forgotten; the time tells them apart.
std::string step_identity(std::string_view pipeline, std::string_view device, std::string_view name,
                          std::uint64_t number, std::int64_t time_ms);

// The record in memory of its own: with room for a prediction where it is to get one.
std::string own_record(std::string_view json, const std::optional<predict_options>& predict);

// Writes the frame of a pipeline's records around their values. Texts are appended to `out`.
class result_frame {
public:
  // `arrival`: the events had no time of their own; said in each record. `keyed`: "key" stands in place of
  // "device", and is JSON already.
  result_frame(std::string_view pipeline, bool arrival, bool keyed = false);
  void begin_window(text_buffer& out, std::string_view device, std::int64_t start, std::int64_t end,
                    std::uint32_t revision, std::uint64_t number = 0) const; // up to "values":
  void begin_event(text_buffer& out, std::string_view device, std::int64_t time) const;
  // A result that a step made: the members behind the time follow (step_result::body).
  void begin_step(text_buffer& out, std::string_view device, std::int64_t time) const;
  void end(text_buffer& out) const { out += '}'; }

private:
  void begin(text_buffer& out, std::string_view device) const;

  bool keyed_;
  std::string head_;   // {"pipeline":"climate","device":
  std::string values_; // ,"values":
};

} // namespace sluice
