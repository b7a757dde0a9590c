// One pipeline's part of a checkpoint, and its way back. Also its making.
#include <algorithm>
#include <utility>

#include "actors/window/pipeline_shard.hpp"
#include "actors/window/state_codec.hpp"

namespace sluice {

namespace {

std::unique_ptr<aggregates> make_stats(const pipeline_plan& plan) {
  return plan.window ? std::make_unique<aggregates>(plan.window->aggregates) : nullptr;
}

} // namespace

pipeline_shard::pipeline_shard(pipeline_plan plan, const state_source* state, shard_output& out)
    : plan_(std::move(plan)), state_(state), out_(out), stats_(make_stats(plan_)),
      frame_(plan_.name, plan_.arrival), table_(stats_.get()) {
  forget_ = plan_.device_forget.count();
  if (!plan_.window) return;
  size_ = plan_.window->size.count();
  delay_ = plan_.window->watermark_delay.count();
  lateness_ = plan_.window->allowed_lateness.count();
  if (plan_.window->idle) idle_ = plan_.window->idle->count();
  far_kept_ = lateness_ > 0 && (lateness_ + delay_) / size_ >= 30;
  values_.resize(stats_->fields().size());
}

outcome<std::unique_ptr<pipeline_shard>> pipeline_shard::make(pipeline_plan plan, const state_source* state,
                                                              shard_output& out, const step_world& world) {
  if (plan.window && plan.window->size.count() <= 0)
    return fail(ec::invalid, "pipeline " + plan.name + ": window size is not positive (got " +
                                 std::to_string(plan.window->size.count()) + " ms)");
  std::unique_ptr<pipeline_shard> made(new pipeline_shard(std::move(plan), state, out));
  std::span<const std::string> reads;
  if (made->stats_) reads = made->stats_->fields();
  auto compiled = steps::compile(made->plan_.steps, {}, reads, world);
  if (!compiled) return fail(ec::invalid, "pipeline " + made->plan_.name + ": " + compiled.error().text);
  made->steps_ = std::move(*compiled);
  for (const auto& name : reads) made->registers_.push_back(made->steps_.reg(name));
  made->slots_.assign(reads.size(), no_slot);
  return made;
}

outcome<void> pipeline_shard::load(unsigned slot) {
  outcome<void> done;
  const auto prefix = slot_prefix(plan_.name, slot);
  const auto damaged = [&](std::string_view key) {
    done = fail(ec::corrupt, "pipeline " + plan_.name + ": a stored key is damaged (got " +
                                 std::to_string(key.size()) + " bytes in slot " + std::to_string(slot) + ")");
    return false;
  };
  state_->scan(state_family::device, prefix, [&](std::string_view key, std::string_view value) {
    const auto parsed = parse_key(plan_.name, key);
    if (!parsed || parsed->start || parsed->device.size() > 255) return damaged(key);
    const auto device = table_.insert(parsed->device);
    done = decode_device(table_, device, value, stats_.get(), steps_);
    if (!done) return false;
    auto& d = table_.at(device);
    schedule(device, d, d.received, d.received);
    return true;
  });
  if (!done || !stats_) return done;
  state_->scan(state_family::mark, prefix, [&](std::string_view key, std::string_view) {
    const auto parsed = parse_key(plan_.name, key);
    if (!parsed || !parsed->start) return damaged(key);
    const auto device = table_.find(device_hash(parsed->device), parsed->device);
    const auto value = state_->get(state_family::window, key);
    if (device == no_record || !value) return damaged(key);
    auto w = decode_window(table_, *parsed->start, *value, *stats_);
    if (!w) {
      done = tl::unexpected(w.error());
      return false;
    }
    table_.link(table_.at(device), *w);
    table_.window(*w).marked = table_.window(*w).mark_stored = 1;
    marked_.push_back({device, *parsed->start});
    return true;
  });
  return done;
}

void pipeline_shard::take(shard_part& part) {
  if (state_ == nullptr) { // nothing is stored
    table_.take_dirty([](std::uint32_t) {});
    return;
  }
  auto& out = part.state;
  // Deletes first: a device that was forgotten may be here again.
  std::move(deletes_.begin(), deletes_.end(), std::back_inserter(out));
  deletes_.clear();
  if (!let_go_.empty()) let_go_at_ = part.position;
  table_.take_dirty([&](std::uint32_t device) {
    out.push_back({state_family::device, device_key(plan_.name, table_.at(device).id.view()),
                   encode_device(table_, device, stats_.get(), steps_)});
  });
  for (const auto& name : dirty_) {
    const auto& d = table_.at(name.device);
    const auto i = d.alive ? table_.find_window(d, name.start) : no_record;
    if (i == no_record || !table_.window(i).dirty) continue; // gone, or its device is
    auto& w = table_.window(i);
    w.dirty = 0, w.stored = 1;
    out.push_back({state_family::window, window_key(device_key(plan_.name, d.id.view()), name.start),
                   encode_window(w, *stats_)});
    handed_.push_back({part.position, name});
  }
  dirty_.clear();
  for (const auto& name : marked_) {
    const auto& d = table_.at(name.device);
    auto& w = table_.window(table_.find_window(d, name.start));
    if (w.mark_stored) continue;
    w.mark_stored = 1;
    out.push_back(
        {state_family::mark, window_key(device_key(plan_.name, d.id.view()), name.start), std::string()});
  }
}

// Closed windows that the store holds now leave the memory.
void pipeline_shard::committed(std::uint64_t position) noexcept {
  if (let_go_at_ != 0 && position >= let_go_at_) let_go_.clear(), let_go_at_ = 0;
  for (; !handed_.empty() && handed_.front().position <= position; handed_.pop_front()) {
    const auto& name = handed_.front().window;
    auto& d = table_.at(name.device);
    const auto i = d.alive ? table_.find_window(d, name.start) : no_record;
    if (i == no_record) continue;
    const auto& w = table_.window(i);
    if (!w.open && !w.dirty && !w.marked) table_.unlink_and_free(d, i);
  }
  if (handed_.empty()) table_.recycle();
}

} // namespace sluice
