// Reads a JSON document that must have a certain form. The first thing that is wrong is kept, with file,
// place, what was found and what is wanted; what follows is read as nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "messages/errors.hpp"

namespace sluice {

// A value and how it is written.
template <class E> struct word {
  E value;
  const char* text;
};

template <class E, std::size_t N> const char* text_of(const word<E> (&words)[N], E value) {
  for (const auto& w : words)
    if (w.value == value) return w.text;
  return "";
}

class json_walker {
public:
  explicit json_walker(std::string file) : file_(std::move(file)) {}

  void wrong(const std::string& where, const std::string& got, const std::string& want) {
    if (problem_.empty()) problem_ = file_ + ": " + where + " is wrong (got " + got + ", want " + want + ")";
  }
  // The member `key` of `map`; a null value and a finding when there is none of this sort.
  template <class Good>
  const nlohmann::ordered_json& member(const nlohmann::ordered_json& map, const std::string& where,
                                       const char* key, const char* want, Good good) {
    static const nlohmann::ordered_json nothing;
    const auto found = map.is_object() ? map.find(key) : map.end();
    const auto name = where.empty() ? key : where + "." + key;
    if (!map.is_object() || found == map.end()) {
      wrong(name, "nothing", want);
      return nothing;
    }
    if (good(*found)) return *found;
    wrong(name, found->dump(-1, ' ', true).substr(0, 60), want);
    return nothing;
  }
  std::string text(const nlohmann::ordered_json& map, const std::string& where, const char* key) {
    const auto& v =
        member(map, where, key, "a text", [](const nlohmann::ordered_json& j) { return j.is_string(); });
    return v.is_string() ? v.get<std::string>() : std::string();
  }
  double number(const nlohmann::ordered_json& map, const std::string& where, const char* key) {
    const auto& v =
        member(map, where, key, "a number", [](const nlohmann::ordered_json& j) { return j.is_number(); });
    return v.is_number() ? v.get<double>() : 0;
  }
  const nlohmann::ordered_json& list(const nlohmann::ordered_json& map, const std::string& where,
                                     const char* key) {
    return member(map, where, key, "a list", [](const nlohmann::ordered_json& j) { return j.is_array(); });
  }
  std::vector<std::string> texts(const nlohmann::ordered_json& map, const std::string& where,
                                 const char* key) {
    std::vector<std::string> all;
    for (const auto& v : member(map, where, key, "a list of texts", [](const nlohmann::ordered_json& j) {
           return j.is_array() && std::all_of(j.begin(), j.end(),
                                              [](const nlohmann::ordered_json& t) { return t.is_string(); });
         }))
      all.push_back(v.get<std::string>());
    return all;
  }
  std::vector<double> numbers(const nlohmann::ordered_json& map, const std::string& where, const char* key) {
    std::vector<double> all;
    for (const auto& v : member(map, where, key, "a list of numbers", [](const nlohmann::ordered_json& j) {
           return j.is_array() && std::all_of(j.begin(), j.end(),
                                              [](const nlohmann::ordered_json& n) { return n.is_number(); });
         }))
      all.push_back(v.get<double>());
    return all;
  }
  template <class E, std::size_t N>
  E choice(const nlohmann::ordered_json& map, const std::string& where, const char* key,
           const word<E> (&words)[N]) {
    const auto name = text(map, where, key);
    std::string want = "one of";
    for (const auto& w : words) {
      if (name == w.text) return w.value;
      want += std::string(" ") + w.text;
    }
    wrong(where.empty() ? key : where + "." + key, "\"" + name.substr(0, 60) + "\"", want);
    return words[0].value;
  }
  outcome<void> end() const {
    if (problem_.empty()) return {};
    return fail(ec::corrupt, problem_);
  }

private:
  std::string file_, problem_;
};

} // namespace sluice
