#include "actors/ingest/source_notes.hpp"

#include "messages/exit_codes.hpp"

namespace sluice {

void note_source(journal& log, control_kind kind, const std::string& source, std::uint64_t value) {
  control record;
  record.kind = kind;
  record.name = source;
  record.value = value;
  if (auto done = log.append(record); !done) exit_now(exit_storage, done.error().text.c_str());
}

} // namespace sluice
