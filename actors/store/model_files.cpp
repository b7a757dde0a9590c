#include "actors/store/model_files.hpp"

#include <cstdio>
#include <filesystem>
#include <system_error>

#include <fcntl.h>

#include "actors/store/file.hpp"
#include "actors/store/kept_content.hpp"

namespace sluice {

namespace {

namespace fs = std::filesystem;

// What a bundle may consist of; one of the models is there.
constexpr const char* names[] = {"bundle.json", "samples.jsonl", "model.json", "model.ubj", "model.bin"};
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

} // namespace

outcome<std::string> model_files::copy(const std::string& bundle, std::uint64_t most,
                                       const std::string& name) const {
  std::error_code err;
  if (!fs::is_directory(bundle, err))
    return fail(ec::invalid, bundle + ": there is no such folder (want the bundle of a model)");
  const auto to = dir_ + "/" + name + ".new";
  fs::remove_all(to, err);
  if (auto made = make_directories(to); !made) return tl::unexpected(made.error());
  std::uint64_t total = 0;
  for (const auto* part : names) {
    const auto from = bundle + "/" + part;
    const auto bytes = fs::file_size(from, err);
    if (err) continue; // who loads it says what is missing
    total += bytes;
    if (total > most)
      return fail(ec::invalid, bundle + ": the bundle is too large (got more than " + std::to_string(most) +
                                   " bytes, want at most max_size)");
    if (auto done = copy_file(from, to + "/" + part, bytes); !done) return tl::unexpected(done.error());
  }
  if (auto done = sync_directory(to); !done) return tl::unexpected(done.error());
  return to;
}

outcome<void> model_files::keep(const std::string& copied, std::uint64_t id) const {
  const auto place = path(id);
  std::error_code err;
  if (!fs::is_directory(place, err)) {
    if (::rename(copied.c_str(), place.c_str()) != 0)
      return tl::unexpected(system_error(place, "cannot be renamed to"));
    if (auto done = sync_directory(dir_); !done) return done;
  } else {
    fs::remove_all(copied, err);
  }
  return mark_in_force(place);
}

std::string model_files::path(std::uint64_t id) const {
  return dir_ + "/" + kept_name(id, suffix);
}

outcome<void> model_files::tidy(const std::set<std::uint64_t>& in_force, std::int64_t first_ms,
                                std::int64_t now_ms) const {
  return tidy_kept(dir_, suffix, in_force, first_ms, now_ms);
}

} // namespace sluice
