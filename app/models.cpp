#include "app/models.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "actors/ingest/prediction_marks.hpp"
#include "actors/predict/bundle_copy.hpp"
#include "actors/predict/direct_scoring.hpp"
#include "actors/window/table_row.hpp"
#include "app/configuration_predict.hpp"

namespace sluice {

namespace {

outcome<void> note_in_force(const std::string& pipeline, std::uint64_t id, journal& log) {
  control record;
  record.kind = control_kind::model;
  record.name = pipeline;
  record.value = id;
  if (auto done = log.append(record); !done) return tl::unexpected(done.error());
  return {};
}

// The model in force at the state's position, by its row; nullopt: none. Then none is in force for what waits
// in the journal before the MODEL record of this start either: a replay finds none there. A row whose model
// is gone, as when the pipeline was out of the configuration for longer than the journal reaches back, goes
// too.
outcome<std::optional<std::uint64_t>> in_force_before(const std::string& pipeline, const model_files& files,
                                                      kept_models& kept, store& state) {
  const auto id = stored_model(state, pipeline);
  if (!id || !*id) return id;
  std::error_code err;
  if (std::filesystem::exists(files.path(**id), err)) {
    if (const auto facts = kept.facts(**id); !facts)
      return fail(ec::corrupt, "pipeline " + pipeline +
                                   ": the model in force is damaged, and what waits in the "
                                   "journal needs it (without its folder that leaves without predictions): " +
                                   facts.error().text);
    return id;
  }
  checkpoint c;
  c.reader.position = state.applied();
  c.reader.keep_from = state.keep_from();
  c.reader.state.push_back({state_family::source, model_key(pipeline), std::nullopt});
  if (auto done = state.commit(std::move(c)); !done) return tl::unexpected(done.error());
  return std::nullopt;
}

// Keeps the bundle as it is now. Errors: it is bad, or does not fit the pipeline.
outcome<model_facts> keep_bundle(const configuration& c, const pipeline_plan& p, const model_files& files) {
  auto copied = copy_bundle(files, p.predict->model, p.predict->max_size, p.name);
  if (!copied) return tl::unexpected(copied.error());
  if (auto fits = check_model(c, p.name, copied->facts); !fits) {
    files.discard(copied->folder);
    return tl::unexpected(fits.error());
  }
  if (auto done = files.keep(copied->folder, copied->facts.id); !done) return tl::unexpected(done.error());
  return std::move(copied->facts);
}

outcome<watched_model> open_model(const configuration& c, const pipeline_plan& p, const model_files& files,
                                  kept_models& kept, store& state, journal& log) {
  const auto now = keep_bundle(c, p, files);
  if (!now && now.error().code == ec::storage) return tl::unexpected(now.error());
  const auto row = in_force_before(p.name, files, kept, state);
  if (!row) return tl::unexpected(row.error());
  const auto& before = *row;
  if (!now && !before)
    return fail(ec::invalid, "pipeline " + p.name + ": the model cannot be used: " + now.error().text);
  const auto id = now ? now->id : *before;
  auto facts = kept.facts(id);
  if (!facts) return tl::unexpected(facts.error());
  // The configuration may be another one since; now its bundle is bad too.
  if (auto fits = check_model(c, p.name, **facts); !fits)
    return fail(ec::invalid, fits.error().text + "; and its bundle cannot be used: " + now.error().text);
  if (auto done = note_in_force(p.name, id, log); !done) return tl::unexpected(done.error());
  watched_model made{p.name, *p.predict, model_watch(p.predict->model, std::move(*facts)), {}, nullptr};
  if (!now) made.bundle.refused(now.error().text);
  return made;
}

} // namespace

std::shared_ptr<kept_models> models_kept_in(const std::string& data_dir) {
  return std::make_shared<kept_models>(
      [files = model_files(data_dir)](std::uint64_t id) { return files.path(id); });
}

outcome<std::shared_ptr<watched_models>> open_models(const configuration& c,
                                                     const std::vector<pipeline_plan>& pipelines,
                                                     const model_files& files, kept_models& kept,
                                                     store& state, journal& log) {
  auto out = std::make_shared<watched_models>();
  for (const auto& p : pipelines) {
    if (!p.predict) continue;
    auto made = open_model(c, p, files, kept, state, log);
    if (!made) return tl::unexpected(made.error());
    out->all.push_back(std::move(*made));
  }
  return out;
}

outcome<void> make_desks(watched_models& models, const std::shared_ptr<kept_models>& kept,
                         std::uint32_t shards) {
  for (auto& m : models.all)
    for (std::uint32_t i = 0; i < shards; ++i) {
      auto loaded = kept->load(m.bundle.in_force()->id);
      if (!loaded) return tl::unexpected(loaded.error());
      scoring_desk::settings how;
      how.pipeline = m.pipeline;
      how.timeout = m.options.timeout;
      how.missing = m.options.missing_as();
      how.kept = kept;
      m.desks.push_back(std::make_shared<scoring_desk>(std::move(how)));
      m.desks.back()->preload(m.bundle.in_force()->id, std::move(*loaded));
      if (auto opened = m.desks.back()->open(); !opened) return opened; // before any shard can ask
    }
  return {};
}

outcome<void> put_models(const configuration& c, const std::vector<pipeline_plan>& pipelines,
                         const model_files& files, journal& log) {
  for (const auto& p : pipelines) {
    if (!p.predict) continue;
    const auto facts = keep_bundle(c, p, files);
    if (!facts) return fail(facts.error().code, "pipeline " + p.name + ": " + facts.error().text);
    if (auto done = note_in_force(p.name, facts->id, log); !done) return done;
  }
  return {};
}

outcome<shard_models> direct_models(const std::vector<pipeline_plan>& pipelines, const std::string& data_dir,
                                    journal& log) {
  shard_models out;
  const auto kept = models_kept_in(data_dir);
  for (const auto& p : pipelines) {
    if (out.by.size() <= p.index) out.by.resize(p.index + 1u);
    if (p.predict) out.by[p.index] = std::make_shared<direct_scoring>(kept, p.predict->missing_as());
  }
  if (std::none_of(pipelines.begin(), pipelines.end(), [](const auto& p) { return p.predict.has_value(); }))
    return out;
  auto marks = std::make_shared<prediction_notes>();
  if (auto read = read_marks(log, 1, *marks); !read) return tl::unexpected(read.error());
  out.notes = std::move(marks);
  return out;
}

} // namespace sluice
