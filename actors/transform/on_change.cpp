#include "actors/transform/on_change.hpp"

#include <charconv>
#include <cmath>
#include <utility>

#include "actors/transform/memory_bytes.hpp"

namespace sluice {

namespace {

// Exact for integers: their difference may need 65 bits.
long double difference(const field_value& a, const field_value& b) noexcept {
  const auto real = [](const field_value& v) {
    return v.type == value_type::integer ? static_cast<long double>(v.value.integer())
                                         : static_cast<long double>(v.value.number());
  };
  if (a.type == value_type::integer && b.type == value_type::integer) {
    const auto x = a.value.integer(), y = b.value.integer();
    return static_cast<long double>(x > y ? static_cast<std::uint64_t>(x) - static_cast<std::uint64_t>(y)
                                          : static_cast<std::uint64_t>(y) - static_cast<std::uint64_t>(x));
  }
  return std::abs(real(a) - real(b));
}

long double magnitude(const field_value& v) noexcept {
  return std::abs(v.type == value_type::integer ? static_cast<long double>(v.value.integer())
                                                : static_cast<long double>(v.value.number()));
}

} // namespace

std::optional<dead_band> dead_band::parse(std::string_view text) {
  if (text == "any") return dead_band{};
  dead_band out;
  out.what = kind::absolute;
  if (text.ends_with('%')) out.what = kind::relative, text.remove_suffix(1);
  double width = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), width);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(width) || width < 0 ||
      text.starts_with('-'))
    return std::nullopt;
  out.width = out.what == kind::relative ? width / 100 : width;
  return out;
}

std::string dead_band::text() const {
  if (what == kind::any) return "any";
  char buffer[32];
  const auto shown = what == kind::relative ? width * 100 : width;
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, shown).ptr;
  return std::string(buffer, end) + (what == kind::relative ? "%" : "");
}

int on_change_rule::wrong_type(std::span<const field_value> values) const noexcept {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (bands_[i].what != dead_band::kind::any && values[i].type != value_type::missing &&
        !is_number(values[i].type))
      return static_cast<int>(i);
  return -1;
}

bool on_change_rule::differs(std::size_t i, const field_value& last, const field_value& now) const noexcept {
  const auto& band = bands_[i];
  if (band.what == dead_band::kind::any) return !same_value(last, now);
  if (!is_number(last.type)) return true;
  const auto width = band.what == dead_band::kind::absolute
                         ? static_cast<long double>(band.width)
                         : static_cast<long double>(band.width) * magnitude(last);
  return difference(last, now) > width;
}

bool on_change_rule::passes(const memory& m, std::span<const field_value> values,
                            std::int64_t time_ms) const noexcept {
  if (!m.any) return true;
  if (every_ && time_ms > m.time_ms &&
      static_cast<std::uint64_t>(time_ms) - static_cast<std::uint64_t>(m.time_ms) >=
          static_cast<std::uint64_t>(every_->count()))
    return true;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].type == value_type::missing) continue;
    if (m.values[i].type == value_type::missing || differs(i, m.values[i].view(), values[i])) return true;
  }
  return false;
}

on_change_rule::memory on_change_rule::make_memory() const {
  memory m;
  m.values.resize(bands_.size());
  return m;
}

void on_change_rule::prepare(std::span<const field_value> values) {
  texts_.resize(bands_.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i].type == value_type::text) texts_[i].assign(values[i].text);
}

void on_change_rule::remember(memory& m, std::span<const field_value> values, std::int64_t time_ms) noexcept {
  const bool older = m.any && time_ms < m.time_ms;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& v = values[i];
    auto& k = m.values[i];
    if (v.type == value_type::missing || (older && k.type != value_type::missing)) continue;
    if (v.type == value_type::text)
      k.text.swap(texts_[i]);
    else
      k.text.clear();
    k.type = v.type, k.value = v.type == value_type::text ? slot{} : v.value;
  }
  if (!older) m.time_ms = time_ms;
  m.any = true;
}

void on_change_rule::save(const memory& m, std::string& out) const {
  memory_writer to(out);
  to.put(static_cast<std::uint8_t>(m.any)).put(m.time_ms);
  to.put(static_cast<std::uint16_t>(m.values.size()));
  for (const auto& v : m.values) to.put(v);
}

bool on_change_rule::restore(memory& m, std::string_view in) const {
  memory_reader from(in);
  const auto any = from.get<std::uint8_t>();
  m.time_ms = from.get<std::int64_t>();
  const auto count = from.get<std::uint16_t>();
  if (any > 1 || count != bands_.size()) return false;
  m.any = any != 0;
  m.values.resize(count);
  for (auto& v : m.values) v = from.value();
  return from.ok() && from.rest().empty();
}

} // namespace sluice
