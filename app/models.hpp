// Models of a service: what its pipelines predict with, and what is in force when it starts.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/predict/models_actor.hpp"
#include "actors/store/journal.hpp"
#include "actors/store/model_files.hpp"
#include "actors/store/store.hpp"
#include "actors/window/shard.hpp"
#include "app/plans.hpp"

namespace sluice {

// The models kept in a data directory.
std::shared_ptr<kept_models> models_kept_in(const std::string& data_dir);

// Puts every model in force before anything is read: its bundle as it is now, or, when that is bad, the model
// that was in force. A bundle that does not fit the pipeline is bad. Appends a MODEL record for each, from
// which on it scores. Errors (ec::invalid): a bundle that is bad, and none was ever in force, or that one
// does not fit either; ec::corrupt: the one that was in force is damaged.
outcome<std::shared_ptr<watched_models>> open_models(const configuration& c,
                                                     const std::vector<pipeline_plan>& pipelines,
                                                     const model_files& files, kept_models& kept,
                                                     store& state, journal& log);

// Desks for every model, one per shard, open and with the model in force loaded. Errors: those of loading.
outcome<void> make_desks(watched_models& models, const std::shared_ptr<kept_models>& kept,
                         std::uint32_t shards);

// The same as open_models for a journal without state (`sluice test`): every bundle must be good.
outcome<void> put_models(const configuration& c, const std::vector<pipeline_plan>& pipelines,
                         const model_files& files, journal& log);

// Scores in the caller's thread with the models kept in a data directory, and by the marks of the journal so
// far: for replays and trials. Errors: those of reading the journal.
outcome<shard_models> direct_models(const std::vector<pipeline_plan>& pipelines, const std::string& data_dir,
                                    journal& log);

} // namespace sluice
