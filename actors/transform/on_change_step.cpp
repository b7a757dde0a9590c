#include "actors/transform/on_change_step.hpp"

#include <utility>

#include "actors/transform/step_fields.hpp"
#include "actors/transform/step_kinds.hpp"
#include "config/option_kinds.hpp"

namespace sluice {

using namespace config;
using namespace std::chrono_literals;

namespace {

struct memory final : key_memory {
  explicit memory(const on_change_rule& rule) : rule(&rule), is(rule.make_memory()) {}
  void save(std::string& out) const override { rule->save(is, out); }
  const on_change_rule* rule;
  on_change_rule::memory is;
};

std::vector<dead_band> bands_of(const on_change_options& from) {
  std::vector<dead_band> out;
  for (const auto& f : from.fields) out.push_back(f.band);
  return out;
}

class on_change_step final : public step {
public:
  on_change_step(const on_change_options& from, std::vector<std::uint16_t> fields)
      : rule_(bands_of(from), from.at_least_every), fields_(std::move(fields)), values_(fields_.size()) {}

  step_verdict run(step_run& run, const key_memory* of) override {
    const auto& m = static_cast<const memory*>(of)->is;
    time_ms_ = run.event().time_ms;
    passes_ = false;
    for (std::size_t i = 0; i < fields_.size(); ++i) values_[i] = value_of(run, fields_[i]);
    if (const auto wrong = rule_.wrong_type(values_); wrong >= 0)
      return {.what = step_verdict::refuse, .reg = fields_[static_cast<std::size_t>(wrong)]};
    passes_ = rule_.passes(m, values_, time_ms_);
    if (passes_) {
      rule_.prepare(values_);
      return {};
    }
    run.count(&pipeline_counters::unchanged);
    return {.what = step_verdict::filter};
  }

  void commit(key_memory& of) noexcept override {
    if (passes_) rule_.remember(static_cast<memory&>(of).is, values_, time_ms_);
  }

  std::unique_ptr<key_memory> make_memory() const override { return std::make_unique<memory>(rule_); }
  bool restore(key_memory& of, std::string_view bytes) const override {
    return rule_.restore(static_cast<memory&>(of).is, bytes);
  }

private:
  on_change_rule rule_;
  std::vector<std::uint16_t> fields_;
  // Of the event in hand.
  std::vector<field_value> values_;
  std::int64_t time_ms_ = 0;
  bool passes_ = false;
};

// { FIELD: any | 0.5 | 5%, .. }
option_kind<std::vector<on_change_options::field>> fields_kind() {
  option_kind<std::vector<on_change_options::field>> kind;
  kind.type = "map of fields and dead bands";
  kind.bounds = "any, a number from 0, or a percentage from 0%";
  kind.read = [](const yaml_node& node, std::vector<on_change_options::field>& into, const std::string& where,
                 const about& option, reader& in) {
    if (!node.is_map() || node.entries.empty())
      return refuse(node, where, "is not a map of fields and dead bands", "e.g. " + option.example, option,
                    in);
    for (const auto& [key, value] : node.entries) {
      if (!is_field_name(key.text))
        in.out.error(key.at, where + " has a bad field name", in_quotes(key.text), field_name_rule);
      if (value.unset) continue;
      const auto band = value.is_scalar() ? dead_band::parse(value.text) : std::nullopt;
      if (!band)
        refuse(value, where + "." + key.text, "is no dead band",
               "any, a number such as 0.5, or a percentage such as 5%", option, in);
      else
        into.push_back({key.text, *band});
    }
  };
  kind.print = [](const std::vector<on_change_options::field>& from, const secret_values&) {
    auto map = yaml_node::map();
    for (const auto& f : from)
      map.entries.push_back({yaml_node::words(f.name), yaml_node::scalar(f.band.text())});
    return map;
  };
  return kind;
}

const options<on_change_options>& table() {
  static const auto made =
      options<on_change_options>("on_change")
          .add({"fields",
                "How far a field must move from its value in the last event let through: more than a number, "
                "more than a "
                "share of that value, or any change.",
                "{ temperature: 0.5, humidity: 5%, state: any }", required},
               &on_change_options::fields, fields_kind())
          .add({"at_least_every",
                "An event so much later than the last one let through, in event time, goes on without a "
                "change; never = "
                "none does.",
                "10m"},
               &on_change_options::at_least_every, duration_or("never", 1ms, 24h * 3660));
  return made;
}

void compile(const on_change_options& from, step_compiler& c) {
  std::vector<std::uint16_t> fields;
  bool good = true;
  for (const auto& f : from.fields) {
    const auto reg = c.use(f.name, {"fields", f.name}, true);
    if (!reg) {
      good = false;
      continue;
    }
    const auto type = c.knows(f.name).type;
    if (f.band.what != dead_band::kind::any && (type == value_type::text || type == value_type::boolean)) {
      c.fail({"fields", f.name},
             f.name + " is no number and has no dead band (got a " + to_string(type) + ", want any)");
      good = false;
    }
    fields.push_back(*reg);
  }
  if (good) c.add(std::make_unique<on_change_step>(from, std::move(fields)));
}

} // namespace

step_kind on_change_kind() {
  return make_step_kind(
      table(),
      "Drops an event in which nothing has changed since the last one of the same device (or key) that "
      "was let through. Dropped events are counted filtered and unchanged.",
      "steps:\n  - on_change: { fields: { temperature: 0.5, state: any }, at_least_every: 10m }", compile);
}

} // namespace sluice
