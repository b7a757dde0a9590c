// The step alarm as it stands in a configuration.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

struct step_kind;

// alarm: { name: overheat, raise: temperature > 80, for: 30s, clear: temperature < 75, missing: 5m, severity:
// critical, to: [pager] }
struct alarm_options {
  std::string id;
  std::string name;
  std::string raise, clear; // expressions; clear "" = not raise
  std::chrono::milliseconds hold{0};
  std::optional<std::chrono::milliseconds> missing; // nullopt = silence is no alarm
  enum class level { critical, major, minor, warning, indeterminate } severity = level::major;
  std::vector<std::string> to; // sinks of its transitions; empty = those of the pipeline
  std::string not_to;          // made of `to` by the plan: result_record::not_to of its transitions
};

const char* to_string(alarm_options::level severity) noexcept;

step_kind alarm_kind();

} // namespace sluice
