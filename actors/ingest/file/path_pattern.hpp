// Which files a source reads: "data/{device}.csv", "logs/*.json", "/var/log/plant", one file, or every file
// of a folder. A {name} stands for one character or more of one level of the path and becomes a field of the
// events, {device} the device; * for any characters, ? for one, and ** as a whole level for any levels. Pure;
// file_list.hpp looks at the disk.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "messages/errors.hpp"

namespace sluice {

class path_pattern {
public:
  // Errors (ec::invalid): empty, a name that is empty, no name, used twice or follows another one
  // immediately, braces that are not closed, ** beside something else in one level.
  static outcome<path_pattern> parse(std::string_view text);

  const std::string& text() const noexcept { return text_; }
  // Placeholder names in order.
  const std::vector<std::string>& names() const noexcept { return names_; }
  bool has(std::string_view name) const noexcept;
  // True iff it is one path as it stands: a file, or a folder whose files are meant.
  bool is_plain() const noexcept { return plain_; }
  // The levels, without the slashes between them; an absolute path begins with an empty one.
  const std::vector<std::string>& levels() const noexcept { return levels_; }

  // Matches `path` as file_list names it; on success fills `values` with names().size() views into `path`. A
  // plain pattern matches itself and, as a folder, what lies in it directly.
  bool match(std::string_view path, std::vector<std::string_view>& values) const;

private:
  std::string text_;
  std::vector<std::string> levels_, names_;
  bool plain_ = true;
};

// True iff `name` matches one level of a pattern. `values` gets what its placeholders stand for; the longest
// possible text for the first, then for the next.
bool match_level(std::string_view level, std::string_view name, std::vector<std::string_view>& values);
// True iff the level has a *, ? or {name} in it.
bool is_wild(std::string_view level) noexcept;

} // namespace sluice
