// Parsing and matching of topic templates, level by level (MQTT 5, 4.7).
#include "config/topic_template.hpp"

#include <algorithm>

namespace sluice::config {

namespace {

constexpr std::string_view share = "$share/";

// Takes the level in front of the next '/' off `text`; `more` says whether a '/' followed.
std::string_view take_level(std::string_view& text, bool& more) {
  const auto slash = text.find('/');
  more = slash != std::string_view::npos;
  const auto level = text.substr(0, slash);
  text.remove_prefix(more ? slash + 1 : text.size());
  return level;
}

bool good_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

} // namespace

outcome<topic_template> topic_template::parse(std::string_view text) {
  topic_template made;
  made.text_ = text;
  if (text.empty()) return fail(ec::invalid, "the topic is empty");
  if (text.size() > 65535) return fail(ec::invalid, "the topic is longer than 65535 bytes");
  if (text.find('\0') != std::string_view::npos) return fail(ec::invalid, "the topic contains a NUL");
  auto rest = text;
  if (rest.substr(0, share.size()) == share) {
    const auto slash = rest.find('/', share.size());
    const auto group =
        rest.substr(share.size(), slash == std::string_view::npos ? slash : slash - share.size());
    if (group.empty() || group.find_first_of("+#{}") != std::string_view::npos)
      return fail(ec::invalid, "$share/ needs a group name without + # { }");
    if (slash == std::string_view::npos || slash + 1 == rest.size())
      return fail(ec::invalid, "$share/" + std::string(group) + " has no topic behind it");
    made.filter_ = rest.substr(0, slash + 1);
    rest.remove_prefix(slash + 1);
  }
  bool more = true;
  while (more) {
    const auto word = take_level(rest, more);
    if (word.find_first_of("+#") != std::string_view::npos)
      return fail(ec::invalid,
                  "+ and # are not written by hand: name the level, as in {device} or {rest...}");
    const auto open = word.find('{');
    if (open == std::string_view::npos && word.find('}') == std::string_view::npos) {
      made.levels_.push_back({std::string(word), false, false});
      made.filter_ += std::string(word) + (more ? "/" : "");
      continue;
    }
    if (open == std::string_view::npos || word.find('}') == std::string_view::npos)
      return fail(ec::invalid, "a brace is not closed in " + std::string(word));
    if (open != 0 || word.find('}') != word.size() - 1 || word.find('{', 1) != std::string_view::npos)
      return fail(ec::invalid, "a name must fill its whole level, not " + std::string(word));
    auto name = word.substr(1, word.size() - 2);
    const bool is_rest = name.size() > 3 && name.substr(name.size() - 3) == "...";
    if (is_rest) {
      name.remove_suffix(3);
      if (name != "rest")
        return fail(ec::invalid, "only {rest...} takes many levels, not " + std::string(word));
      if (more) return fail(ec::invalid, "{rest...} must be the last level");
    }
    if (name.empty()) return fail(ec::invalid, "a level has no name: {}");
    if (!good_name(name))
      return fail(ec::invalid,
                  "a level name may hold letters, digits, _ and - only, not " + std::string(word));
    if (made.has(name)) return fail(ec::invalid, "the name {" + std::string(name) + "} is used twice");
    made.names_.emplace_back(name);
    made.levels_.push_back({"", true, is_rest});
    made.filter_ += (is_rest ? "#" : "+") + std::string(more ? "/" : "");
  }
  return made;
}

bool topic_template::has(std::string_view name) const noexcept {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

bool topic_template::match(std::string_view topic, std::vector<std::string_view>& values) const {
  values.clear();
  // A wildcard in the first level does not match topics of the broker's own, $SYS/.. (MQTT 5, 4.7.2).
  if (!topic.empty() && topic.front() == '$' && !levels_.empty() && levels_.front().placeholder) return false;
  bool more = true;
  for (const auto& l : levels_) {
    if (l.rest) { // '#' includes the parent level: "a/#" matches "a"
      values.push_back(more ? topic : std::string_view());
      return true;
    }
    if (!more) return false;
    const auto word = take_level(topic, more);
    if (l.placeholder)
      values.push_back(word);
    else if (word != l.literal)
      return false;
  }
  return !more;
}

std::string topic_template::expand(const std::vector<std::string_view>& values) const {
  std::string topic;
  std::size_t next = 0;
  for (const auto& l : levels_) {
    if (&l != &levels_.front()) topic += '/';
    if (!l.placeholder)
      topic += l.literal;
    else if (next < values.size())
      topic += values[next++];
  }
  return topic;
}

bool overlap(const topic_template& a, const topic_template& b) {
  const auto without_share = [](std::string_view filter) {
    if (filter.substr(0, share.size()) == share) filter.remove_prefix(filter.find('/', share.size()) + 1);
    return filter;
  };
  auto left = without_share(a.filter()), right = without_share(b.filter());
  bool more_left = true, more_right = true;
  while (more_left && more_right) {
    const auto l = take_level(left, more_left), r = take_level(right, more_right);
    if (l == "#" || r == "#") return true;
    if (l != r && l != "+" && r != "+") return false;
  }
  // "a/#" matches "a" too.
  return more_left == more_right || (more_left && left == "#") || (more_right && right == "#");
}

} // namespace sluice::config
