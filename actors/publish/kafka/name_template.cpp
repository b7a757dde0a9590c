#include "actors/publish/kafka/name_template.hpp"

namespace sluice {

outcome<name_template> name_template::parse(std::string_view text) {
  if (text.empty()) return fail(ec::invalid, "it is empty");
  name_template made;
  made.text_ = text;
  made.between_.emplace_back();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '}') return fail(ec::invalid, "a brace is not opened");
    if (text[i] != '{') {
      made.between_.back() += text[i];
      continue;
    }
    const auto end = text.find('}', i);
    if (end == std::string_view::npos) return fail(ec::invalid, "a brace is not closed");
    const auto name = text.substr(i + 1, end - i - 1);
    if (name.empty() || name.find('{') != std::string_view::npos)
      return fail(ec::invalid, "a name is missing between braces");
    made.names_.emplace_back(name);
    made.between_.emplace_back();
    i = end;
  }
  return made;
}

std::string name_template::expand(const std::vector<std::string>& values) const {
  auto out = between_.front();
  for (std::size_t i = 0; i < values.size(); ++i) out += values[i] + between_[i + 1];
  return out;
}

} // namespace sluice
