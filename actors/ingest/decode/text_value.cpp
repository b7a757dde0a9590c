#include "actors/ingest/decode/text_value.hpp"

#include <algorithm>

#include "actors/ingest/decode/json_number.hpp"

namespace sluice {

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

found_value guess_number(std::string_view text, char decimal) noexcept {
  text = trimmed(text);
  if (text.empty() || (text.front() != '-' && (text.front() < '0' || text.front() > '9'))) return {};
  char room[64];
  if (decimal != '.') {
    if (text.size() > sizeof room || text.find('.') != std::string_view::npos) return {};
    const auto* end = std::replace_copy(text.begin(), text.end(), room, decimal, '.');
    text = {room, static_cast<std::size_t>(end - room)};
  }
  value_type type{};
  slot value;
  const char* const end = text.data() + text.size();
  if (read_number(text.data(), end, type, value) != end || type == value_type::missing) return {};
  return {static_cast<found_value::kind>(type), value, {}};
}

found_value guess_value(std::string_view text, char decimal) noexcept {
  auto v = guess_number(text, decimal);
  if (v.what != found_value::kind::missing) return v;
  text = trimmed(text);
  return text.empty() ? found_value{} : found_value::of_text(text);
}

} // namespace sluice
