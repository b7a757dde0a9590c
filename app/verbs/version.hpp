// `sluice version`.
#pragma once

namespace CLI {
class App;
}

namespace sluice {

void add_version(CLI::App& app, int& exit_code);

} // namespace sluice
