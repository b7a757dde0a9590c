// `sluice replay`: the rows of a file as messages, in the pace of their times or faster.
#pragma once

namespace CLI {
class App;
}

namespace sluice {

// Adds the verb with its options and help to `app`. Chosen, it runs to its end and leaves in `exit_code`: 0
// every row has its PUBACK; 64 wrong command line or file; 74 the file cannot be read or the ack log not be
// written; 75 given up by a second signal; 78 refused by the broker (login, TLS).
void add_replay(CLI::App& app, int& exit_code);

} // namespace sluice
