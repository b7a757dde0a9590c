// The words of option_info::type as schemas.
#include "config/schema.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::config {

namespace {

constexpr const char* replaced_later = "\\$[{(]"; // ${VAR}, $(PARAMETER)

json_schema text_with(const std::string& pattern) {
  return {{"type", "string"}, {"pattern", pattern.empty() ? replaced_later : pattern + "|" + replaced_later}};
}

// YAML says 5 and true where a text is meant, too.
json_schema any_scalar() {
  return {{"type", json_schema::array({"string", "number", "boolean"})}};
}

json_schema any_of(json_schema alternatives) {
  if (alternatives.size() == 1) return alternatives.front();
  return {{"anyOf", std::move(alternatives)}};
}

bool is_word(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-';
  });
}

std::vector<std::string> split(std::string text, const std::vector<std::string>& separators) {
  std::vector<std::string> parts;
  for (;;) {
    std::size_t at = std::string::npos, length = 0;
    for (const auto& s : separators)
      if (const auto found = text.find(s); found < at) at = found, length = s.size();
    parts.push_back(text.substr(0, at));
    if (at == std::string::npos) return parts;
    text.erase(0, at + length);
  }
}

// The words of a choice: also as the number or the truth value that YAML makes of them.
json_schema words(const std::string& bounds) {
  auto all = json_schema::array();
  for (const auto& word : split(bounds, {", "})) {
    if (!is_word(word)) continue;
    all.push_back(word);
    if (word == "true" || word == "false") all.push_back(word == "true");
    long number = 0;
    const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (code == std::errc() && end == word.data() + word.size()) all.push_back(number);
  }
  return {{"enum", std::move(all)}};
}

json_schema whole_number(const std::string& bounds) {
  json_schema made{{"type", "integer"}};
  const auto limits = split(bounds, {" to "});
  if (limits.size() == 2)
    for (const auto& [key, text] : {std::pair("minimum", limits[0]), std::pair("maximum", limits[1])}) {
      long long value = 0;
      const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (code == std::errc() && end == text.data() + text.size()) made[key] = value;
    }
  return made;
}

// Adds what one alternative of a type allows; false = the word is not known.
bool add(const std::string& word, const option_info& option, json_schema& to) {
  static const std::array<const char*, 13> texts{"text", "column",     "unit",    "name", "path",
                                                 "url",  "topic",      "date",    "zone", "type",
                                                 "glob", "expression", "template"};
  if (word.size() > 2 && word.front() == '`' && word.back() == '`') {
    to.push_back(words(word.substr(1, word.size() - 2)));
  } else if (std::find(texts.begin(), texts.end(), word) != texts.end()) {
    to.push_back(any_scalar());
  } else if (word == "duration") {
    to.push_back(text_with("^([0-9]+(d|h|ms|m|s))+$"));
  } else if (word == "calendar length") {
    to.push_back(text_with("^[0-9]+(w|mo|y)$"));
  } else if (word == "size") {
    to.push_back(text_with("^[0-9]+(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$"));
  } else if (word == "whole number") {
    to.push_back(whole_number(option.bounds));
    to.push_back(text_with(""));
  } else if (word == "number") {
    to.push_back({{"type", "number"}});
    to.push_back(text_with(""));
  } else if (word == "true or false") {
    to.push_back({{"type", "boolean"}});
    to.push_back(text_with("^(true|false)$"));
  } else if (word == "choice") {
    to.push_back(words(option.bounds));
    to.push_back(text_with(""));
  } else if (word == "map") {
    to.push_back(option.nested.empty() ? json_schema{{"type", "object"}} : schema_of(option.nested));
  } else if (word.rfind("map of", 0) == 0) {
    to.push_back({{"type", "object"}});
  } else if (word.rfind("list of", 0) == 0) {
    to.push_back({{"type", "array"}});
  } else if (word == "list") {
    json_schema list{{"type", "array"}, {"minItems", 1}};
    if (!to.empty()) list["items"] = any_of(to);
    to.push_back(std::move(list));
  } else {
    return false;
  }
  return true;
}

json_schema value_of(const option_info& option) {
  auto alternatives = json_schema::array();
  const auto parts = option.type == "true or false" ? std::vector<std::string>{option.type}
                                                    : split(option.type, {", or ", " or ", ", "});
  for (const auto& word : parts)
    if (!add(word, option, alternatives)) return json_schema::object();
  return any_of(std::move(alternatives));
}

} // namespace

json_schema schema_of(const option_info& option) {
  auto made = value_of(option);
  auto about = option.what.sentence;
  if (!option.bounds.empty()) about += " (" + option.bounds + ")";
  made["description"] = about;
  if (!option.what.example.empty()) made["examples"] = json_schema::array({option.what.example});
  if (!option.what.required && !option.fallback.empty() && option.nested.empty())
    made["default"] = option.fallback;
  return made;
}

json_schema schema_of(const std::vector<option_info>& options) {
  json_schema made{
      {"type", "object"}, {"additionalProperties", false}, {"properties", json_schema::object()}};
  auto required = json_schema::array();
  for (const auto& option : options) {
    made["properties"][option.what.name] = schema_of(option);
    if (option.what.required) required.push_back(option.what.name);
  }
  if (!required.empty()) made["required"] = std::move(required);
  return made;
}

} // namespace sluice::config
