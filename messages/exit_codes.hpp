// Exit codes of the service and its verbs (interface.md "Command line").
#pragma once

namespace sluice {

enum exit_code : int {
  exit_ok = 0,          // drained
  exit_usage = 64,      // wrong command line
  exit_escalation = 70, // a supervisor gave up, or a hung thread
  exit_storage = 74,    // storage failed or is damaged
  exit_pending = 75,    // drained, but results are still pending
  exit_fenced = 76,     // another owner is newer
  exit_config = 78,     // configuration, or a changed pipeline with existing state
};

// Writes `why` to stderr and ends the process at once, without destructors and without returning to the
// caller: what was not acknowledged stays unacknowledged.
[[noreturn]] void exit_now(exit_code code, const char* why) noexcept;

} // namespace sluice
