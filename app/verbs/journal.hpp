// `sluice journal verify|dump|replay`: read-only, also beside the running service.
#pragma once

#include <iosfwd>
#include <string>

namespace CLI {
class App;
}

namespace sluice {

void add_journal(CLI::App& app, int& exit_code);

// Both return an exit code: 0; 64 when `data_dir` holds no journal; 74 when it is damaged or cannot be read.
int journal_verify(const std::string& data_dir, std::ostream& out, std::ostream& errors);
// One line of JSON per message: sequence, time (journal time, ms), source, topic, payload (payload_base64
// when not UTF-8). With `controls` also one per control record: sequence, time, control (its kind), name,
// value.
int journal_dump(const std::string& data_dir, bool controls, std::ostream& out, std::ostream& errors);

} // namespace sluice
