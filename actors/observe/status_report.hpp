// status.json: what the service says about itself once a second (interface.md "Status"). Pure: plain data in,
// JSON text out. The control socket answers `sluice status` with the same document.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/observe/ledger.hpp"
#include "messages/health.hpp"

namespace sluice {

struct journal_figures {
  std::uint64_t first = 0, visible = 0, applied = 0; // sequences
  std::uint64_t bytes = 0;                           // journal + outbox + dead letters on disk
  std::uint64_t quota = 0;                           // bytes
};

struct process_figures {
  std::int64_t pid = 0;
  std::uint64_t rss_bytes = 0;
};

struct status_input {
  std::string state = "starting"; // starting | running | draining | stopped
  std::string name;               // service.name
  std::string version;
  std::int64_t time_ms = 0; // journal time of this report
  double uptime_s = 0;
  bool store_answered = false; // the store has answered its last write
  std::vector<component_status> components;
  ledger_names names;
  std::vector<std::string> source_components; // by name; all must be connected to be ready
  ledger books;                               // read before the first report is written
  std::uint64_t epoch = 0;                    // of the store
  std::vector<std::string> health_reasons;    // beside those derived here, e.g. "rolled_back: .."
  journal_figures journal;
  process_figures process;
  std::vector<std::string> secrets; // replaced by *** wherever they occur in a text
};

// What the input adds up to.
struct status_verdict {
  bool ready = false;
  health_level level = health_level::ok;
  std::vector<std::string> reasons; // why not ready or not ok, one sentence each
};

// ready iff state is running, every component of a source is "connected" or reads, and the store has
// answered its last write. failed iff a ledger identity does not hold or a component says failed; degraded
// iff not ready while running, a component says degraded, or 85 % of the quota is used.
status_verdict judge(const status_input& in);

// Returns the document, one line, secrets and user:password parts of URLs redacted, invalid UTF-8 replaced.
std::string status_report(const status_input& in);

// Returns `text` with each secret, and what stands between "//" and "@" of a URL, replaced by ***.
std::string redact(std::string_view text, const std::vector<std::string>& secrets);

} // namespace sluice
