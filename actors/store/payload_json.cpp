#include "actors/store/payload_json.hpp"

#include <array>
#include <cstdint>

#include <nlohmann/json.hpp>

namespace sluice {

namespace {

constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const std::array<std::int8_t, 256>& values_of_letters() {
  static const auto table = [] {
    std::array<std::int8_t, 256> made;
    made.fill(-1);
    for (std::size_t i = 0; i < letters.size(); ++i)
      made[static_cast<unsigned char>(letters[i])] = static_cast<std::int8_t>(i);
    return made;
  }();
  return table;
}

} // namespace

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  const auto& values = values_of_letters();
  std::string out;
  out.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t word = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const bool pad = i + j >= text.size() - padding;
      const auto value = pad ? 0 : values[static_cast<unsigned char>(text[i + j])];
      if (value < 0) return std::nullopt;
      word = word << 6 | static_cast<std::uint32_t>(value);
    }
    out += static_cast<char>(word >> 16 & 0xff);
    out += static_cast<char>(word >> 8 & 0xff);
    out += static_cast<char>(word & 0xff);
  }
  out.resize(out.size() - padding);
  return out;
}

bool is_utf8(std::string_view s) noexcept {
  std::size_t i = 0;
  while (i < s.size()) {
    const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(s[k]); };
    const unsigned lead = byte(i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const std::size_t more = lead >= 0xC2 && lead <= 0xDF   ? 1
                             : lead >= 0xE0 && lead <= 0xEF ? 2
                             : lead >= 0xF0 && lead <= 0xF4 ? 3
                                                            : 0;
    if (more == 0 || s.size() - i <= more) return false;
    for (std::size_t k = 1; k <= more; ++k)
      if ((byte(i + k) & 0xC0) != 0x80) return false;
    const unsigned second = byte(i + 1);
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
        (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F))
      return false;
    i += more + 1;
  }
  return true;
}

std::string base64(std::string_view bytes) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = bytes.size() - i;
    const auto byte = [&](std::size_t k) { return k < n ? static_cast<unsigned char>(bytes[i + k]) : 0u; };
    const std::uint32_t v = byte(0) << 16 | byte(1) << 8 | byte(2);
    out += digits[v >> 18 & 63];
    out += digits[v >> 12 & 63];
    out += n > 1 ? digits[v >> 6 & 63] : '=';
    out += n > 2 ? digits[v & 63] : '=';
  }
  return out;
}

std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string payload_member(std::string_view payload) {
  return is_utf8(payload) ? "\"payload\":" + json_string(payload)
                          : "\"payload_base64\":\"" + base64(payload) + '"';
}

} // namespace sluice
