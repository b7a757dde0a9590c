#include "actors/ingest/connection_duplicates.hpp"

#include "actors/ingest/source_links.hpp"
#include "actors/ingest/source_options.hpp"

namespace sluice {

connection_duplicates::connection_duplicates(const std::string& source, std::size_t receive_maximum,
                                             bool own_mark) {
  each_.reserve(most_connections);
  for (unsigned i = 1; i <= most_connections; ++i)
    each_.emplace_back(i == 1 ? source : source + "#" + std::to_string(i), receive_maximum, own_mark);
}

void connection_duplicates::connected(const control& session) noexcept {
  of(connection_of_session(session.value)).connected(session);
}

void connection_duplicates::released(const control& ids) {
  of(ids.value).released(ids);
}

outcome<void> connection_duplicates::load(const store& state) {
  for (auto& one : each_)
    if (auto done = one.load(state); !done) return done;
  return {};
}

void connection_duplicates::recall(const control& session) noexcept {
  of(connection_of_session(session.value)).recall(session);
}

void connection_duplicates::add_to(reader_part& part, std::uint64_t position) {
  for (auto& one : each_) one.add_to(part, position);
}

} // namespace sluice
