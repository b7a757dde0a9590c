#include "app/trial/trial_compare.hpp"

#include <algorithm>
#include <set>

namespace sluice {

namespace {

// Both views of one number: 4 and 4.0 are equal.
bool equal_number(const trial_json& a, const trial_json& b) {
  if (a.is_number_float() || b.is_number_float()) return a.get<double>() == b.get<double>();
  return a == b;
}

bool equal(const trial_json& want, const trial_json& got) {
  if (want.is_number() && got.is_number()) return equal_number(want, got);
  if (want.is_object() && got.is_object() && want.size() == got.size())
    return std::all_of(want.items().begin(), want.items().end(), [&](const auto& item) {
      return got.contains(item.key()) && equal(item.value(), got[item.key()]);
    });
  if (want.is_array() && got.is_array() && want.size() == got.size())
    return std::equal(want.begin(), want.end(), got.begin(), equal);
  return want == got;
}

// Adds "  PATH: want .., got .." for every difference.
void differences(const trial_json& want, const trial_json& got, const std::string& path, bool whole,
                 std::string& out) {
  const auto line = [&](const std::string& at, const std::string& w, const std::string& g) {
    out += "      " + at + ": want " + w + ", got " + g + "\n";
  };
  if (!want.is_object() || !got.is_object()) {
    if (!equal(want, got)) line(path, want.dump(), got.dump());
    return;
  }
  for (const auto& [key, value] : want.items()) {
    const auto at = path.empty() ? key : path + "." + key;
    if (!got.contains(key))
      line(at, value.dump(), "nothing");
    else
      differences(value, got[key], at, true, out);
  }
  if (whole)
    for (const auto& [key, value] : got.items())
      if (!want.contains(key)) line(path + "." + key, "nothing", value.dump());
}

// Compares two lists place by place.
void compare_lists(const std::string& what, const std::vector<const trial_json*>& want,
                   const std::vector<const trial_json*>& got, std::string& out) {
  for (std::size_t i = 0; i < std::max(want.size(), got.size()); ++i) {
    const auto number = std::to_string(i + 1);
    if (i >= got.size()) {
      out += "    " + what + ": number " + number + " is missing\n      want " + want[i]->dump() + "\n";
    } else if (i >= want.size()) {
      out += "    " + what + ": number " + number + " was not expected\n      got  " + got[i]->dump() + "\n";
    } else {
      std::string lines;
      differences(*want[i], *got[i], "", false, lines);
      if (!lines.empty()) out += "    " + what + ": number " + number + " differs\n" + lines;
    }
  }
}

std::string whose(const trial_json& r) {
  const auto text = [&](const char* key) {
    if (!r.contains(key)) return std::string();
    return " " + (r[key].is_string() ? r[key].get<std::string>() : r[key].dump());
  };
  return "results of" + text("pipeline") + text("device") + text("key");
}

using lists = std::map<std::string, std::vector<const trial_json*>>;

lists by_device(const std::vector<trial_json>& all) {
  lists made;
  for (const auto& r : all) made[whose(r)].push_back(&r);
  return made;
}

std::vector<const trial_json*> pointers(const std::vector<trial_json>& all) {
  std::vector<const trial_json*> made;
  for (const auto& one : all) made.push_back(&one);
  return made;
}

// A value as YAML in flow style: JSON is YAML, but for what stands behind a colon without blank.
std::string flow(const trial_json& value) {
  if (value.is_object()) {
    std::string out;
    for (const auto& [key, v] : value.items()) {
      const bool word =
          !key.empty() && key.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
                                                "0123456789") == std::string::npos;
      out += (out.empty() ? "" : ", ") + (word ? key : trial_json(key).dump()) + ": " + flow(v);
    }
    return "{ " + out + " }";
  }
  return value.dump();
}

} // namespace

std::string compare(const trial_case& expected, const trial_output& got) {
  std::string out;
  if (expected.results) {
    auto want = by_device(*expected.results), came = by_device(got.results);
    std::set<std::string> devices;
    for (const auto& all : {want, came})
      for (const auto& [name, list] : all) devices.insert(name);
    for (const auto& name : devices) compare_lists(name, want[name], came[name], out);
  }
  compare_lists("dead letters", pointers(expected.dead_letters), pointers(got.dead_letters), out);
  for (const auto& [name, counters] : expected.counters)
    for (const auto& [key, want] : counters) {
      const auto at = got.counters.find(name);
      const bool known = at != got.counters.end() && at->second.contains(key);
      if (!known)
        out += "    counters: there is no " + name + "." + key + "\n";
      else if (at->second.at(key) != want)
        out += "    counters: " + name + "." + key + ": want " + std::to_string(want) + ", got " +
               std::to_string(at->second.at(key)) + "\n";
    }
  return out;
}

std::string as_expectation(const trial_output& got) {
  std::string out;
  const auto list = [&](const char* name, const std::vector<trial_json>& all) {
    out += std::string("    ") + name + ":" + (all.empty() ? " []\n" : "\n");
    for (const auto& one : all) out += "      - " + flow(one) + "\n";
  };
  list("results", got.results);
  list("dead_letters", got.dead_letters);
  return out;
}

} // namespace sluice
