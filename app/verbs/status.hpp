// `sluice status`: asks the running service over its control socket.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace sluice {

void add_status(CLI::App& app, int& exit_code);

} // namespace sluice
