#include "actors/window/result_json.hpp"

#include <charconv>

namespace sluice {

std::string result_identity(std::string_view pipeline, std::string_view device, std::int64_t start,
                            std::int64_t end, std::uint64_t number) {
  char numbers[66];
  char* to = numbers;
  *to++ = '|';
  to = std::to_chars(to, to + 20, start).ptr;
  *to++ = '|';
  to = std::to_chars(to, to + 20, end).ptr;
  if (number != 0) {
    *to++ = '|';
    to = std::to_chars(to, to + 20, number).ptr;
  }
  std::string out;
  out.reserve(pipeline.size() + 1 + device.size() + static_cast<std::size_t>(to - numbers));
  out.append(pipeline).append(1, '|').append(device).append(numbers, to);
  return out;
}

std::string event_identity(std::string_view pipeline, std::uint64_t sequence, std::uint32_t index) {
  std::string out(pipeline);
  out += '|';
  out += std::to_string(sequence);
  out += '|';
  out += std::to_string(index);
  return out;
}

std::string step_identity(std::string_view pipeline, std::string_view device, std::string_view name,
                          std::uint64_t number, std::int64_t time_ms) {
  std::string out(pipeline);
  out.append(1, '|').append(device).append(1, '|').append(name).append(1, '#');
  out += std::to_string(number);
  return out.append(1, '@') += std::to_string(time_ms);
}

std::string own_record(std::string_view json, const std::optional<predict_options>& predict) {
  std::string out;
  out.reserve(json.size() + (predict ? prediction_bytes(*predict) : 0));
  out = json;
  return out;
}

result_frame::result_frame(std::string_view pipeline, bool arrival, bool keyed) : keyed_(keyed) {
  text_buffer head;
  head += "{\"pipeline\":";
  append_text(head, pipeline);
  head += keyed ? ",\"key\":" : ",\"device\":";
  head_ = head.view();
  values_ = arrival ? ",\"time_source\":\"arrival\",\"values\":" : ",\"values\":";
}

void result_frame::begin(text_buffer& out, std::string_view device) const {
  out += head_;
  if (keyed_)
    out += device;
  else
    append_text(out, device);
}

void result_frame::begin_window(text_buffer& out, std::string_view device, std::int64_t start,
                                std::int64_t end, std::uint32_t revision, std::uint64_t number) const {
  begin(out, device);
  out += ",\"start\":";
  append_number(out, start);
  out += ",\"end\":";
  append_number(out, end);
  out += ",\"revision\":";
  append_number(out, static_cast<std::int64_t>(revision));
  if (number != 0) {
    out += ",\"number\":";
    append_number(out, static_cast<std::int64_t>(number));
  }
  out += values_;
}

void result_frame::begin_step(text_buffer& out, std::string_view device, std::int64_t time) const {
  begin(out, device);
  out += ",\"time\":";
  append_number(out, time);
}

void result_frame::begin_event(text_buffer& out, std::string_view device, std::int64_t time) const {
  begin(out, device);
  out += ",\"time\":";
  append_number(out, time);
  out += values_;
}

} // namespace sluice
