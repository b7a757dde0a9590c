#include "app/changed_pipelines.hpp"

#include <algorithm>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "actors/window/shard.hpp"
#include "actors/window/state_codec.hpp"

namespace sluice {

namespace {

using nlohmann::json;
using std::chrono::milliseconds;

std::string meta_key(const std::string& pipeline) {
  return "pipeline/" + pipeline;
}

// What is kept of a pipeline's definition: its meaning, and what closing its windows later needs.
std::string to_text(const pipeline_options& o, const pipeline_plan& p) {
  json j{{"meaning", o.meaning}, {"sequence", p.sequence}, {"arrival", p.arrival}, {"source", p.source_name}};
  if (p.window) {
    const auto& w = *p.window;
    json aggregates = json::array();
    for (const auto& a : w.aggregates)
      aggregates.push_back({{"field", a.field},
                            {"kind", static_cast<int>(a.kind)},
                            {"output", a.output},
                            {"quantile", a.quantile}});
    j["window"] = {{"kind", static_cast<int>(w.kind)},
                   {"length", format_window_length(w.size)},
                   {"every", format_window_length(w.every)},
                   {"gap", w.gap.count()},
                   {"count", w.count},
                   {"timezone", w.timezone},
                   {"offset", w.offset.count()},
                   {"watermark_delay", w.watermark_delay.count()},
                   {"allowed_lateness", w.allowed_lateness.count()},
                   {"aggregates", aggregates}};
  }
  if (p.key) j["key"] = *p.key;
  return j.dump();
}

// Of a window written by a version that had fixed lengths only, "size" is in milliseconds.
void read_lengths(window_options& w, const json& j) {
  if (j.contains("size")) {
    w.size = milliseconds(j["size"].get<std::int64_t>());
    return;
  }
  w.kind = static_cast<window_kind>(j.at("kind").get<int>());
  w.size = parse_window_length(j.at("length").get<std::string>()).value();
  w.every = parse_window_length(j.at("every").get<std::string>()).value();
  w.gap = milliseconds(j.at("gap").get<std::int64_t>());
  w.count = j.at("count").get<std::uint64_t>();
  w.timezone = j.at("timezone").get<std::string>();
  w.offset = milliseconds(j.at("offset").get<std::int64_t>());
}

pipeline_plan old_plan(const std::string& name, std::uint16_t index, const json& j) {
  pipeline_plan p;
  p.name = name;
  p.index = index;
  p.source_name = j.at("source").get<std::string>();
  p.sequence = j.at("sequence").get<bool>();
  p.arrival = j.at("arrival").get<bool>();
  if (j.contains("window")) {
    window_options w;
    read_lengths(w, j["window"]);
    w.watermark_delay = milliseconds(j["window"].at("watermark_delay").get<std::int64_t>());
    w.allowed_lateness = milliseconds(j["window"].at("allowed_lateness").get<std::int64_t>());
    for (const auto& a : j["window"].at("aggregates"))
      w.aggregates.push_back({a.at("field").get<std::string>(),
                              static_cast<aggregate_kind>(a.at("kind").get<int>()),
                              a.at("output").get<std::string>(), a.value("quantile", 0.0)});
    p.window = std::move(w);
  }
  if (j.contains("key")) {
    p.key = j["key"].get<std::vector<std::string>>();
    p.key_index = 1; // no event comes: any will do
  }
  return p;
}

bool has_state(const store& state, const std::string& pipeline) {
  bool found = false;
  state.scan(state_family::device, pipeline_prefix(pipeline), [&](std::string_view, std::string_view) {
    found = true;
    return false;
  });
  return found;
}

bool changed(const store& state, const pipeline_options& p) {
  const auto kept = state.meta(meta_key(p.name));
  if (!kept) return false;
  const auto j = json::parse(*kept, nullptr, false);
  return !j.is_object() || j.value("meaning", "") != p.meaning;
}

// Emits every open window of the old definition, as END would (semantics.md section 3).
outcome<void> close_windows(const pipeline_plan& plan, store& state, const state_source& closed_windows) {
  auto all = shard::make(0, 1, {plan}, &closed_windows);
  if (!all) return tl::unexpected(all.error());
  if (auto loaded = (*all)->load(); !loaded) return loaded;
  control up, end;
  up.kind = control_kind::source_up;
  end.kind = control_kind::source_end;
  up.name = end.name = plan.source_name;
  up.sequence = end.sequence = state.applied();
  (*all)->apply(up);
  (*all)->apply(end);
  checkpoint c;
  c.reader.position = state.applied();
  c.reader.keep_from = state.keep_from();
  c.shards.push_back((*all)->take_part(state.applied()));
  return state.commit(std::move(c));
}

} // namespace

void object(const configuration& c, const store& state, on_change policy,
            const std::set<std::string>& drop_pending, config::report& out) {
  for (const auto& p : c.pipelines)
    if (policy == on_change::refuse && changed(state, p) && has_state(state, p.name))
      out.error(p.at, "the definition of pipeline " + p.name + " changed and it has state",
                "another definition",
                "the old one, --on-change close (emits its open windows, then starts empty) or --on-change "
                "discard");
  const auto configured = [&](const std::string& name) {
    return std::any_of(c.sinks.begin(), c.sinks.end(), [&](const auto& s) { return s.name == name; });
  };
  for (const auto& [sink, pending] : state.removed_sinks_pending())
    if (pending != 0 && !configured(sink) && !drop_pending.contains(sink))
      out.error(c.at, "sink " + sink + " is not in the configuration any more and results wait for it",
                std::to_string(pending) + " results", "the sink back, or --drop-pending " + sink);
}

void compare_with_state(const configuration& c, const std::string& data_dir, config::report& out) {
  if (!std::filesystem::exists(data_dir + "/state")) return;
  const auto state = store::open_read_only(data_dir);
  if (!state) {
    out.error(c.at, state.error().text);
    return;
  }
  object(c, **state, on_change::refuse, {}, out);
}

outcome<void> adopt(const configuration& c, const plans& p, store& state, const state_source& closed_windows,
                    on_change policy, const std::set<std::string>& drop_pending) {
  for (const auto& [sink, pending] : state.removed_sinks_pending())
    if (drop_pending.contains(sink))
      if (auto done = state.drop_sink(sink); !done) return done;
  for (std::size_t i = 0; i < c.pipelines.size(); ++i) {
    const auto& options = c.pipelines[i];
    const auto now = to_text(options, p.pipelines[i]);
    const auto kept = state.meta(meta_key(options.name));
    if (kept && *kept == now) continue;
    if (changed(state, options)) {
      if (policy == on_change::close && has_state(state, options.name)) {
        const auto j = json::parse(*kept, nullptr, false);
        if (!j.is_object())
          return fail(ec::corrupt, "the stored definition of pipeline " + options.name + " is damaged");
        if (auto done = close_windows(old_plan(options.name, p.pipelines[i].index, j), state, closed_windows);
            !done)
          return done;
      }
      for (auto family : {state_family::device, state_family::window, state_family::mark})
        if (auto done = state.erase_prefix(family, pipeline_prefix(options.name)); !done) return done;
    }
    if (auto done = state.set_meta(meta_key(options.name), now); !done) return done;
  }
  return {};
}

} // namespace sluice
