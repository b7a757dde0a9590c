// What a component says about itself when it is asked for its status: plain data, one per supervised
// component. Every component answers `status` with one of these (messages/interfaces.hpp);
// actors/observe/status_report writes them down.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace sluice {

// ok: works. degraded: works, but somebody should look (a lost connection, 85 % of the quota, a device in
// quarantine). failed: a promise is broken or about to be (the ledger does not balance, a component gave up).
enum class health_level : std::uint8_t { ok = 0, degraded = 1, failed = 2 };

const char* to_string(health_level level) noexcept;

// One detail as it stands in status.json.
using status_value = std::variant<bool, std::int64_t, double, std::string>;

struct component_status {
  std::string name;     // "source.field", "pipeline.climate", "sink.board", "store", "reader", "shard.0", ..
  std::uint64_t id = 0; // of this incarnation: a restart changes it
  std::string state; // one word: "connected", "connecting", "backing_off", "running", "paused", "stopped", ..
  std::uint64_t restarts = 0; // since the process started
  std::string reason;         // why it is in this state: the last error; "" when there was none
  health_level level = health_level::ok;
  std::vector<std::pair<std::string, status_value>> details; // extras, e.g. last_event_age_s

  component_status() = default;
  component_status(std::string its_name, std::uint64_t its_id, std::string its_state)
      : name(std::move(its_name)), id(its_id), state(std::move(its_state)) {}

  // Appends a detail; numbers of any width are kept as int64 or double.
  template <class T> component_status& with(std::string key, T&& value) {
    using plain = std::remove_cvref_t<T>;
    if constexpr (std::same_as<plain, bool>)
      details.emplace_back(std::move(key), value);
    else if constexpr (std::integral<plain>)
      details.emplace_back(std::move(key), static_cast<std::int64_t>(value));
    else if constexpr (std::floating_point<plain>)
      details.emplace_back(std::move(key), static_cast<double>(value));
    else
      details.emplace_back(std::move(key), std::string(std::forward<T>(value)));
    return *this;
  }
};

} // namespace sluice
