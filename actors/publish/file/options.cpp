// The declaration of `file:`.
#include "actors/publish/file/options.hpp"

#include "config/option_kinds.hpp"

namespace sluice {

namespace {

using namespace config;

// Only conversions whose text sorts and never holds a slash or a space.
std::optional<refusal> bad_file_path(const std::string& path) {
  constexpr std::string_view allowed = "YmdHMSjF%";
  if (path.empty()) return refusal{"is empty", "e.g. out.jsonl"};
  if (path.back() == '/') return refusal{"is a folder", "e.g. out.jsonl"};
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') continue;
    if (++i == path.size() || allowed.find(path[i]) == std::string_view::npos)
      return refusal{"holds an unknown time placeholder",
                     "%Y %m %d %H %M %S %j %F, or %% for a percent sign"};
  }
  return std::nullopt;
}

} // namespace

const options<file_options>& file_table() {
  static const auto table = options<file_options>("file").add(
      {"path",
       "File to append to, one JSON record per line; relative to the working directory. %Y %m %d %H %M %S %j "
       "%F stand "
       "for the time of writing in UTC: when the name changes, a new file begins.",
       "out/%Y-%m-%d.jsonl", required},
      &file_options::path, text(bad_file_path, "not empty, no folder", "path"));
  return table;
}

} // namespace sluice
