// "Did you mean": the known name that a mistyped one is closest to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

// Returns the least number of insertions, deletions, replacements and swaps of neighbours that turn `a` into
// `b` (optimal string alignment, Damerau 1964), in bytes, upper and lower case being equal.
std::size_t edit_distance(std::string_view a, std::string_view b);

// Returns the name of `known` nearest to `got`, or "" when none is near: at most one edit per three bytes of
// the longer name, at least one allowed. Of equally near names the first wins.
std::string nearest_name(std::string_view got, const std::vector<std::string>& known);

// Returns `, did you mean "NAME"?` or "": to be put behind what is wrong.
std::string did_you_mean(std::string_view got, const std::vector<std::string>& known);

// Returns "a, b, c" for messages; "none" of an empty list.
std::string list_of_names(const std::vector<std::string>& names);

} // namespace sluice::config
