#include "actors/store/table_files.hpp"

#include <algorithm>
#include <cstdio>

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include "actors/store/file.hpp"
#include "actors/store/kept_content.hpp"

namespace sluice {

namespace {

constexpr std::string_view suffix = ".csv";

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
  return dir_ + "/" + kept_name(hash, suffix);
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
  if (auto done = mark_in_force(name); !done) return tl::unexpected(done.error());
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
  return tidy_kept(dir_, suffix, in_force, first_ms, now_ms);
}

} // namespace sluice
