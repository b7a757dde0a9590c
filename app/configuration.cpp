// From the document to the configuration: one section after the other, then the rules between them.
#include "app/configuration.hpp"

#include "actors/ingest/decode/declaration.hpp"
#include "app/builtins.hpp"
#include "app/chains.hpp"
#include "app/configuration_checks.hpp"
#include "app/configuration_files.hpp"
#include "app/configuration_models.hpp"
#include "app/configuration_pipeline.hpp"
#include "app/configuration_start.hpp"
#include "app/shared_connections.hpp"
#include "app/training_configuration.hpp"
#include "config/option_kinds.hpp"
#include "config/templates.hpp"

namespace sluice {

using namespace config;

namespace {

const std::vector<std::string> sections{"service", "connections", "templates", "use",
                                        "sources", "pipelines",   "sinks",     "models"};

class loader {
public:
  loader(const configuration_document& document, reader& in)
      : root_(document.root), complete_(document.complete), in_(in) {
    const auto* models = root_.value("models");
    const auto has = [&](const char* section) { return root_.find(section) != nullptr; };
    service_ = models == nullptr || has("sources") || has("pipelines") || has("sinks");
  }

  training_configuration load() {
    check_keys(root_, "the configuration", sections, in_);
    if (const auto* service = root_.value("service")) service_table().read(*service, made_.service, in_);
    each("sources", "source", [&](const std::string& where, const yaml_node& node, const std::string& name) {
      made_.sources.push_back(source(where, node, name));
    });
    each("pipelines", "pipeline",
         [&](const std::string& where, const yaml_node& node, const std::string& name) {
           pipeline_options p;
           p.name = name;
           p.at = place_of("pipelines", name);
           pipeline_table(where).read(node, p, in_);
           made_.pipelines.push_back(std::move(p));
         });
    each("sinks", "sink", [&](const std::string& where, const yaml_node& node, const std::string& name) {
      sink_options s;
      s.name = name;
      read_component(node, where, sink_rows(), {}, s.kind, in_);
      made_.sinks.push_back(std::move(s));
    });
    each("models", "model", [&](const std::string& where, const yaml_node& node, const std::string& name) {
      models_.push_back(model(where, node, name));
    });
    made_.at = root_.at;
    return {std::move(made_), std::move(models_), {}};
  }

private:
  place place_of(const std::string& section, const std::string& name) const {
    for (const auto& [key, value] : root_.find(section)->value.entries)
      if (key.text == name) return key.at;
    return root_.at;
  }

  // Calls `read` for every component of a section. A service without one of its three sections does nothing;
  // a file of models alone is no service.
  template <class Read> void each(const std::string& section, const std::string& what, Read read) {
    const auto* entry = root_.find(section);
    if (entry == nullptr || entry->value.is_null() ||
        (entry->value.is_map() && entry->value.entries.empty())) {
      if (complete_ && service_ && section != "models")
        in_.out.error(entry == nullptr ? root_.at : entry->value.at, "there are no " + section, "nothing",
                      section + ": with at least one " + what);
      return;
    }
    if (!entry->value.is_map()) {
      in_.out.error(entry->value.at, section + " is not a map", show(entry->value), "NAME: { .. }");
      return;
    }
    for (const auto& [key, value] : entry->value.entries) {
      if (!is_component_name(key.text))
        in_.out.error(key.at, "a bad name for a " + what, in_quotes(key.text),
                      "letters, digits, _ and -, at most 64");
      read(section + "." + key.text, value, key.text);
    }
  }

  source_options source(const std::string& where, const yaml_node& node, const std::string& name) {
    source_options s;
    s.name = name;
    const auto* kind = read_component(node, where, source_rows(), {"decode"}, s, in_);
    if (const auto* decode = node.value("decode"))
      read_decode(*decode, s.decode, in_);
    else if (kind != nullptr)
      report_missing(node, where, {"decode", "", "{ json: { time: $.time } }"}, in_);
    if (auto* file = s.file()) file->settle(s.decode);
    return s;
  }

  model_options model(const std::string& where, const yaml_node& node, const std::string& name) {
    model_options m;
    m.name = name;
    m.at = place_of("models", name);
    const auto table = model_table(where);
    if (node.is_map()) table.read(node, m, in_, kinds_of(model_rows())); // checks the keys of a map
    const auto* kind = read_component(node, where, model_rows(), table.names(), m.kind, in_, node.is_map());
    if (kind != nullptr) check_model(m, node, in_.out);
    return m;
  }

