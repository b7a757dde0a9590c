// `sluice schema`: the JSON Schema of configurations, for editors.
#pragma once

namespace CLI {
class App;
}

namespace sluice {

void add_schema(CLI::App& app, int& exit_code);

} // namespace sluice
