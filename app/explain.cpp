// Both outputs are made of the tree of everything in force, so that a new kind of component needs nothing
// here.
#include "app/explain.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include "actors/ingest/decode/declaration.hpp"
#include "app/builtins.hpp"
#include "app/configuration_pipeline.hpp"

namespace sluice {

using namespace config;

namespace {

const yaml_node& part(const yaml_node& map, std::string_view key) {
  static const yaml_node nothing;
  const auto* found = map.value(key);
  return found == nullptr ? nothing : *found;
}

// The kind's entry of a component: its first key but `decode` and `id`.
const yaml_entry* kind_of(const yaml_node& component) {
  for (const auto& entry : component.entries)
    if (entry.key.text != "decode" && entry.key.text != "id") return &entry;
  return nullptr;
}

std::string plain(const yaml_node& node) {
  return node.is_scalar() ? node.text : to_flow(node);
}

// What tells a component from another of its kind.
std::string told_by(const yaml_node& options) {
  std::string out;
  for (const auto* key : {"topics", "topic", "path", "files", "pipeline", "url", "brokers"})
    if (const auto* value = options.value(key); value != nullptr && !value->is_null()) {
      auto text = plain(*value);
      if (value->is_sequence() && value->items.size() == 1) text = plain(value->items.front());
      out += (out.empty() ? "" : " at ") + text;
    }
  return out;
}

std::string component_line(const yaml_node& component) {
  const auto* kind = kind_of(component);
  if (kind == nullptr) return "";
  const auto more = told_by(kind->value);
  return kind->key.text + (more.empty() ? "" : "  " + more);
}

std::vector<std::string> list(const yaml_node& node) {
  std::vector<std::string> all;
  if (node.is_scalar()) all.push_back(node.text);
  for (const auto& item : node.items) all.push_back(item.is_map() ? plain(part(item, "sink")) : item.text);
  return all;
}

// The sinks that alarms of the pipeline name.
std::vector<std::string> alarm_sinks(const yaml_node& pipeline) {
  std::vector<std::string> all;
  for (const auto& step : part(pipeline, "steps").items)
    if (const auto* alarm = step.value("alarm"))
      for (auto& sink : list(part(*alarm, "to")))
        if (std::find(all.begin(), all.end(), sink) == all.end()) all.push_back(std::move(sink));
  return all;
}

template <class Row>
std::vector<option_info> infos_of(const std::vector<Row>& rows, const std::string& kind) {
  for (const auto& row : rows)
    if (row.kind == kind) return row.infos;
  return {};
}

// "temperature: mean, max; humidity: mean as rh"
std::string aggregates_line(const yaml_node& fields) {
  std::string out;
  for (const auto& [field, outputs] : fields.entries) {
    std::string list;
    for (const auto& output : outputs.items)
      for (const auto& [kind, name] : output.entries) {
        const bool usual = name.text == field.text + "_" + kind.text || name.text == kind.text;
        list += (list.empty() ? "" : ", ") + kind.text + (usual ? "" : " as " + name.text);
      }
    out += (out.empty() ? "" : "; ") + field.text + ": " + (list.empty() ? plain(outputs) : list);
  }
  return out;
}

// A step on one line, without what it has by default.
std::string step_line(const yaml_node& step) {
  const auto* kind = kind_of(step);
  if (kind == nullptr) return "";
  const auto infos = infos_of(step_rows(), kind->key.text);
  if (infos.empty() || !kind->value.is_map()) return kind->key.text + " " + plain(kind->value);
  auto out = kind->key.text;
  for (const auto& info : infos) {
    const auto* value = kind->value.value(info.what.name);
    if (value == nullptr || value->is_null()) continue;
    const auto text = plain(*value);
    if (info.what.name == "aggregate" && value->is_map())
      out += "  {" + aggregates_line(*value) + "}";
    else if (text != info.fallback && !text.empty() && text != "[]")
      out += " " + info.what.name + " " + text;
  }
  return out;
}

void tree(const configuration& c, std::uint32_t shards, std::string& out) {
  const auto line = [&](int depth, const std::string& name, const std::string& about) {
    std::string text(static_cast<std::size_t>(depth) * 2, ' ');
    text += name;
    if (!about.empty()) text.resize(std::max<std::size_t>(text.size() + 2, 28), ' ');
    out += text + about + "\n";
  };
  out += "Actors (started from top to bottom, stopped the other way round)\n";
  line(1, "root", "supervisor, one_for_one");
  line(2, "store", "checkpoints, outbox, dead letters in " + c.service.data_dir + "/state");
  line(2, "status", c.service.data_dir + "/status.json, control.sock");
  line(2, "sinks", "supervisor, one_for_one");
  for (const auto& [name, sink] : part(c.in_force, "sinks").entries)
    line(3, "sink." + name.text, component_line(sink));
  if (std::any_of(c.pipelines.begin(), c.pipelines.end(), [](const auto& p) { return p.predict; })) {
    line(2, "predictors", "supervisor, one_for_one");
    for (const auto& p : c.pipelines)
      for (std::uint32_t i = 0; p.predict && i < shards; ++i)
        line(3, "predictor." + p.name + "." + std::to_string(i),
             i == 0 ? "the model " + p.predict->model + ", for one shard" : "");
    line(3, "models", "watches the bundles of models");
  }
  line(2, "engine", "supervisor, one_for_all");
  for (std::uint32_t i = 0; i < shards; ++i)
    line(3, "shard." + std::to_string(i), i == 0 ? "steps and windows of its share of the devices" : "");
  line(3, "reader", "journal -> events -> shards");
  line(2, "ingest", "supervisor, one_for_one");
  for (const auto& [name, source] : part(c.in_force, "sources").entries)
    for (const auto& options : c.sources)
      if (options.name == name.text)
        for (const auto& component : source_components(options)) line(3, component, component_line(source));
}

void path(const configuration& c, std::string& out) {
  out += "\nPath of the data\n";
  for (const auto& [source, node] : part(c.in_force, "sources").entries) {
    out += "  source " + source.text + "  " + component_line(node) + "\n";
    out += "    -> journal  durability " + plain(part(part(c.in_force, "service"), "durability")) + "\n";
    if (const auto* decode = node.value("decode"))
      if (const auto* kind = kind_of(*decode)) out += "    -> decode " + kind->key.text + "\n";
    bool any = false;
    for (const auto& [pipeline, p] : part(c.in_force, "pipelines").entries) {
      const auto from = list(part(p, "from"));
      any = any || std::find(from.begin(), from.end(), source.text) != from.end();
    }
    if (!any) out += "    -> nobody\n";
  }
  for (const auto& [pipeline, p] : part(c.in_force, "pipelines").entries) {
    out += "  pipeline " + pipeline.text + "  from " + plain(part(p, "from")) + "\n";
    for (const auto& step : part(p, "steps").items) out += "    -> " + step_line(step) + "\n";
    for (const auto& sink : list(part(p, "to"))) out += "    -> outbox -> sink " + sink + "\n";
    for (const auto& sink : alarm_sinks(p)) out += "    -> alarms -> outbox -> sink " + sink + "\n";
  }
}

using reference = std::map<std::string, option_info>;

reference by_name(const std::vector<option_info>& infos) {
  reference all;
  for (const auto& info : infos) all.emplace(info.what.name, info);
  return all;
}

// Every option of `map` whose value is not its default, by its full name.
void differing(const yaml_node& map, const std::vector<option_info>& infos, const std::string& where,
               std::string& out) {
  const auto known = by_name(infos);
  for (const auto& [key, value] : map.entries) {
    const auto info = known.find(key.text);
    if (info == known.end()) continue;
    const auto name = where + "." + key.text;
    if (!info->second.nested.empty() && value.is_map()) {
      differing(value, info->second.nested, name, out);
      continue;
    }
    const auto text = plain(value);
    const bool empty = value.is_null() || text.empty() || text == "[]" || text == "{}";
    if (!empty && text != info->second.fallback) out += "  " + name + ": " + text + "\n";
  }
}

void options_in_force(const configuration& c, std::string& out) {
  std::string lines;
  differing(part(c.in_force, "service"), service_table().infos(), "service", lines);
  for (const auto& [name, source] : part(c.in_force, "sources").entries) {
    const auto where = "sources." + name.text;
    if (const auto* kind = kind_of(source))
      differing(kind->value, infos_of(source_rows(), kind->key.text), where + "." + kind->key.text, lines);
    const auto& decode = part(source, "decode");
    if (const auto* format = kind_of(decode))
      differing(format->value, infos_of(format_rows(), format->key.text),
                where + ".decode." + format->key.text, lines);
    differing(decode, decode_table().infos(), where + ".decode", lines);
  }
  for (const auto& [name, p] : part(c.in_force, "pipelines").entries) {
    const auto where = "pipelines." + name.text;
    auto infos = pipeline_table("pipelines").infos();
    std::erase_if(infos, [](const option_info& i) {
      return i.what.name == "steps" || i.what.name == "from" || i.what.name == "to";
    });
    differing(p, infos, where, lines);
    for (const auto& step : part(p, "steps").items)
      if (const auto* kind = kind_of(step))
        differing(kind->value, infos_of(step_rows(), kind->key.text), where + "." + plain(part(step, "id")),
                  lines);
  }
  for (const auto& [name, sink] : part(c.in_force, "sinks").entries)
    if (const auto* kind = kind_of(sink))
      differing(kind->value, infos_of(sink_rows(), kind->key.text),
                "sinks." + name.text + "." + kind->key.text, lines);
  out += "\nOptions that are not at their default\n" + (lines.empty() ? "  none\n" : lines);
}

// Mermaid takes no quotes and no brackets inside a label, and shows entities.
std::string label(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\"#<>&[]{}()|").find(c) != std::string_view::npos)
      out += "#" + std::to_string(static_cast<int>(c)) + ";";
    else
      out += c;
  }
  return "\"" + out + "\"";
}

} // namespace

