// The acknowledgement log: one JSON line {"topic":..,"payload":..} per PUBACK, the payload as the exact text
// that was published. The input of the oracle that judges the service.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "messages/errors.hpp"

namespace sluice {

class ack_log {
public:
  // Begins an empty log at `path`; "" = keep none. Error: storage.
  static outcome<ack_log> create(const std::string& path);
  ack_log(ack_log&& other) noexcept;
  ack_log& operator=(ack_log&&) = delete;
  ~ack_log(); // closes; close() reports what that may hide

  void add(std::string_view topic, std::string_view payload);
  // Writes what is buffered to the file. Error: storage (disk full).
  outcome<void> flush();
  outcome<void> close();

private:
  ack_log() = default;
  std::string path_, line_;
  std::FILE* file_ = nullptr;
  bool broken_ = false;
};

// Appends `text` as a JSON string with its quotes. `text` is UTF-8.
void append_json_text(std::string_view text, std::string& out);

} // namespace sluice
