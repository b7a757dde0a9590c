// Look-up tables of a service: what its steps read, and what is in force when it starts.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/store/journal.hpp"
#include "actors/store/store.hpp"
#include "actors/store/table_files.hpp"
#include "actors/transform/lookup_tables.hpp"
#include "actors/transform/table_actor.hpp"
#include "app/plans.hpp"

namespace sluice {

// Every way in which the pipelines read look-up files, by path.
std::map<std::string, std::vector<table_spec>> table_specs(const std::vector<pipeline_plan>& pipelines);

// Tables from the contents kept in a data directory.
std::shared_ptr<table_cache> kept_tables(const std::string& data_dir);

// Puts every table in force before anything is read: its file as it is now, or, when that is bad, the content
// that was in force. Appends a TABLE record for each, and writes what the state lacks. Errors (ec::invalid):
// a file that is bad and was never in force.
outcome<std::shared_ptr<watched_tables>> open_tables(const std::vector<pipeline_plan>& pipelines,
                                                     const table_files& kept, store& state, journal& log);

// The same for a journal without state (`sluice test`): every file must be good.
outcome<void> put_tables(const std::vector<pipeline_plan>& pipelines, const table_files& kept, journal& log);

} // namespace sluice
