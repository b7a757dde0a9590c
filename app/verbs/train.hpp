// `sluice train`: models from data.
#pragma once

namespace CLI {
class App;
}

namespace sluice {

void add_train(CLI::App& app, int& exit_code);

} // namespace sluice
