// The memory of a key: made, saved and restored part by part under the ids of the steps, and ticks.
#include <algorithm>

#include "actors/transform/steps.hpp"

namespace sluice {

namespace {

void put_length(std::string& out, std::size_t at) { // of what was appended behind `at` + 4
  const auto n = static_cast<std::uint32_t>(out.size() - at - 4);
  for (unsigned i = 0; i < 4; ++i) out[at + i] = static_cast<char>(n >> (8 * i));
}

// u32 length, bytes; moves `in` behind. False when `in` is too short.
bool take_piece(std::string_view& in, std::string_view& piece) {
  if (in.size() < 4) return false;
  std::uint32_t n = 0;
  for (unsigned i = 0; i < 4; ++i)
    n |= static_cast<std::uint32_t>(static_cast<unsigned char>(in[i])) << (8 * i);
  in.remove_prefix(4);
  if (in.size() < n) return false;
  piece = in.substr(0, n);
  in.remove_prefix(n);
  return true;
}

} // namespace

std::unique_ptr<step_memory> steps::make_memory() const {
  if (remembering_.empty()) return nullptr;
  auto made = std::make_unique<step_memory>();
  for (const auto& [what, id] : remembering_) made->parts.push_back(what->make_memory());
  return made;
}

void steps::save(const step_memory& memory, std::string& out) const {
  for (std::size_t i = 0; i < remembering_.size(); ++i) {
    auto at = out.size();
    out.append(4, '\0').append(remembering_[i].second);
    put_length(out, at);
    at = out.size();
    out.append(4, '\0');
    memory.parts[i]->save(out);
    put_length(out, at);
  }
}

bool steps::restore(step_memory& memory, std::string_view bytes) const {
  while (!bytes.empty()) {
    std::string_view id, saved;
    if (!take_piece(bytes, id) || !take_piece(bytes, saved)) return false;
    for (std::size_t i = 0; i < remembering_.size(); ++i)
      if (remembering_[i].second == id && !remembering_[i].first->restore(*memory.parts[i], saved))
        return false;
  }
  return true;
}

std::int64_t steps::due(const step_memory& memory, std::int64_t silent_since) const noexcept {
  auto first = never_due;
  for (std::size_t i = 0; i < remembering_.size(); ++i)
    first = std::min(first, remembering_[i].first->due(*memory.parts[i], silent_since));
  return first;
}

void steps::begin_tick(std::string_view key, std::int64_t now_ms) noexcept {
  run_.results_.clear();
  run_.scratch_.clear();
  run_.counts_ = {}, run_.counted_ = false;
  static_cast<step_event&>(run_.inputs_) = {};
  run_.inputs_.device = key;
  run_.inputs_.received_ms = now_ms;
  ran_ = 0;
}

void steps::forget(std::string_view key, const step_memory& memory, std::int64_t now_ms) {
  begin_tick(key, now_ms);
  for (std::size_t i = 0; i < remembering_.size(); ++i)
    remembering_[i].first->forget(run_, *memory.parts[i], now_ms);
}

bool steps::tick(std::string_view key, step_memory& memory, const step_tick& now,
                 pipeline_counters& counters) {
  begin_tick(key, now.now_ms);
  bool changed = false;
  for (std::size_t i = 0; i < remembering_.size(); ++i)
    changed = remembering_[i].first->tick(run_, *memory.parts[i], now) || changed;
  if (run_.counted_) counters += run_.counts_, run_.counts_ = {}, run_.counted_ = false;
  return changed;
}

std::string_view step_run::text(slot s) const noexcept {
  const char* from = place_of(s) == text_place::scratch ? scratch_.data() : arena_;
  return {from + s.text_offset(), length_of(s)};
}

void step_run::set_text(std::uint16_t reg, std::string_view text) {
  types_[reg] = value_type::missing;
  auto* to = scratch_.reserve(text.size());
  if (to == nullptr) return;
  std::copy(text.begin(), text.end(), to);
  set(reg, value_type::text, scratch_.keep(text.size()));
}

} // namespace sluice
