// The rules, one function each.
#include "app/configuration_checks.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "app/chains.hpp"
#include "app/configuration_fields.hpp"
#include "app/configuration_file_source.hpp"
#include "app/configuration_pipeline.hpp"
#include "app/configuration_source.hpp"
#include "app/configuration_thingsboard.hpp"
#include "app/pipeline_sinks.hpp"
#include "app/yaml_places.hpp"
#include "config/nearest_name.hpp"

namespace sluice {

using namespace config;

namespace {

// The name in an item of `to:`, which is NAME or { sink: NAME, when: .. }.
const yaml_node& sink_of(const yaml_node& item) {
  const auto* sink = item.value("sink");
  return sink != nullptr ? *sink : item;
}

template <class Named> std::vector<std::string> names_of(const std::vector<Named>& all) {
  std::vector<std::string> names;
  for (const auto& one : all) names.push_back(one.name);
  return names;
}

void check_names(const pipeline_options& p, const configuration& c, const yaml_node& node, report& out) {
  const auto one = [&](const yaml_node& at, const std::string& name, const std::string& what,
                       const std::vector<std::string>& known) {
    if (at.unset || !at.is_scalar() || name.empty() ||
        std::find(known.begin(), known.end(), name) != known.end())
      return;
    out.error(at.at, "unknown " + what + did_you_mean(name, known), show(at),
              "one of " + list_of_names(known));
  };
  if (const auto* from = node.value("from")) {
    auto known = names_of(c.sources);
    for (const auto& other : c.pipelines)
      if (std::find(known.begin(), known.end(), other.name) == known.end()) known.push_back(other.name);
    one(*from, p.from, "source", known);
  }
  const auto* to = node.value("to");
  if (to == nullptr) {
    const auto readers = read_by_others(c);
    const auto where = "pipelines." + p.name;
    if (std::find(readers.begin(), readers.end(), &p) == readers.end() &&
        !mistyped(node, pipeline_table(where).names(), "to"))
      out.error(node.at, where + ".to is missing", "nothing", "e.g. to: [board, archive]");
    return;
  }
  const auto count = to->is_sequence() ? to->items.size() : 1;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& item = sink_of(item_of(*to, i));
    one(item, item.text, "sink", names_of(c.sinks));
    for (std::size_t j = 0; j < i; ++j)
      if (item.is_scalar() && !item.unset && sink_of(item_of(*to, j)).text == item.text)
        out.error(item.at, "a sink is named twice", show(item), "each sink once");
  }
}

void check_unused(const configuration& c, const yaml_node& root, report& out) {
  const auto warn = [&](std::string_view section, const std::string& name, const std::string& text) {
    if (const auto* entry = value_at(root, {section}).find(name)) out.warning(entry->key.at, text);
  };
  for (const auto& s : c.sources)
    if (std::none_of(c.pipelines.begin(), c.pipelines.end(), [&](const auto& p) { return p.from == s.name; }))
      warn("sources", s.name, "no pipeline takes the events of source " + s.name);
  for (const auto& s : c.sinks)
    if (std::none_of(c.pipelines.begin(), c.pipelines.end(),
                     [&](const auto& p) { return leads_to(p, s.name); }))
      warn("sinks", s.name, "no pipeline sends to sink " + s.name);
}

void check_sequence(const pipeline_options& p, const configuration& c, const yaml_node& node, report& out) {
  const auto source =
      std::find_if(c.sources.begin(), c.sources.end(), [&](const auto& s) { return s.name == p.from; });
  const bool chained = source == c.sources.end() && upstream_of(c, p) != nullptr;
  if (!p.window || (source == c.sources.end() && !chained) ||
      (!chained && !source->decode.event().sequence_path.empty()))
    return;
  const auto* steps = node.value("steps");
  for (const auto& step : steps->items) {
    const auto* all = value_at(step, {"window", "aggregate"}).value("*");
    if (all == nullptr) continue;
    const auto refuse = [&](const yaml_node& at) {
      if (at.text == "set_hash")
        out.error(at.at,
                  std::string("set_hash needs a sequence, and ") + (chained ? "pipeline " : "source ") +
                      p.from + " has none",
                  in_quotes("set_hash"),
                  chained ? "another aggregate" : "decode.json.sequence in the source, e.g. $.seq");
    };
    refuse(*all);
    for (const auto& entry : all->entries) refuse(entry.key);
    for (const auto& item : all->items) {
      refuse(item);
      for (const auto& entry : item.entries) refuse(entry.key);
    }
  }
}

bool share_url(const mqtt_connection_options& a, const mqtt_connection_options& b) {
  return std::any_of(a.urls.begin(), a.urls.end(), [&](const auto& url) {
    return std::find(b.urls.begin(), b.urls.end(), url) != b.urls.end();
  });
}

// Two connections with one client id throw each other out of the broker for ever.
void check_client_ids(const configuration& c, const yaml_node& root, report& out) {
  for (std::size_t i = 0; i < c.sources.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto *a = c.sources[j].mqtt(), *b = c.sources[i].mqtt();
      if (a == nullptr || b == nullptr) continue;
      const auto& id = b->connection.client_id;
      if (!id.empty() && id == a->connection.client_id && share_url(a->connection, b->connection)) {
        const auto& node = value_at(root, {"sources", c.sources[i].name, "mqtt", "client_id"});
        out.error(node.at, "two sources have one client id at one broker", show(node),
                  "another one than source " + c.sources[j].name);
      }
    }
  }
}

