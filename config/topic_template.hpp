// Topic templates: "plant/{site}/{device}/climate" subscribes "plant/+/+/climate"; each {name} becomes a
// field.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "messages/errors.hpp"

namespace sluice::config {

class topic_template {
public:
  // Parses `text`. "$share/GROUP/" in front is kept for the subscription only. {rest...} at the end is "#".
  // Errors (ec::invalid): empty level name, a name used twice, "+"/"#" written by hand, braces not closed,
  // {rest...} not last, text beside a placeholder in one level ("a{b}").
  static outcome<topic_template> parse(std::string_view text);

  const std::string& text() const noexcept { return text_; }
  // The filter to SUBSCRIBE to, with $share prefix.
  const std::string& filter() const noexcept { return filter_; }
  // True iff it is a shared subscription.
  bool shared() const noexcept { return filter_.rfind("$share/", 0) == 0; }
  // Placeholder names in order of the levels; "rest" for {rest...}.
  const std::vector<std::string>& names() const noexcept { return names_; }
  bool has(std::string_view name) const noexcept;

  // Matches `topic`; on success fills `values` with names().size() views into `topic` and returns true.
  // `values` is reused by the caller: no allocation once its capacity is there. Thread safe.
  bool match(std::string_view topic, std::vector<std::string_view>& values) const;

  // The topic with every placeholder replaced (simulate, replay). names and `values` run in parallel.
  std::string expand(const std::vector<std::string_view>& values) const;

private:
  struct level {
    std::string literal; // "" for a placeholder
    bool placeholder = false;
    bool rest = false;
  };
  std::string text_, filter_;
  std::vector<level> levels_;
  std::vector<std::string> names_;
};

// True iff some topic matches both: a broker may then deliver one message twice to a session that has both.
bool overlap(const topic_template& a, const topic_template& b);

} // namespace sluice::config
