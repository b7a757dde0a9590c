// `sluice explain CONFIG`: what a configuration becomes.
#pragma once

namespace CLI {
class App;
}

namespace sluice {

void add_explain(CLI::App& app, int& exit_code);

} // namespace sluice
