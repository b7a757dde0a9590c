#include "actors/transform/steps.hpp"

#include <algorithm>

namespace sluice {

namespace {

// Registers are numbered as names appear; base fields and derived ones are told apart and sorted afterwards.
struct naming {
  struct entry {
    std::string name;
    bool derived = false;
    value_type type = value_type::missing;
  };
  std::vector<entry> all;

  // The last definition of `name`, made a base field if there is none.
  std::uint16_t use(const std::string& name) {
    for (auto i = all.size(); i-- > 0;)
      if (all[i].name == name) return static_cast<std::uint16_t>(i);
    all.push_back({name, false, value_type::missing});
    return static_cast<std::uint16_t>(all.size() - 1);
  }
  const entry* derived(std::string_view name) const {
    for (auto i = all.size(); i-- > 0;)
      if (all[i].name == name && all[i].derived) return &all[i];
    return nullptr;
  }
};

std::string say(const std::string& step, const expression_error& e) {
  return step + ", byte " + std::to_string(e.offset) + ": " + e.text;
}

} // namespace

outcome<steps> steps::compile(std::span<const step_options> options, const field_types& known,
                              std::span<const std::string> reads) {
  steps out;
  naming names;
  field_types with_derived = [&](std::string_view name) -> field_knowledge {
    if (const auto* d = names.derived(name)) return {true, d->type, {}};
    return known ? known(name) : field_knowledge{};
  };
  auto add = [&](auto compiled) -> step& {
    step s;
    for (const auto& f : compiled.fields()) s.where.push_back(names.use(f));
    s.what = std::move(compiled);
    return out.steps_.emplace_back(std::move(s));
  };
  for (const auto& o : options) {
    if (const auto* f = std::get_if<filter_options>(&o)) {
      auto compiled = filter::compile(f->expression, with_derived);
      if (!compiled) return fail(ec::invalid, say("filter " + f->id, compiled.error()));
      add(std::move(*compiled));
      continue;
    }
    const auto& d = std::get<derive_options>(o);
    for (const auto& field : d.fields) {
      auto compiled = derived_field::compile(field.name, field.expression, with_derived);
      if (!compiled)
        return fail(ec::invalid, say("derive " + d.id + ", field " + field.name, compiled.error()));
      const auto type = compiled->type();
      auto& s = add(std::move(*compiled));
      names.all.push_back({field.name, true, type});
      s.target = static_cast<std::uint16_t>(names.all.size() - 1);
    }
  }
  for (const auto& name : reads) names.use(name);
  if (names.all.size() >= no_field)
    return fail(ec::invalid, "too many fields in a pipeline (got " + std::to_string(names.all.size()) +
                                 ", want below 65535)");

  // Base fields to the front, so that filling them is one loop.
  std::vector<std::uint16_t> moved(names.all.size());
  for (const bool derived : {false, true})
    for (std::size_t i = 0; i < names.all.size(); ++i)
      if (names.all[i].derived == derived) {
        moved[i] = static_cast<std::uint16_t>(out.names_.size());
        out.names_.push_back(names.all[i].name);
        out.bases_ += derived ? 0 : 1;
      }
  for (auto& s : out.steps_) {
    for (auto& w : s.where) w = moved[w];
    if (s.target != no_field) s.target = moved[s.target];
  }
  out.slots_.assign(out.bases_, no_slot);
  out.values_.resize(out.names_.size());
  out.types_.assign(out.names_.size(), value_type::missing);
  return out;
}

void steps::bind(const field_names& names) {
  for (std::size_t i = 0; i < bases_; ++i) {
    auto at = std::find(names.begin(), names.end(), names_[i]);
    slots_[i] = at == names.end() ? no_slot : static_cast<std::uint32_t>(at - names.begin());
  }
}

steps::outcome_of_row steps::run(const slot* slots, const value_type* types) noexcept {
  for (std::size_t i = 0; i < bases_; ++i) {
    const auto s = slots_[i];
    if (s == no_slot) {
      types_[i] = value_type::missing;
    } else {
      values_[i] = slots[s], types_[i] = types[s];
    }
  }
  outcome_of_row out;
  for (const auto& s : steps_) {
    if (const auto* f = std::get_if<filter>(&s.what)) {
      const auto r = f->judge(values_.data(), types_.data(), s.where.data());
      if (r.what == filter::verdict::keep) continue;
      out.missing_field = r.what == filter::verdict::drop_missing;
      out.what = r.what == filter::verdict::type_error ? verdict::type_error : verdict::filtered;
      out.reg = r.field == no_field ? no_field : s.where[r.field];
      return out;
    }
    const auto r = std::get_if<derived_field>(&s.what)->value(values_.data(), types_.data(), s.where.data());
    if (r.type_error) {
      out.what = verdict::type_error;
      out.reg = r.field == no_field ? no_field : s.where[r.field];
      return out;
    }
    values_[s.target] = r.value, types_[s.target] = r.type;
    out.derive_missing += r.type == value_type::missing;
  }
  return out;
}

std::uint16_t steps::reg(std::string_view name) const noexcept {
  for (auto i = names_.size(); i-- > 0;)
    if (names_[i] == name) return static_cast<std::uint16_t>(i);
  return no_field;
}

std::vector<std::uint16_t> steps::derived() const {
  std::vector<std::uint16_t> out;
  for (auto i = bases_; i < names_.size(); ++i)
    if (reg(names_[i]) == i) out.push_back(static_cast<std::uint16_t>(i));
  return out;
}

} // namespace sluice
