// `sluice run CONFIG`: the service.
#pragma once

namespace CLI {
class App;
}

namespace sluice {

void add_run(CLI::App& app, int& exit_code);

} // namespace sluice
