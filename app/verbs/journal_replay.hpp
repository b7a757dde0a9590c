// `sluice journal replay`: runs the pipelines of a configuration over a journal, from empty state, and writes
// the results.
#pragma once

#include <string>

namespace sluice {

struct replay_arguments {
  std::string data_dir, config, out; // out: "" = stdout
};

// Returns an exit code: 0; 74 when the journal is damaged or does not begin at record 1; 78 for a bad
// configuration.
int journal_replay(const replay_arguments& a);

} // namespace sluice