void check_files(const configuration& c, const yaml_node& root, report& out) {
  for (std::size_t i = 0; i < c.sinks.size(); ++i) {
    const auto* file = std::get_if<file_options>(&c.sinks[i].kind);
    for (std::size_t j = 0; file != nullptr && j < i; ++j) {
      const auto* other = std::get_if<file_options>(&c.sinks[j].kind);
      if (other == nullptr || file->path.empty() || other->path != file->path) continue;
      const auto& node = value_at(root, {"sinks", c.sinks[i].name, "file", "path"});
      out.error(node.at, "two sinks write one file", show(node), "another file than sink " + c.sinks[j].name);
    }
  }
}

void check_tls_files(const yaml_node& mqtt, const surroundings& world, report& out) {
  const auto* tls = mqtt.value("tls");
  if (tls == nullptr) return;
  for (const auto* key : {"ca", "cert", "key"}) {
    const auto* node = tls->value(key);
    if (node == nullptr || node->unset || !node->is_scalar() || node->text.empty()) continue;
    const auto why = world.why_unreadable(node->text);
    if (!why.empty())
      out.error(node->at, std::string("tls.") + key + " cannot be read: " + why, show(*node),
                "a readable PEM file");
    else if (std::string_view(key) == "key" && world.readable_by_all(node->text))
      out.warning(node->at,
                  "the secret file " + node->text + " can be read by everybody (want mode 0600 or 0640)");
  }
}

void check_data_dir(const configuration& c, const yaml_node& root, report& out) {
  struct stat facts {};
  if (::stat(c.service.data_dir.c_str(), &facts) == 0 && !S_ISDIR(facts.st_mode))
    out.error(value_at(root, {"service", "data_dir"}).at, "service.data_dir is no folder",
              in_quotes(c.service.data_dir), "a folder, or a name that is free");
}

} // namespace

void check_configuration(const configuration& c, const yaml_node& root, const surroundings& world,
                         report& out) {
  for (const auto& p : c.pipelines) {
    const auto& node = value_at(root, {"pipelines", p.name});
    if (!node.is_map()) continue;
    check_names(p, c, node, out);
    check_alarm_sinks(p, c, node, out);
    check_sequence(p, c, node, out);
    if (const auto* before = upstream_of(c, p))
      check_fields(p, root_of(c, p) == nullptr ? known_fields() : fields_of_results(c, *before), node, world,
                   out);
    for (const auto& s : c.sources)
      if (s.name == p.from) check_fields(p, known_fields(s), node, world, out);
  }
  for (const auto& s : c.sources) {
    const auto& node = value_at(root, {"sources", s.name});
    if (!node.is_map()) continue;
    check_source(s, node, out);
    if (s.file() != nullptr) check_file_source(s, c, root, out);
    if (!world.allow_unset)
      for (const auto* kind : {"mqtt", "kafka"}) check_tls_files(value_at(node, {kind}), world, out);
  }
  for (const auto& s : c.sinks)
    if (!world.allow_unset)
      for (const auto* kind : {"thingsboard", "mqtt", "kafka"})
        if (const auto* sink = value_at(root, {"sinks", s.name}).value(kind))
          check_tls_files(*sink, world, out);
  check_chains(c, root, out);
  check_client_ids(c, root, out);
  check_files(c, root, out);
  check_thingsboard(c, root, out);
  check_unused(c, root, out);
  check_data_dir(c, root, out);
}

} // namespace sluice
