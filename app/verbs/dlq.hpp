// `sluice dlq list|show|replay|drop`: the dead letters of a service. list and show only read, also while it
// runs; replay and drop ask the running service.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

namespace CLI {
class App;
}

namespace sluice {

void add_dlq(CLI::App& app, int& exit_code);

struct dlq_filter {
  std::string reason, source; // "" = any
  std::uint64_t from_id = 1;
  std::uint64_t most = 0; // 0 = all
  bool as_json = false;   // whole dead letters, one line of JSON each
};

// Both return an exit code: 0; 64 when `data_dir` holds no state or there is no such dead letter; 74 when it
// cannot be read.
int dlq_list(const std::string& data_dir, const dlq_filter& filter, std::ostream& out, std::ostream& errors);
int dlq_show(const std::string& data_dir, std::uint64_t id, std::ostream& out, std::ostream& errors);

struct dlq_move {
  bool drop = false; // else replay
  std::uint64_t id = 0;
  std::string reason, source, device;
  bool all = false;
};
// Returns an exit code: 0; 1 when no service answers or it refuses; 64 when nothing is chosen.
int dlq_ask(const std::string& data_dir, const dlq_move& what, std::ostream& out, std::ostream& errors);

} // namespace sluice
