#include "actors/store/kept_content.hpp"

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

#include "actors/store/file.hpp"

namespace sluice {

namespace {

// Of what is being removed: a folder goes file by file, and half of one must not bear the name of a whole
// one.
constexpr std::string_view removed = ".removed";

// The time of modification says when something went out of force; this one: it has not. 2200-01-01.
constexpr std::int64_t in_force_ms = 7258118400000;

outcome<void> set_time(const std::string& path, std::int64_t ms) {
  const timespec at{ms / 1000, ms % 1000 * 1000000};
  const timespec times[2] = {at, at};
  if (::utimensat(AT_FDCWD, path.c_str(), times, 0) != 0)
    return tl::unexpected(system_error(path, "its time cannot be set"));
  return {};
}

outcome<void> remove_whole(const std::string& path, const std::string& dir) {
  namespace fs = std::filesystem;
  std::error_code err;
  const auto there = path + std::string(removed);
  fs::remove_all(there, err);
  if (!err) fs::rename(path, there, err);
  if (err) return fail(ec::storage, path + ": cannot be removed: " + err.message());
  if (auto done = sync_directory(dir); !done) return done;
  fs::remove_all(there, err);
  if (err) return fail(ec::storage, there + ": cannot be removed: " + err.message());
  return {};
}

} // namespace

std::string kept_name(std::uint64_t hash, std::string_view suffix) {
  char name[17];
  std::snprintf(name, sizeof name, "%016llx", static_cast<unsigned long long>(hash));
  return name + std::string(suffix);
}

outcome<void> mark_in_force(const std::string& path) {
  return set_time(path, in_force_ms);
}

outcome<void> tidy_kept(const std::string& dir, std::string_view suffix,
                        const std::set<std::uint64_t>& in_force, std::int64_t first_ms, std::int64_t now_ms) {
  namespace fs = std::filesystem;
  std::error_code err;
  if (!fs::is_directory(dir, err)) return {};
  std::vector<fs::path> all; // what is renamed meanwhile must not come twice
  for (const auto& entry : fs::directory_iterator(dir, err)) all.push_back(entry.path());
  for (const auto& path : all) {
    const auto name = path.filename().string();
    if (name.ends_with(std::string(suffix).append(removed))) {
      fs::remove_all(path, err); // the process ended while it removed it
      continue;
    }
    std::uint64_t hash = 0;
    const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), hash, 16);
    if (bad != std::errc() || name != kept_name(hash, suffix) || in_force.contains(hash)) continue;
    struct stat s {};
    if (::stat(path.c_str(), &s) != 0) return tl::unexpected(system_error(name, "cannot be examined"));
    const std::int64_t modified = s.st_mtim.tv_sec * 1000 + s.st_mtim.tv_nsec / 1000000;
    if (modified >= in_force_ms) {
      if (auto done = set_time(path.string(), now_ms); !done) return done;
    } else if (modified < first_ms) {
      if (auto done = remove_whole(path.string(), dir); !done) return done;
    }
  }
  return {};
}

} // namespace sluice
