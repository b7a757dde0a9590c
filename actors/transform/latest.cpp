#include "actors/transform/latest.hpp"

#include <utility>

#include "actors/transform/memory_bytes.hpp"

namespace sluice {

namespace {

// |a - b| without overflow.
std::uint64_t distance(std::int64_t a, std::int64_t b) noexcept {
  return a > b ? static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b)
               : static_cast<std::uint64_t>(b) - static_cast<std::uint64_t>(a);
}

} // namespace

field_value latest_rule::fill(const memory& m, std::size_t i, std::int64_t time_ms) const noexcept {
  if (i >= m.values.size() || m.values[i].value.type == value_type::missing) return {};
  const auto& k = m.values[i];
  if (max_age_ && distance(k.time_ms, time_ms) > static_cast<std::uint64_t>(max_age_->count())) return {};
  return k.value.view();
}

latest_rule::memory latest_rule::make_memory() const {
  memory m;
  m.values.resize(fields_);
  return m;
}

void latest_rule::prepare(std::span<const field_value> values) {
  texts_.resize(fields_);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i].type == value_type::text) texts_[i].assign(values[i].text);
}

bool latest_rule::remember(memory& m, std::span<const field_value> values, std::int64_t time_ms) noexcept {
  bool changed = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& v = values[i];
    auto& k = m.values[i];
    if (v.type == value_type::missing) continue;
    if (k.value.type != value_type::missing && k.time_ms > time_ms) continue;
    if (v.type == value_type::text)
      k.value.text.swap(texts_[i]);
    else
      k.value.text.clear();
    k.value.type = v.type, k.value.value = v.type == value_type::text ? slot{} : v.value;
    k.time_ms = time_ms;
    changed = true;
  }
  return changed;
}

void latest_rule::save(const memory& m, std::string& out) const {
  memory_writer to(out);
  to.put(static_cast<std::uint16_t>(m.values.size()));
  for (const auto& k : m.values) {
    to.put(k.value);
    if (k.value.type != value_type::missing) to.put(k.time_ms);
  }
}

bool latest_rule::restore(memory& m, std::string_view in) const {
  memory_reader from(in);
  const auto count = from.get<std::uint16_t>();
  if (count != fields_) return false;
  m.values.resize(count);
  for (auto& k : m.values) {
    k.value = from.value();
    if (k.value.type != value_type::missing) k.time_ms = from.get<std::int64_t>();
  }
  return from.ok() && from.rest().empty();
}

} // namespace sluice
