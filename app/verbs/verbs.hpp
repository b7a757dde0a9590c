// The table of verbs. One that is not built is not here, so it is not in --help.
#pragma once

namespace CLI {
class App;
}

namespace sluice {

void add_all_verbs(CLI::App& app, int& exit_code);

} // namespace sluice
