// `sluice init [FILE]`: writes a configuration to start from, and its test file.
#pragma once

#include <iosfwd>
#include <string>

namespace CLI {
class App;
}

namespace sluice {

// Writes FILE and its test file beside it (x.yaml, x.test.yaml); "-" prints the configuration. Existing files
// are never overwritten. Returns an exit code: 0; 64 a file is there already; 74 it cannot be written.
int init_verb(const std::string& file, std::ostream& out, std::ostream& errors);
void add_init(CLI::App& app, int& exit_code);

} // namespace sluice
