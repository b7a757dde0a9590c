#include "actors/ingest/duplicate_rule.hpp"

#include "actors/ingest/connection_duplicates.hpp"
#include "actors/ingest/file/file_duplicates.hpp"
#include "actors/ingest/kafka/kafka_duplicates.hpp"
#include "actors/ingest/loop_duplicates.hpp"

namespace sluice {

namespace {

class no_duplicates final : public duplicate_rule {
  bool judge(const message_out&) override { return false; }
};

} // namespace

outcome<void> damaged(std::string_view key) {
  return fail(ec::corrupt, "what a source remembers of earlier messages is damaged (" + std::string(key) +
                               " of the state): duplicates would count");
}

outcome<void> load_rows(const store& state, std::string_view prefix,
                        const std::function<bool(std::string_view key, std::string_view value)>& take) {
  outcome<void> done;
  state.scan(state_family::source, prefix, [&](std::string_view key, std::string_view value) {
    if (!take(key.substr(prefix.size()), value)) done = damaged(key);
    return done.has_value();
  });
  return done;
}

std::unique_ptr<duplicate_rule> make_duplicate_rule(const source_options& source) {
  if (const auto* mqtt = source.mqtt()) {
    const auto& decode = source.decode;
    const bool own_mark = decode.carries_time() || !decode.event().sequence_path.empty();
    return std::make_unique<connection_duplicates>(source.name, mqtt->connection.receive_maximum, own_mark);
  }
  if (source.file() != nullptr) return std::make_unique<file_duplicates>(source.name);
  if (source.kafka() != nullptr) return std::make_unique<kafka_duplicates>(source.name);
  if (std::holds_alternative<pipeline_source_options>(source.kind))
    return std::make_unique<loop_duplicates>(source.name);
  return std::make_unique<no_duplicates>();
}

} // namespace sluice
