#include "actors/ingest/file/path_pattern.hpp"

#include <algorithm>

namespace sluice {

namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> levels;
  for (std::size_t at = 0; at <= path.size();) {
    const auto slash = std::min(path.find('/', at), path.size());
    // Two slashes are one, and one at the end says nothing.
    if (slash > at || at == 0) levels.emplace_back(path.substr(at, slash - at));
    at = slash + 1;
  }
  return levels;
}

bool good_name(std::string_view name) noexcept {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

// Matches levels [i, ..) of a pattern with the rest of a path.
bool match_from(const std::vector<std::string>& levels, std::size_t i, std::string_view path,
                std::vector<std::string_view>& values) {
  if (i == levels.size()) return false;
  if (levels[i] == "**") {
    const auto before = values.size();
    for (;;) { // ** takes no level, one, two, ..
      if (match_from(levels, i + 1, path, values)) return true;
      values.resize(before);
      const auto slash = path.find('/');
      if (slash == std::string_view::npos) return false;
      path.remove_prefix(slash + 1);
    }
  }
  const auto slash = path.find('/');
  const bool last = i + 1 == levels.size();
  if (last != (slash == std::string_view::npos)) return false;
  if (!match_level(levels[i], path.substr(0, slash), values)) return false;
  return last || match_from(levels, i + 1, path.substr(slash + 1), values);
}

} // namespace

bool is_wild(std::string_view level) noexcept {
  return level.find_first_of("*?{") != std::string_view::npos;
}

outcome<path_pattern> path_pattern::parse(std::string_view text) {
  path_pattern p;
  p.text_ = text;
  if (text.empty()) return fail(ec::invalid, "it is empty");
  p.levels_ = split(text);
  for (const auto& level : p.levels_) {
    if (!is_wild(level)) continue;
    p.plain_ = false;
    if (level.find("**") != std::string::npos && level != "**")
      return fail(ec::invalid, "** is a level of its own (got \"" + level + "\")");
    for (std::size_t at = level.find('{'); at != std::string::npos; at = level.find('{', at)) {
      const auto end = level.find('}', at);
      if (end == std::string::npos) return fail(ec::invalid, "a brace is not closed");
      auto name = level.substr(at + 1, end - at - 1);
      if (!good_name(name))
        return fail(ec::invalid, "{" + name + "} is no name (want letters, digits and _, a letter first)");
      if (p.has(name)) return fail(ec::invalid, "{" + name + "} stands in it twice");
      if (at > 0 && (level[at - 1] == '}' || level[at - 1] == '*'))
        return fail(ec::invalid, "nothing separates {" + name + "} from what stands before it");
      if (end + 1 < level.size() && level[end + 1] == '*')
        return fail(ec::invalid, "nothing separates {" + name + "} from the * behind it");
      p.names_.push_back(std::move(name));
      at = end;
    }
  }
  if (p.levels_.back() == "**")
    return fail(ec::invalid, "** is followed by nothing (want e.g. \"**/*.csv\")");
  return p;
}

bool path_pattern::has(std::string_view name) const noexcept {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

bool path_pattern::match(std::string_view path, std::vector<std::string_view>& values) const {
  values.clear();
  if (plain_) {
    if (path == text_) return true;
    std::string_view folder = text_;
    while (folder.size() > 1 && folder.back() == '/') folder.remove_suffix(1);
    if (path.size() <= folder.size() || !path.starts_with(folder)) return false;
    path.remove_prefix(folder.size());
    if (folder.back() != '/') {
      if (path.front() != '/') return false;
      path.remove_prefix(1);
    }
    return path.find('/') == std::string_view::npos;
  }
  return match_from(levels_, 0, path, values);
}

bool match_level(std::string_view level, std::string_view name, std::vector<std::string_view>& values) {
  if (level.empty()) return name.empty();
  const auto before = values.size();
  const auto rest = [&](std::size_t skip, std::size_t taken) {
    if (match_level(level.substr(skip), name.substr(taken), values)) return true;
    return false;
  };
  if (level.front() == '*') {
    // What begins with a dot is hidden: a * does not find it, as in a shell.
    for (auto taken = name.size() + 1; taken-- > 0;)
      if (rest(1, taken)) return true;
    return false;
  }
  if (level.front() == '{') {
    const auto end = level.find('}');
    for (auto taken = name.size(); taken > 0; --taken) {
      values.resize(before);
      values.push_back(name.substr(0, taken));
      if (rest(end + 1, taken)) return true;
    }
    values.resize(before);
    return false;
  }
  if (name.empty() || (level.front() != '?' && level.front() != name.front())) return false;
  return rest(1, 1);
}

} // namespace sluice
