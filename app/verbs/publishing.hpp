// What the verbs that publish to a broker share: options, signals, progress, exit codes.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "actors/simulate/publish_loop.hpp"

namespace sluice {

// Adds --url (required), --ack-log, --window, --user, --password, --client-id, --ca, --cert, --key and
// --insecure. `into` outlives `verb`.
void add_publish_options(CLI::App& verb, publish_options& into);

// The first signal stops publishing, the second abandons everything.
struct stop_flags {
  const std::atomic<bool>&stop, &abandon;
};
stop_flags stop_on_signals();

// "sluice-VERB-PID-RANDOM".
std::string own_client_id(const std::string& verb);

// A number in 0 .. 1e9.
std::optional<double> plain_number(std::string_view text);

// The exit code of an error that ended the run; it is said on stderr.
int publishing_failed(const std::string& verb, const error& e);

} // namespace sluice
