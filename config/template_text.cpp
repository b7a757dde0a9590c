#include "config/template_text.hpp"

#include <algorithm>

namespace sluice::config {

namespace {

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

} // namespace

std::string
replace_parameters(std::string_view text,
                   const std::function<std::string(std::string_view name, std::size_t offset)>& name,
                   const std::function<void(std::size_t offset)>& bad) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text.substr(i, 3) == "$$(") {
      out += "$(";
      i += 3;
      continue;
    }
    if (text.substr(i, 2) != "$(") {
      out += text[i++];
      continue;
    }
    const auto end = text.find(')', i);
    const auto inside = end == std::string_view::npos ? std::string_view() : text.substr(i + 2, end - i - 2);
    if (is_name(inside)) {
      out += name(inside, i);
      i = end + 1;
    } else {
      bad(i);
      out += "$(";
      i += 2;
    }
  }
  return out;
}

} // namespace sluice::config
