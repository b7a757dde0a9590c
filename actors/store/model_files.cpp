#include "actors/store/model_files.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>

#include "actors/store/file.hpp"
#include "actors/store/kept_content.hpp"

namespace sluice {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view suffix = ".model";

outcome<void> copy_file(const std::string& from, const std::string& to, std::uint64_t bytes) {
  auto in = file::open(from, O_RDONLY);
  if (!in) return fail(ec::invalid, in.error().text);
  auto out = file::open(to, O_WRONLY | O_CREAT | O_TRUNC);
  if (!out) return tl::unexpected(out.error());
  std::string buffer(1 << 20, '\0');
  for (std::uint64_t done = 0; done < bytes;) {
    const auto got = in->read_at(buffer.data(), std::min<std::uint64_t>(buffer.size(), bytes - done), done);
    if (!got) return fail(ec::invalid, got.error().text);
    if (*got == 0) break;
    if (auto written = out->write_at(buffer.data(), *got, done); !written) return written;
    done += *got;
  }
  return out->sync_data();
}

// True iff both have the same bytes, or both are absent.
bool is_same_file(const std::string& a, const std::string& b) {
  std::error_code err;
  if (!fs::exists(a, err) || !fs::exists(b, err)) return !fs::exists(a, err) && !fs::exists(b, err);
  auto one = file::open(a, O_RDONLY), other = file::open(b, O_RDONLY);
  if (!one || !other) return false;
  std::string left(1 << 20, '\0'), right(left.size(), '\0');
  for (std::uint64_t at = 0;;) {
    const auto got = one->read_at(left.data(), left.size(), at);
    const auto same = other->read_at(right.data(), right.size(), at);
    if (!got || !same || *got != *same || left.compare(0, *got, right, 0, *got) != 0) return false;
    if (*got == 0) return true;
    at += *got;
  }
}

bool is_same(const std::string& a, const std::string& b) {
  return std::all_of(std::begin(model_files::parts), std::end(model_files::parts),
                     [&](const auto* part) { return is_same_file(a + "/" + part, b + "/" + part); });
}

struct part_of_bundle {
  std::string name;
  std::uint64_t bytes;
};

std::vector<part_of_bundle> parts_in(const std::string& bundle) {
  std::vector<part_of_bundle> all;
  for (const auto* part : model_files::parts) {
    std::error_code err;
    const auto bytes = fs::file_size(bundle + "/" + part, err);
    if (!err) all.push_back({part, bytes}); // who loads it says what is missing
  }
  return all;
}

std::uint64_t sum_of(const std::vector<part_of_bundle>& parts) {
  std::uint64_t sum = 0;
  for (const auto& p : parts) sum += p.bytes;
  return sum;
}

} // namespace

std::uint64_t model_files::bytes_of(const std::string& bundle) {
  return sum_of(parts_in(bundle));
}

outcome<std::string> model_files::copy(const std::string& bundle, std::uint64_t most,
                                       const std::string& name) const {
  std::error_code err;
  if (!fs::is_directory(bundle, err))
    return fail(ec::invalid, bundle + ": there is no such folder (want the bundle of a model)");
  const auto parts = parts_in(bundle);
  const auto to = dir_ + "/" + name + ".new";
  fs::remove_all(to, err);
  if (const auto bytes = sum_of(parts); bytes > most)
    return fail(ec::invalid, bundle + ": the bundle is too large (got " + std::to_string(bytes) +
                                 " bytes, want at most max_size, " + std::to_string(most) + ")");
  if (auto made = make_directories(to); !made) return tl::unexpected(made.error());
  for (const auto& [part, bytes] : parts)
    if (auto done = copy_file(bundle + "/" + part, to + "/" + part, bytes); !done) {
      fs::remove_all(to, err);
      return tl::unexpected(done.error());
    }
  if (auto done = sync_directory(to); !done) return tl::unexpected(done.error());
  return to;
}

outcome<void> model_files::keep(const std::string& copied, std::uint64_t id) const {
  const auto place = path(id);
  std::error_code err;
  if (!is_same(copied, place)) {
    // What is there may be torn: by a disk, or by somebody.
    const auto flags = fs::exists(place, err) ? RENAME_EXCHANGE : RENAME_NOREPLACE;
    if (::renameat2(AT_FDCWD, copied.c_str(), AT_FDCWD, place.c_str(), flags) != 0)
      return tl::unexpected(system_error(place, "cannot be renamed to"));
    if (auto done = sync_directory(dir_); !done) return done;
  }
  fs::remove_all(copied, err);
  return mark_in_force(place);
}

void model_files::discard(const std::string& copied) const {
  std::error_code err;
  fs::remove_all(copied, err); // the next copy would overwrite it
}

std::string model_files::path(std::uint64_t id) const {
  return dir_ + "/" + kept_name(id, suffix);
}

outcome<void> model_files::tidy(const std::set<std::uint64_t>& in_force, std::int64_t first_ms,
                                std::int64_t now_ms) const {
  return tidy_kept(dir_, suffix, in_force, first_ms, now_ms);
}

} // namespace sluice
