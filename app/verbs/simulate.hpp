// `sluice simulate`: a fleet of sensors that publishes to a broker, for trials, demos and tests.
#pragma once

namespace CLI {
class App;
}

namespace sluice {

// Adds the verb with its options and help to `app`. Chosen, it runs to its end and leaves in `exit_code`: 0
// every publish has its PUBACK; 64 wrong command line; 74 the ack log cannot be written; 75 given up by a
// second signal; 78 refused by the broker (login, TLS).
void add_simulate(CLI::App& app, int& exit_code);

} // namespace sluice
