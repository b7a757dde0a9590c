// Shared `connections:`. `connection: NAME` in a component takes the options of that connection which the
// component does not give itself; the tree is rewritten before anything reads it, so every place stays the
// place in the file.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/option.hpp"

namespace sluice::config {

// A kind of connection ("mqtt"): reports what is wrong with its options. `url` may be missing, the component
// can bring its own.
struct connection_kind {
  std::string kind;
  std::function<void(const yaml_node& map, reader&)> check;
};

// A component that may name a connection, and the options it takes from one.
struct connection_user {
  std::string component; // its kind, the key in sources.NAME or sinks.NAME
  std::string connection;
  std::vector<std::string> options;
};

// Removes `connections` from `root` and every `connection: NAME` from sources and sinks, adding what they
// stand for. Reported: no such connection, another kind, an option the component does not take, and what the
// kinds report, each once however many components use it. A connection nobody uses is a warning.
void resolve_connections(yaml_node& root, const std::vector<connection_kind>& kinds,
                         const std::vector<connection_user>& users, reader& in);

} // namespace sluice::config
