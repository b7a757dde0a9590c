// The options of a pipeline: read, printed, and what gives its state its meaning.
#include "app/configuration_pipeline.hpp"

#include <map>

#include "actors/transform/step_kinds.hpp"
#include "app/builtins.hpp"
#include "app/configuration_key.hpp"
#include "app/known_fields.hpp"
#include "config/option_kinds.hpp"

namespace sluice {

using namespace std::chrono_literals;
using namespace config;

namespace {

// Reads one pipeline's list of steps.
class step_list_reader {
public:
  step_list_reader(pipeline_options& into, const std::string& where, reader& in)
      : into_(into), where_("a step of " + where), in_(in) {}

  // `item`: the place of `node` in the list.
  void read(const yaml_node& node, std::size_t item) {
    any_step step;
    const auto* entry = read_component(node, where_, step_rows(), {"id"}, step, in_);
    if (entry == nullptr) return;
    const auto& kind = entry->key.text;
    const auto number = ++numbers_[kind];
    if (into_.predict)
      in_.out.error(
          entry->key.at, kind == "predict" ? "a pipeline predicts once" : "predict is the last step",
          in_quotes(kind),
          kind == "predict" ? "a second pipeline that reads this one" : in_quotes(kind) + " before it");
    else if (into_.window && kind != "predict")
      in_.out.error(
          entry->key.at, kind == "window" ? "a pipeline has one window" : "the window is the last step",
          in_quotes(kind),
          kind == "window" ? "a second pipeline from the same source" : in_quotes(kind) + " before it");
    auto id = kind + "-" + std::to_string(number);
    if (const auto* given = node.value("id"); given != nullptr && !given->unset) {
      component_name().read(*given, id, where_ + ": id", {"id", "", ""}, in_);
    }
    const auto* named = node.value("id");
    if (!ids_.emplace(id, true).second)
      in_.out.error(named != nullptr ? named->at : entry->key.at, "two steps have one id", in_quotes(id),
                    "each id once");
    if (auto* window = std::get_if<window_options>(&step)) {
      window->id = id;
      if (!into_.window) into_.window = std::move(*window);
    } else if (auto* predict = std::get_if<predict_options>(&step)) {
      predict->id = id;
      if (!into_.predict) into_.predict = std::move(*predict);
    } else {
      id_of(std::get<step_options>(step)) = id;
      into_.steps.push_back(std::move(std::get<step_options>(step)));
      into_.step_items.push_back(item);
    }
  }

private:
  pipeline_options& into_;
  std::string where_;
  reader& in_;
  std::map<std::string, int> numbers_;
  std::map<std::string, bool> ids_;
};

std::vector<any_step> all_steps(const pipeline_options& pipeline) {
  std::vector<any_step> steps;
  for (const auto& step : pipeline.steps) steps.emplace_back(step);
  if (pipeline.window) steps.emplace_back(*pipeline.window);
  if (pipeline.predict) steps.emplace_back(*pipeline.predict);
  return steps;
}

const std::string& id_of_any(const any_step& step) {
  if (const auto* window = std::get_if<window_options>(&step)) return window->id;
  if (const auto* predict = std::get_if<predict_options>(&step)) return predict->id;
  return id_of(std::get<step_options>(step));
}

yaml_node print_steps(const pipeline_options& pipeline, const secret_values& secrets) {
  auto list = yaml_node::sequence();
  for (const auto& step : all_steps(pipeline)) {
    auto map = yaml_node::map();
    map.add("id", yaml_node::words(id_of_any(step)));
    print_component(step, step_rows(), secrets, map);
    list.items.push_back(std::move(map));
  }
  return list;
}

option_kind<pipeline_options> steps_kind() {
  option_kind<pipeline_options> kind;
  kind.type = "list of steps";
  kind.read = [](const yaml_node& node, pipeline_options& into, const std::string& where, const about&,
                 reader& in) {
    if (node.is_null()) return;
    if (!node.is_sequence()) {
      in.out.error(node.at, where + " is not a list", show(node), "e.g. - filter: temperature > -40");
      return;
    }
    step_list_reader steps(into, where.substr(0, where.rfind('.')), in);
    for (std::size_t i = 0; i < node.items.size(); ++i) steps.read(node.items[i], i);
  };
  kind.print = print_steps;
  return kind;
}

// `to:`: one sink or a list of them, each NAME or { sink: NAME, when: CONDITION }.
option_kind<pipeline_options> sinks_kind() {
  struct choice {
    std::string sink, when;
  };
  const auto name = text(nullptr, "sinks of the configuration", "name");
  option_kind<pipeline_options> kind;
  kind.type = "name, map, or list";
  kind.bounds = name.bounds;
  kind.read = [name](const yaml_node& node, pipeline_options& into, const std::string& where,
                     const about& option, reader& in) {
    into.to.clear(), into.when.clear();
    const auto table =
        options<choice>(where)
            .add({"sink", "A sink.", "archive", required}, &choice::sink, name)
            .add({"when", "The condition.", "temperature_max > 30"}, &choice::when, text(nullptr));
    const auto one = [&](const yaml_node& item) {
      if (item.unset) return;
      choice made;
      const auto before = in.out.errors();
      if (item.is_map())
        table.read(item, made, in);
      else
        name.read(item, made.sink, where, option, in);
      if (in.out.errors() != before || made.sink.empty()) return;
      into.to.push_back(std::move(made.sink));
      into.when.push_back(std::move(made.when));
    };
    if (!node.is_sequence()) return one(node);
    if (node.items.empty())
      refuse(node, where, "is empty", "at least one, e.g. " + option.example, option, in);
    for (const auto& item : node.items) one(item);
  };
  kind.print = [](const pipeline_options& from, const secret_values& secrets) {
    auto list = yaml_node::sequence();
    for (std::size_t i = 0; i < from.to.size(); ++i) {
      auto sink = yaml_node::words(from.to[i]);
      if (!from.when[i].empty())
        sink = yaml_node::map()
                   .add("sink", std::move(sink))
                   .add("when", yaml_node::words(secrets.shown(from.when[i])));
      list.items.push_back(std::move(sink));
    }
    return list;
  };
  return kind;
}

} // namespace

options<pipeline_options> pipeline_table(const std::string& name) {
  const auto self = [](auto& pipeline) -> auto& {
    return pipeline;
  };
  const auto device =
      options<pipeline_options>(name + ".device")
          .add({"forget",
                "A device without events for so long has its windows emitted and its state dropped.", "30d"},
               &pipeline_options::device_forget, duration(1s, 24h * 36600));
  return options<pipeline_options>(name)
      .add({"from",
            "The source whose events it takes, or the pipeline whose results; transitions of its alarms are "
            "not among them (the field of the alarm's name is).",
            "field", required},
           &pipeline_options::from, text(nullptr, "a source or a pipeline of the configuration", "name"))
      .add({"key",
            "What windows and the memory of steps are kept by: fields that the source's decoder gives, "
            "`device` for its device; `none` is one key for all events.",
            "[site, area]"},
           &pipeline_options::key, key_kind())
      .add({"steps", "What is done with each event, in order. `id:` beside a step's key names its state.",
            "[{ filter: temperature > -40 }]"},
           self, steps_kind())
      .add({"device", "How devices are kept.", "{ forget: 30d }"}, self, map_of(device))
      .add({"to",
            "The sinks that get every result; with `when:` only those for which the condition is true. It "
            "sees the "
            "values of the result. What goes to no sink is counted (`unrouted`). Needed unless another "
            "pipeline reads it.",
            "[board, { sink: archive, when: temperature_max > 30 }]"},
           self, sinks_kind());
}

namespace {

// The pipeline's own part.
void add_meaning(const pipeline_options& pipeline, yaml_node& map) {
  if (pipeline.key) map.add("key", key_kind().print(pipeline.key, secret_values()));
  auto steps = print_steps(pipeline, secret_values());
  // It has no state: another model or name holds from the next result on.
  std::erase_if(steps.items, [](const auto& step) { return step.find("predict") != nullptr; });
  for (auto& step : steps.items) {
    for (auto& [key, value] : step.entries) {
      auto& entries = value.entries; // clang captures no parts of a binding
      const auto leave_out = [&entries](std::string_view a, std::string_view b) {
        std::erase_if(entries, [&](const auto& e) { return e.key.text == a || e.key.text == b; });
      };
      if (key.text == "window") leave_out("idle", "late");
      if (key.text == "alarm") leave_out("to", "to");
    }
  }
  map.add("steps", std::move(steps));
}

} // namespace

std::string meaning_of(const pipeline_options& pipeline, const pipeline_options& upstream) {
  auto map = yaml_node::map();
  map.add("from", yaml_node::words(pipeline.from));
  map.add("reads", yaml_node::words(upstream.meaning));
  add_meaning(pipeline, map);
  return to_yaml(map);
}

std::string meaning_of(const pipeline_options& pipeline, const source_options& source) {
  const auto& event = source.decode.event();
  auto map = yaml_node::map();
  map.add("from", yaml_node::words(pipeline.from));
  map.add("device", yaml_node::words(event.device_path.empty() ? "{device}" : event.device_path));
  map.add("time", event.time.arrival ? yaml_node::scalar("arrival") : yaml_node::words(event.time.path));
  map.add("unit", yaml_node::scalar(std::to_string(static_cast<int>(event.time.unit))));
  if (!event.time.format.empty())
    map.add("format", yaml_node::words(event.time.format)).add("zone", yaml_node::words(event.time.zone));
  map.add("sequence", yaml_node::words(event.sequence_path));
  add_meaning(pipeline, map);
  return to_yaml(map);
}

} // namespace sluice
