#include "actors/transform/latest_step.hpp"

#include <utility>

#include "actors/transform/latest.hpp"
#include "actors/transform/step_fields.hpp"
#include "actors/transform/step_kinds.hpp"
#include "config/option_kinds.hpp"

namespace sluice {

using namespace config;
using namespace std::chrono_literals;

namespace {

struct memory final : key_memory {
  explicit memory(const latest_rule& rule) : rule(&rule), is(rule.make_memory()) {}
  void save(std::string& out) const override { rule->save(is, out); }
  const latest_rule* rule;
  latest_rule::memory is;
};

class latest_step final : public step {
public:
  latest_step(const latest_options& from, std::vector<std::uint16_t> in, std::vector<std::uint16_t> out)
      : rule_(in.size(), from.max_age), in_(std::move(in)), out_(std::move(out)), own_(in_.size()) {}

  step_verdict run(step_run& run, const key_memory* of) override {
    const auto& m = static_cast<const memory*>(of)->is;
    time_ms_ = run.event().time_ms;
    for (std::size_t i = 0; i < in_.size(); ++i) {
      own_[i] = value_of(run, in_[i]);
      if (own_[i].type != value_type::missing)
        run.set(out_[i], own_[i].type, own_[i].value);
      else
        set_value(run, out_[i], rule_.fill(m, i, time_ms_));
    }
    rule_.prepare(own_);
    return {};
  }

  void commit(key_memory& of) noexcept override {
    rule_.remember(static_cast<memory&>(of).is, own_, time_ms_);
  }

  std::unique_ptr<key_memory> make_memory() const override { return std::make_unique<memory>(rule_); }
  bool restore(key_memory& of, std::string_view bytes) const override {
    return rule_.restore(static_cast<memory&>(of).is, bytes);
  }

private:
  latest_rule rule_;
  std::vector<std::uint16_t> in_, out_;
  // Of the event in hand.
  std::vector<field_value> own_;
  std::int64_t time_ms_ = 0;
};

const options<latest_options>& table() {
  static const auto made =
      options<latest_options>("latest")
          .add({"fields", "The fields whose last value is kept; an event without one of them gets it.",
                "[temperature, humidity]", required},
               &latest_options::fields, field_list())
          .add({"max_age",
                "A value further away than this from the event, in event time, is not given; never = any is.",
                "1h"},
               &latest_options::max_age, duration_or("never", 1ms, 24h * 3660));
  return made;
}

void compile(const latest_options& from, step_compiler& c) {
  auto in = registers_of(c, {"fields"}, from.fields);
  if (!in) return;
  std::vector<std::uint16_t> out;
  for (const auto& name : from.fields) out.push_back(c.define(name, c.knows(name).type));
  c.add(std::make_unique<latest_step>(from, std::move(*in), std::move(out)));
}

} // namespace

step_kind latest_kind() {
  return make_step_kind(
      table(),
      "Joins what a device sends in several messages: an event leaves with the last known values of the "
      "fields it does not have itself. An older event never replaces a newer value.",
      "steps:\n  - latest: { fields: [power, voltage], max_age: 30m }", compile);
}

} // namespace sluice
