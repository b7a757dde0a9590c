#include "actors/ingest/source_links.hpp"

#include "actors/ingest/source_notes.hpp"

namespace sluice {

void source_links::up() {
  std::lock_guard lock(mutex_);
  if (++up_ == connections_) note_source(log_, control_kind::source_up, source_);
}

void source_links::down() {
  std::lock_guard lock(mutex_);
  if (up_-- == connections_) note_source(log_, control_kind::source_down, source_);
}

} // namespace sluice