std::string explain_text(const configuration& c, std::uint32_t shards) {
  std::string out = "Service " + c.service.name + "\n\n";
  tree(c, shards, out);
  path(c, out);
  options_in_force(c, out);
  return out;
}

std::string explain_mermaid(const configuration& c) {
  std::string out = "flowchart LR\n";
  std::map<std::string, std::string> ids;
  const auto id = [&](const std::string& kind, const std::string& name) {
    auto& made = ids[kind + "." + name];
    if (made.empty()) made = kind + std::to_string(ids.size());
    return made;
  };
  out += "  journal[(journal)]\n  outbox[(outbox)]\n";
  for (const auto& [name, node] : part(c.in_force, "sources").entries) {
    out += "  " + id("source", name.text) + "([" +
           label("source " + name.text + ": " + component_line(node)) + "])\n";
    out += "  " + id("source", name.text) + " --> journal\n";
  }
  for (const auto& [name, p] : part(c.in_force, "pipelines").entries) {
    const auto mine = id("pipeline", name.text);
    out += "  subgraph " + mine + "[" + label("pipeline " + name.text) + "]\n    direction TB\n";
    const auto& steps = part(p, "steps").items;
    const auto step = [&](std::size_t i) { return mine + "_" + std::to_string(i + 1); };
    if (steps.empty()) out += "    " + mine + "_0[\"every event\"]\n";
    for (std::size_t i = 0; i < steps.size(); ++i)
      out += "    " + step(i) + "[" + label(step_line(steps[i])) + "]\n";
    for (std::size_t i = 1; i < steps.size(); ++i) out += "    " + step(i - 1) + " --> " + step(i) + "\n";
    out += "  end\n";
    for (const auto& from : list(part(p, "from"))) {
      const bool chained = part(c.in_force, "pipelines").value(from) != nullptr &&
                           part(c.in_force, "sources").value(from) == nullptr;
      out += chained ? "  " + id("pipeline", from) + " -- results --> " + mine + "\n"
                     : "  journal -- " + label(from) + " --> " + mine + "\n";
    }
    for (const auto& to : list(part(p, "to")))
      out += "  " + mine + " --> outbox -- " + label(name.text) + " --> " + id("sink", to) + "\n";
    for (const auto& to : alarm_sinks(p))
      out +=
          "  " + mine + " --> outbox -- " + label("alarms of " + name.text) + " --> " + id("sink", to) + "\n";
  }
  for (const auto& [name, node] : part(c.in_force, "sinks").entries)
    out += "  " + id("sink", name.text) + "([" + label("sink " + name.text + ": " + component_line(node)) +
           "])\n";
  return out;
}

} // namespace sluice
