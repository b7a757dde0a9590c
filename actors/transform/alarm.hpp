// The rule of an alarm: raised when its condition has held for long enough, cleared when its other condition
// holds, raised too when a device falls silent. Each transition has a number, so that it is delivered once
// by identity, whatever dies in between.
//
// Event time decides, so a replay judges alike: an event older than the last judged one changes nothing.
// Only silence is measured in journal time, at ticks, while every source is up.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

// What a condition says of an event; unknown = it is missing (a field is).
enum class truth : std::uint8_t { no, yes, unknown };

class alarm_rule {
public:
  // What is remembered of one key: 40 bytes.
  struct memory {
    std::int64_t judged_ms = 0; // event time of the last judged event, iff judged
    std::int64_t since_ms = 0;  // since when raise holds, iff holding
    std::uint64_t number = 0;   // of the last transition; 0 = none yet
    bool judged = false, holding = false, active = false;
    bool by_silence = false; // active because the device fell silent
    bool operator==(const memory&) const = default;
  };

  // A change of state, to be put out once.
  struct transition {
    bool raised = false;         // else cleared
    const char* cause = nullptr; // what stands in for an event: "missing" (nothing came), "forgotten"
    std::uint64_t number = 0;
  };
  struct verdict {
    memory after;
    std::optional<transition> change;
    bool older = false; // the event is older than the last judged one: not judged
  };

  // `hold`: how long raise must hold, in event time; 0 = at once.
  explicit alarm_rule(std::chrono::milliseconds hold) noexcept : hold_(hold.count()) {}

  // Judges an event; nothing is changed. `clear` is what the option `clear` says, nullopt where it is not
  // given: then not raise. Raise unknown: neither begins nor ends anything. Raised at the first event at
  // which raise holds and has held at every judged event for `hold`. An alarm raised by silence is cleared
  // by the first event for which raise is no.
  verdict judge(const memory& m, truth raise, std::optional<truth> clear,
                std::int64_t time_ms) const noexcept;

  // The device has been silent for too long: nullopt when the alarm is active already, or never judged.
  static std::optional<verdict> silent(const memory& m) noexcept;
  // The device is forgotten: an active alarm is cleared.
  static std::optional<verdict> forgotten(const memory& m) noexcept;

  static void save(const memory& m, std::string& out);
  // False when `in` is damaged.
  static bool restore(memory& m, std::string_view in);

private:
  std::int64_t hold_;
};

} // namespace sluice
