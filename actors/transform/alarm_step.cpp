#include "actors/transform/alarm_step.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "actors/transform/alarm.hpp"
#include "actors/transform/json_text.hpp"
#include "actors/transform/step_fields.hpp"
#include "actors/transform/step_kinds.hpp"
#include "config/option_kinds.hpp"

namespace sluice {

using namespace config;
using namespace std::chrono_literals;

namespace {

using level = alarm_options::level;

constexpr std::array<std::pair<const char*, level>, 5> levels{{{"critical", level::critical},
                                                               {"major", level::major},
                                                               {"minor", level::minor},
                                                               {"warning", level::warning},
                                                               {"indeterminate", level::indeterminate}}};

struct memory final : key_memory {
  void save(std::string& out) const override { alarm_rule::save(is, out); }
  alarm_rule::memory is;
  // Silence since then was looked at: until something comes there is nothing more to do. Not saved: one look
  // more after a start changes nothing.
  std::int64_t looked_at = std::numeric_limits<std::int64_t>::min();
};

class alarm_step final : public step {
public:
  alarm_step(const alarm_options& from, bound_expression raise, std::optional<bound_expression> clear,
             std::uint16_t target)
      : rule_(from.hold), raise_(std::move(raise)), clear_(std::move(clear)), name_(from.name),
        severity_(to_string(from.severity)), not_to_(from.not_to), missing_(from.missing), target_(target) {
    add_fields(raise_);
    if (clear_) add_fields(*clear_);
  }

  step_verdict run(step_run& run, const key_memory* of) override {
    const auto& m = static_cast<const memory*>(of)->is;
    auto blame = no_field;
    const auto raise = ask(run, raise_, blame);
    std::optional<truth> clear;
    if (clear_ && blame == no_field) clear = ask(run, *clear_, blame);
    if (blame != no_field) return {.what = step_verdict::refuse, .reg = blame};
    const auto v = rule_.judge(m, raise, clear, run.event().time_ms);
    next_ = v.after;
    if (v.older) run.count(&pipeline_counters::alarm_older);
    if (v.change) emit(run, *v.change, run.event().time_ms);
    run.set(target_, value_type::boolean, slot::of(next_.active));
    return {};
  }

  void commit(key_memory& of) noexcept override { static_cast<memory&>(of).is = next_; }

  std::unique_ptr<key_memory> make_memory() const override { return std::make_unique<memory>(); }
  bool restore(key_memory& of, std::string_view bytes) const override {
    return alarm_rule::restore(static_cast<memory&>(of).is, bytes);
  }

  std::int64_t due(const key_memory& of, std::int64_t silent_since) const noexcept override {
    if (!missing_ || silent_since <= static_cast<const memory&>(of).looked_at) return never_due;
    std::int64_t at = 0;
    return __builtin_add_overflow(silent_since, missing_->count(), &at) ? never_due : at;
  }

  bool tick(step_run& run, key_memory& of, const step_tick& now) override {
    auto& m = static_cast<memory&>(of);
    if (!now.source_up || due(m, now.silent_since) > now.now_ms) return false;
    m.looked_at = now.silent_since;
    const auto v = alarm_rule::silent(m.is);
    if (!v) return false;
    emit(run, *v->change, now.now_ms);
    m.is = v->after;
    return true;
  }

  void forget(step_run& run, const key_memory& of, std::int64_t now_ms) override {
    if (const auto v = alarm_rule::forgotten(static_cast<const memory&>(of).is))
      emit(run, *v->change, now_ms);
  }

private:
  void add_fields(const bound_expression& e) {
    for (std::size_t i = 0; i < e.where.size(); ++i) {
      const std::pair<std::string, std::uint16_t> field{e.code.fields()[i], e.where[i]};
      if (std::find(fields_.begin(), fields_.end(), field) == fields_.end()) fields_.push_back(field);
    }
  }

  // What a condition says; `blame` gets the register of a field of the wrong type.
  static truth ask(step_run& run, const bound_expression& e, std::uint16_t& blame) noexcept {
    const auto r = run.evaluate(e.code, e.where);
    if (r.type_error || (r.type != value_type::boolean && r.type != value_type::missing)) {
      blame = r.field == no_field ? e.where.empty() ? no_field : e.where.front() : e.where[r.field];
      return truth::unknown;
    }
    if (r.type == value_type::missing) return truth::unknown;
    return r.value.boolean() ? truth::yes : truth::no;
  }

