#include "app/pipeline_sinks.hpp"

#include <algorithm>

#include "config/nearest_name.hpp"

namespace sluice {

using namespace config;

namespace {

bool has(const std::vector<std::string>& all, std::string_view name) {
  return std::find(all.begin(), all.end(), name) != all.end();
}

} // namespace

std::vector<std::string> sinks_of(const pipeline_options& p) {
  auto all = p.to;
  for (const auto& step : p.steps)
    if (const auto* alarm = std::get_if<alarm_options>(&step))
      for (const auto& sink : alarm->to)
        if (!has(all, sink)) all.push_back(sink);
  return all;
}

bool leads_to(const pipeline_options& p, std::string_view sink) {
  return has(sinks_of(p), sink);
}

const std::vector<std::string>& sinks_of(const pipeline_options& p, const alarm_options& alarm) noexcept {
  return alarm.to.empty() ? p.to : alarm.to;
}

std::string missing_in(const std::vector<std::string>& some, const std::vector<std::string>& all) {
  std::string names;
  for (const auto& name : all)
    if (!has(some, name)) names += (names.empty() ? "" : ",") + name;
  return names;
}

void check_alarm_sinks(const pipeline_options& p, const configuration& c, const yaml_node& node,
                       report& out) {
  std::vector<std::string> known;
  for (const auto& sink : c.sinks) known.push_back(sink.name);
  for (std::size_t i = 0; i < p.steps.size(); ++i) {
    const auto* alarm = std::get_if<alarm_options>(&p.steps[i]);
    if (alarm == nullptr) continue;
    const auto& options = *node.value("steps")->items[p.step_items[i]].value("alarm");
    const auto* to = options.value("to");
    if (to == nullptr) {
      if (p.to.empty() && node.value("to") == nullptr)
        out.error(options.at,
                  "nobody gets the transitions of alarm " + alarm->name +
                      ": pipelines that read this one do not",
                  "no sink", "to: in the alarm, e.g. to: [pager]");
      continue;
    }
    const auto count = to->is_sequence() ? to->items.size() : 1;
    for (std::size_t j = 0; j < count; ++j) {
      const auto& item = to->is_sequence() ? to->items[j] : *to;
      if (item.unset || !item.is_scalar() || item.text.empty()) continue;
      if (!has(known, item.text))
        out.error(item.at, "unknown sink" + did_you_mean(item.text, known), show(item),
                  "one of " + list_of_names(known));
      for (std::size_t k = 0; k < j; ++k)
        if (to->items[k].text == item.text)
          out.error(item.at, "a sink is named twice", show(item), "each sink once");
    }
  }
}

} // namespace sluice