  const yaml_node& root_;
  bool complete_, service_ = true;
  reader& in_;
  configuration made_;
  std::vector<model_options> models_;
};

// The unset values of pipelines and decoders.
void find_unset(const yaml_node& node, bool meaning, std::vector<place>& found) {
  if (node.unset && meaning) found.push_back(node.at);
  for (const auto& item : node.items) find_unset(item, meaning, found);
  for (const auto& [key, value] : node.entries)
    find_unset(value, meaning || key.text == "pipelines" || key.text == "decode" || key.text == "topics",
               found);
}

// Everything in force, in the order of the file.
yaml_node print(const configuration& c, const std::vector<model_options>& trained,
                const secret_values& secrets) {
  auto sources = yaml_node::map(), pipelines = yaml_node::map(), sinks = yaml_node::map(),
       models = yaml_node::map();
  for (const auto& s : c.sources) {
    auto map = yaml_node::map();
    print_component(s, source_rows(), secrets, map);
    sources.add(s.name, map.add("decode", print_decode(s.decode, secrets)));
  }
  for (const auto& p : c.pipelines)
    pipelines.add(p.name, pipeline_table("pipelines." + p.name).print(p, secrets));
  for (const auto& s : c.sinks) {
    auto map = yaml_node::map();
    print_component(s.kind, sink_rows(), secrets, map);
    sinks.add(s.name, std::move(map));
  }
  for (const auto& m : trained) {
    auto map = yaml_node::map();
    print_component(m.kind, model_rows(), secrets, map);
    for (auto& [key, value] : model_table("models." + m.name).print(m, secrets).entries)
      map.add(key.text, std::move(value));
    models.add(m.name, std::move(map));
  }
  auto all = yaml_node::map();
  all.add("service", service_table().print(c.service, secrets));
  all.add("sources", std::move(sources))
      .add("pipelines", std::move(pipelines))
      .add("sinks", std::move(sinks));
  if (!trained.empty()) all.add("models", std::move(models));
  return all;
}

} // namespace

const mqtt_connection_options* connection_of(const sink_options& sink) noexcept {
  if (const auto* board = std::get_if<thingsboard_options>(&sink.kind)) return &board->connection;
  if (const auto* mqtt = std::get_if<mqtt_sink_options>(&sink.kind)) return &mqtt->connection;
  return nullptr;
}

namespace {

training_configuration load_all(const std::string& path, const surroundings& world, report& out) {
  secret_values secrets;
  auto document = read_configuration_files(path, world, secrets, out);
  reader in{out, secrets};
  expand_templates(document.root, in);
  resolve_connections(document.root, connection_kinds(), connection_users(), in);
  auto all = loader(document, in).load();
  auto& made = all.service;
  // What is absent from an incomplete document is not missing.
  if (document.complete) {
    check_configuration(made, document.root, world, out);
    check_models(all, document.root, out);
  }
  for (auto& p : made.pipelines)
    for (const auto& s : made.sources)
      if (s.name == p.from) p.meaning = meaning_of(p, s);
  // Along the chains, each once what it reads has its own; what is in a circle stays without.
  for (std::size_t round = 0; round < made.pipelines.size(); ++round)
    for (auto& p : made.pipelines)
      if (const auto* before = upstream_of(made, p); before != nullptr && p.meaning.empty())
        if (!before->meaning.empty()) p.meaning = meaning_of(p, *before);
  find_unset(document.root, false, made.unset_meaning);
  for (const auto& m : all.models)
    find_unset(*document.root.value("models")->value(m.name), true, all.unset.emplace_back());
  made.in_force = print(made, all.models, secrets);
  made.redacted = to_yaml(made.in_force);
  if (document.complete) check_start(made, document.root, world, out);
  return all;
}

surroundings world_of(const load_flags& flags) {
  auto world = process_surroundings();
  world.allow_unset = flags.allow_unset;
  world.read_tables = flags.read_tables;
  return world;
}

} // namespace

configuration load_configuration_in(const std::string& path, const surroundings& world, report& out) {
  return load_all(path, world, out).service;
}

configuration load_configuration(const std::string& path, const load_flags& flags, report& out) {
  return load_all(path, world_of(flags), out).service;
}

training_configuration load_training_configuration(const std::string& path, const load_flags& flags,
                                                   report& out) {
  return load_all(path, world_of(flags), out);
}

} // namespace sluice