  // The values are those of the fields the conditions read; none without an event.
  void emit(step_run& run, const alarm_rule::transition& t, std::int64_t time_ms) {
    text_.clear();
    text_ += ",\"alarm\":";
    append_text(text_, name_);
    text_ += t.raised ? ",\"state\":\"raised\"" : ",\"state\":\"cleared\"";
    if (t.cause != nullptr) {
      text_ += ",\"cause\":";
      append_text(text_, t.cause);
    }
    text_ += ",\"severity\":";
    append_text(text_, severity_);
    text_ += ",\"number\":";
    append_number(text_, static_cast<std::int64_t>(t.number));
    text_ += ",\"values\":{";
    bool comma = false;
    for (const auto& [name, reg] : fields_) {
      if (t.cause != nullptr || run.type(reg) == value_type::missing) continue;
      if (std::exchange(comma, true)) text_ += ',';
      append_text(text_, name);
      text_ += ':';
      append_value(value_of(run, reg));
    }
    text_ += '}';
    step_result r;
    r.name = name_;
    r.number = t.number;
    r.time_ms = time_ms;
    r.body = text_.view();
    r.not_to = not_to_;
    run.emit(std::move(r));
  }

  void append_value(const field_value& v) {
    switch (v.type) {
    case value_type::number:
      return append_number(text_, v.value.number());
    case value_type::integer:
      return append_number(text_, v.value.integer());
    case value_type::boolean:
      text_ += v.value.boolean() ? "true" : "false";
      return;
    default:
      return append_text(text_, v.text);
    }
  }

  alarm_rule rule_;
  bound_expression raise_;
  std::optional<bound_expression> clear_;
  std::string name_, severity_, not_to_;
  std::optional<std::chrono::milliseconds> missing_;
  std::uint16_t target_;
  std::vector<std::pair<std::string, std::uint16_t>> fields_;
  alarm_rule::memory next_; // of the event in hand
  text_buffer text_;
};

const options<alarm_options>& table() {
  static const auto made =
      options<alarm_options>("alarm")
          .add({"name",
                "Names the alarm, and the boolean field that each event gets: true while it is active.",
                "overheat", required},
               &alarm_options::name, component_name())
          .add({"raise", "The condition; where it is missing (a field is), nothing begins and nothing ends.",
                "temperature > 80", required},
               &alarm_options::raise, text(nullptr, "true or false", "expression"))
          .add({"for", "How long raise must hold without a break, in event time, before the alarm is raised.",
                "30s"},
               &alarm_options::hold, duration(0ms, 24h * 366))
          .add({"clear", "The condition that ends it; with another threshold than raise it does not flutter.",
                "temperature < 75", false, false, "not raise"},
               &alarm_options::clear, text(nullptr, "true or false", "expression"))
          .add({"missing",
                "A device silent for so long, in journal time while the source is up, raises the alarm too; "
                "the next event "
                "clears it unless raise holds.",
                "5m", false, false, "never"},
               &alarm_options::missing, duration_or("never", 1s, 24h * 366))
          .add({"severity", "Stands in each transition.", "critical"}, &alarm_options::severity,
               choice<level>({levels.begin(), levels.end()}))
          .add(
              {"to",
               "The sinks that get its transitions; one that `to` of the pipeline does not name gets nothing "
               "else of it.",
               "[pager]", false, false, "those of the pipeline"},
              &alarm_options::to, one_or_list(text(nullptr, "sinks of the configuration", "name")));
  return made;
}

void compile(const alarm_options& from, step_compiler& c) {
  const auto before = c.errors().size();
  auto raise = c.condition_at({"raise"}, from.raise, "alarm.raise");
  std::optional<bound_expression> clear;
  if (!from.clear.empty()) clear = c.condition_at({"clear"}, from.clear, "alarm.clear");
  if (c.named().contains(from.name))
    c.fail({"name"}, "a step before this one makes a field of this name (got " + in_quotes(from.name) +
                         ", want another name)");
  const auto target = c.define(from.name, value_type::boolean);
  if (c.errors().size() == before && raise)
    c.add(std::make_unique<alarm_step>(from, std::move(*raise), std::move(clear), target));
}

} // namespace

const char* to_string(level severity) noexcept {
  for (const auto& [name, is] : levels)
    if (is == severity) return name;
  return "";
}

step_kind alarm_kind() {
  return make_step_kind(
      table(),
      "Raises and clears an alarm of each device (or key). Each transition is one result of its own, "
      "delivered once by identity; the event goes on with a boolean field of the alarm's name. An "
      "active alarm of a device that is forgotten is cleared.",
      "steps:\n  - alarm: { name: hot, raise: temperature > 90, for: 1m, clear: temperature < 85 }", compile);
}

} // namespace sluice
