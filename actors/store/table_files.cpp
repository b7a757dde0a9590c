#include "actors/store/table_files.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "actors/store/file.hpp"

namespace sluice {

namespace {

// The time of modification says when a content went out of force; this one: it has not. 2200-01-01.
constexpr std::int64_t in_force_ms = 7258118400000;
constexpr std::string_view suffix = ".csv";

outcome<void> set_time(const std::string& path, std::int64_t ms) {
  const timespec at{ms / 1000, ms % 1000 * 1000000};
  const timespec times[2] = {at, at};
  if (::utimensat(AT_FDCWD, path.c_str(), times, 0) != 0)
    return tl::unexpected(system_error(path, "its time cannot be set"));
  return {};
}

} // namespace

std::uint64_t table_hash(std::string_view content) noexcept {
  return XXH3_64bits(content.data(), content.size());
}

outcome<std::string> read_up_to(const std::string& path, std::size_t most) {
  const auto because = [&](const error& e) { return fail(ec::invalid, e.text); };
  auto from = file::open(path, O_RDONLY);
  if (!from) return because(from.error());
  const auto size = from->size();
  if (!size) return because(size.error());
  std::string content(std::min<std::uint64_t>(*size, most + 1), '\0');
  const auto got = from->read_at(content.data(), content.size(), 0);
  if (!got) return because(got.error());
  content.resize(*got);
  return content;
}

std::string table_files::path(std::uint64_t hash) const {
  char name[17];
  std::snprintf(name, sizeof name, "%016llx", static_cast<unsigned long long>(hash));
  return dir_ + "/" + name + std::string(suffix);
}

outcome<std::uint64_t> table_files::keep(std::string_view content) const {
  const auto hash = table_hash(content);
  const auto name = path(hash);
  if (!read(hash)) {
    if (auto made = make_directories(dir_); !made) return tl::unexpected(made.error());
    const auto unfinished = name + ".new";
    auto to = file::open(unfinished, O_WRONLY | O_CREAT | O_TRUNC);
    if (!to) return tl::unexpected(to.error());
    if (auto done = to->write_at(content.data(), content.size(), 0); !done)
      return tl::unexpected(done.error());
    if (auto done = to->sync_data(); !done) return tl::unexpected(done.error());
    if (::rename(unfinished.c_str(), name.c_str()) != 0)
      return tl::unexpected(system_error(name, "cannot be renamed to"));
    if (auto done = sync_directory(dir_); !done) return tl::unexpected(done.error());
  }
  if (auto done = set_time(name, in_force_ms); !done) return tl::unexpected(done.error());
  return hash;
}

outcome<std::string> table_files::read(std::uint64_t hash) const {
  auto from = file::open(path(hash), O_RDONLY);
  if (!from) return tl::unexpected(from.error());
  const auto size = from->size();
  if (!size) return tl::unexpected(size.error());
  std::string content(*size, '\0');
  const auto got = from->read_at(content.data(), content.size(), 0);
  if (!got) return tl::unexpected(got.error());
  content.resize(*got);
  if (table_hash(content) != hash)
    return fail(ec::corrupt,
                path(hash) + ": a kept look-up table is damaged (got other bytes than were kept)");
  return content;
}

outcome<void> table_files::tidy(const std::set<std::uint64_t>& in_force, std::int64_t first_ms,
                                std::int64_t now_ms) const {
  namespace fs = std::filesystem;
  std::error_code err;
  if (!fs::is_directory(dir_, err)) return {};
  for (const auto& entry : fs::directory_iterator(dir_, err)) {
    const auto name = entry.path().filename().string();
    std::uint64_t hash = 0;
    const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), hash, 16);
    if (bad != std::errc() || std::string_view(end) != suffix || in_force.contains(hash)) continue;
    struct stat s {};
    if (::stat(entry.path().c_str(), &s) != 0)
      return tl::unexpected(system_error(name, "cannot be examined"));
    const std::int64_t modified = s.st_mtim.tv_sec * 1000 + s.st_mtim.tv_nsec / 1000000;
    if (modified >= in_force_ms) {
      if (auto done = set_time(entry.path().string(), now_ms); !done) return done;
    } else if (modified < first_ms && ::unlink(entry.path().c_str()) != 0) {
      return tl::unexpected(system_error(entry.path().string(), "cannot be removed"));
    }
  }
  return {};
}

} // namespace sluice
