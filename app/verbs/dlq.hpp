// `sluice dlq list|show`: the dead letters of a service, read-only, also while it runs.
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

} // namespace sluice
