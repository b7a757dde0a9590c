#include "actors/transform/steps.hpp"

#include <algorithm>

#include "actors/transform/step_compiler.hpp"
#include "actors/transform/step_kinds.hpp"

namespace sluice {

namespace {

auto find_named(const std::vector<std::pair<std::string, std::uint16_t>>& named, std::string_view name) {
  const auto at = std::lower_bound(named.begin(), named.end(), name,
                                   [](const auto& entry, std::string_view n) { return entry.first < n; });
  return at != named.end() && at->first == name ? at : named.end();
}

std::string say(const step_options& step, const step_error& e) {
  std::string out = kind_of(step).kind + " " + id_of(step);
  for (const auto& key : e.where) out += ", " + key;
  return out + ", byte " + std::to_string(e.offset) + ": " + e.text;
}

} // namespace

outcome<steps> steps::compile(std::span<const step_options> options, const field_types& known,
                              std::span<const std::string> reads, const step_world& world) {
  step_compiler compiler(known, world);
  for (const auto& o : options) compiler.compile(o);
  if (!compiler.errors().empty()) {
    const auto& e = compiler.errors().front();
    return fail(ec::invalid, say(options[e.step], e));
  }
  return finish(std::move(compiler), reads);
}

outcome<steps> steps::finish(step_compiler compiler, std::span<const std::string> reads) {
  for (const auto& name : reads) {
    if (!compiler.knows(name).known)
      return fail(ec::invalid, "the window reads a field that the steps take away (got " + name + ")");
    compiler.use(name);
  }
  if (!compiler.errors().empty()) return fail(ec::invalid, compiler.errors().front().text);

  steps out;
  std::vector<std::string> ids;
  for (auto& [made, id] : compiler.steps_) {
    place p{std::move(made), no_slot};
    if (p.what->make_memory() != nullptr) {
      const auto same = static_cast<std::size_t>(std::count(ids.begin(), ids.end(), id));
      ids.push_back(id);
      p.memory = static_cast<std::uint32_t>(out.remembering_.size());
      out.remembering_.emplace_back(p.what.get(), same == 0 ? id : id + "#" + std::to_string(same + 1));
    }
    out.steps_.push_back(std::move(p));
  }
  for (std::size_t i = 0; i < compiler.registers_.size(); ++i) {
    const auto& r = compiler.registers_[i];
    out.names_.push_back(r.name);
    if (!r.base) continue;
    if (r.name == "device") out.device_ = static_cast<std::uint32_t>(out.base_fields_.size());
    out.base_fields_.push_back(r.name);
    out.base_registers_.push_back(static_cast<std::uint16_t>(i));
  }
  out.named_.assign(compiler.named_.begin(), compiler.named_.end());
  for (const auto& [name, is] : compiler.hidden_) out.hidden_.push_back(name);
  out.open_ = compiler.open_;
  out.slots_.assign(out.base_fields_.size(), no_slot);
  out.run_.values_.resize(out.names_.size());
  out.run_.types_.assign(out.names_.size(), value_type::missing);
  return out;
}

void steps::bind(const field_names& names) {
  for (std::size_t i = 0; i < base_fields_.size(); ++i) {
    auto at = std::find(names.begin(), names.end(), base_fields_[i]);
    slots_[i] = at == names.end() ? no_slot : static_cast<std::uint32_t>(at - names.begin());
  }
}

// Field by field: a copy of what was stored in pieces a moment ago would wait for the pieces.
void steps::begin_event(const event_batch* batch, const event_row* row) noexcept {
  run_.scratch_.clear();
  auto& in = run_.inputs_;
  in.values = run_.values_.data(), in.types = run_.types_.data(), in.scratch = &run_.scratch_;
  if (batch == nullptr) return;
  in.arena = run_.arena_ = batch->arena.data();
  in.device = batch->device(*row);
  in.time_ms = row->time_ms, in.received_ms = row->received_ms;
  in.sequence = row->sequence, in.index = row->index;
  in.payload = batch->payload(*row);
}

const steps::outcome_of_row& steps::run(const slot* slots, const value_type* types, const event_batch* batch,
                                        const event_row* row, step_memory* memory) {
  for (std::size_t i = 0; i < base_registers_.size(); ++i) {
    const auto s = slots_[i];
    const auto r = base_registers_[i];
    if (s == no_slot) {
      run_.types_[r] = value_type::missing;
    } else {
      run_.values_[r] = slots[s], run_.types_[r] = types[s];
    }
  }
  if (device_ != no_slot && row != nullptr) [[unlikely]] {
    auto& type = run_.types_[base_registers_[device_]];
    if (type == value_type::missing) {
      type = value_type::text;
      run_.values_[base_registers_[device_]] = slot::text(row->device_offset, row->device_length);
    }
  }
  begin_event(batch, row);
  if (run_.counted_) run_.counts_ = {}, run_.counted_ = false;
  run_.results_.clear();
  ran_ = 0;
  auto& out = last_;
  out = {};
  for (const auto& s : steps_) {
    key_memory* mine = nullptr;
    if (s.memory != no_slot) mine = memory->parts[ran_++].get();
    const auto v = s.what->run(run_, mine);
    out.derive_missing += v.missing_value;
    if (v.what == step_verdict::pass) [[likely]]
      continue;
    out.what = v.what == step_verdict::filter ? verdict::filtered : verdict::refused;
    out.missing_field = v.missing_field;
    out.why = v.why;
    out.reg = v.reg;
    return out;
  }
  return out;
}

std::string steps::detail(const outcome_of_row& refused) const {
  if (!run_.detail_.empty() && refused.why != reason::field_type) return run_.detail_;
  const auto got = refused.reg == no_field ? value_type::missing : run_.types_[refused.reg];
  return std::string("wrong type in a step (got ") + to_string(got) + ")";
}

void steps::commit_slowly(step_memory* memory, pipeline_counters& counters) noexcept {
  for (std::size_t i = 0; i < ran_; ++i) remembering_[i].first->commit(*memory->parts[i]);
  ran_ = 0;
  if (run_.counted_) counters += run_.counts_, run_.counts_ = {}, run_.counted_ = false;
}

std::uint16_t steps::reg(std::string_view name) const noexcept {
  if (const auto at = find_named(named_, name); at != named_.end()) return at->second;
  if (!passes(name)) return no_field;
  for (std::size_t i = 0; i < base_fields_.size(); ++i)
    if (base_fields_[i] == name) return base_registers_[i];
  return no_field;
}

bool steps::made(std::uint16_t r) const noexcept {
  return std::find(base_registers_.begin(), base_registers_.end(), r) == base_registers_.end();
}

std::uint32_t steps::slot_of(std::uint16_t r) const noexcept {
  for (std::size_t i = 0; i < base_registers_.size(); ++i)
    if (base_registers_[i] == r) return slots_[i];
  return no_slot;
}

bool steps::passes(std::string_view base) const noexcept {
  return open_ && !std::binary_search(hidden_.begin(), hidden_.end(), base) &&
         find_named(named_, base) == named_.end();
}

} // namespace sluice
