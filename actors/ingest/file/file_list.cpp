#include "actors/ingest/file/file_list.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace sluice {

namespace {

constexpr int deepest = 64; // levels that ** goes down: a loop of symbolic links ends here

class lister {
public:
  lister(std::vector<file_facts>& found, std::vector<std::string>& problems)
      : found_(found), problems_(problems) {}

  void plain(const std::string& path) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) return problem(path);
    if (!S_ISDIR(facts.st_mode)) return add(path, facts);
    for (const auto& name : names_in(path))
      if (name.front() != '.') file(join(path, name));
  }

  // Follows levels [i, ..) from the folder `at` ("" = the working directory).
  void wild(const std::vector<std::string>& levels, std::size_t i, const std::string& at, int depth = 0,
            bool fixed = true) {
    if (i == 0 && levels[0].empty()) return wild(levels, 1, "/");
    const auto& level = levels[i];
    const bool last = i + 1 == levels.size();
    if (level == "**") {
      wild(levels, i + 1, at, depth, false);
      if (depth == deepest) return;
      for (const auto& name : names_in(at))
        if (name.front() != '.' && is_folder(join(at, name)))
          wild(levels, i, join(at, name), depth + 1, false);
      return;
    }
    if (!is_wild(level)) return step(levels, i, join(at, level), last, depth, fixed);
    std::vector<std::string_view> values;
    for (const auto& name : names_in(at)) {
      values.clear();
      if (name.front() == '.' && level.front() != '.') continue;
      if (match_level(level, name, values)) step(levels, i, join(at, name), last, depth, false);
    }
  }

private:
  // `fixed`: the pattern names this path itself, so that it must be there.
  void step(const std::vector<std::string>& levels, std::size_t i, const std::string& path, bool last,
            int depth, bool fixed) {
    if (last) return file(path);
    if (is_folder(path))
      wild(levels, i + 1, path, depth, fixed);
    else if (fixed)
      problem(path);
  }

  void file(const std::string& path) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) {
      if (errno != ENOENT) problem(path); // it went between the listing and now
    } else if (S_ISREG(facts.st_mode)) {
      add(path, facts);
    }
  }

  void add(const std::string& path, const struct stat& facts) {
    if (!S_ISREG(facts.st_mode)) {
      problems_.push_back(path + ": is no file and no folder");
      return;
    }
    found_.push_back({path, facts.st_ino, static_cast<std::uint64_t>(facts.st_size),
                      facts.st_mtim.tv_sec * 1'000'000'000LL + facts.st_mtim.tv_nsec});
  }

  std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(folder.empty() ? "." : folder.c_str()),
                                                  ::closedir);
    if (!dir) {
      problem(folder.empty() ? "." : folder);
      return names;
    }
    while (const auto* entry = ::readdir(dir.get())) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    return names;
  }

  static bool is_folder(const std::string& path) {
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
  }
  static std::string join(const std::string& folder, const std::string& name) {
    if (folder.empty()) return name;
    return folder.back() == '/' ? folder + name : folder + "/" + name;
  }
  void problem(const std::string& path) { problems_.push_back(path + ": " + std::strerror(errno)); }

  std::vector<file_facts>& found_;
  std::vector<std::string>& problems_;
};

} // namespace

std::vector<file_facts> list_files(const std::vector<path_pattern>& patterns,
                                   std::vector<std::string>& problems) {
  std::vector<file_facts> found;
  lister list(found, problems);
  for (const auto& p : patterns) {
    if (p.is_plain())
      list.plain(p.text());
    else
      list.wild(p.levels(), 0, "");
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  found.erase(
      std::unique(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.path == b.path; }),
      found.end());
  return found;
}

} // namespace sluice
