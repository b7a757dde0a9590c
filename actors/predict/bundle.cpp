// The folder of a bundle: read from one open folder, written beside its place and exchanged.
#include "actors/predict/bundle.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/predict/sha256.hpp"
#include "actors/store/file.hpp"

namespace sluice {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_file = std::size_t(1) << 31; // bytes

tl::unexpected<error> failed(const std::string& what, const std::string& path) {
  return fail(ec::storage, what + " " + path + ": " + std::strerror(errno));
}

outcome<std::string> read_file(const file& folder, const std::string& name) {
  const auto where = folder.path() + "/" + name;
  const auto from = file::open_at(folder, name, O_RDONLY);
  struct stat facts {};
  if (!from || ::fstat(from->fd(), &facts) != 0) return failed("cannot read", where);
  if (!S_ISREG(facts.st_mode) || static_cast<std::size_t>(facts.st_size) > longest_file)
    return fail(ec::corrupt, where + " is no file of a bundle (got " + std::to_string(facts.st_size) +
                                 " bytes, want a file of at most 2 GiB)");
  std::string bytes(static_cast<std::size_t>(facts.st_size), '\0');
  const auto got = from->read_at(bytes.data(), bytes.size(), 0);
  if (!got) return tl::unexpected(got.error());
  bytes.resize(*got);
  return bytes;
}

outcome<std::string> read_checked(const file& folder, const std::string& name, const std::string& hash) {
  auto bytes = read_file(folder, name);
  if (!bytes) return bytes;
  if (const auto got = sha256_of(*bytes); got != hash)
    return fail(ec::corrupt, folder.path() + "/" + name +
                                 " is not the file that bundle.json means (got SHA-256 " + got + ", want " +
                                 hash + ")");
  return bytes;
}

outcome<void> write_file(const std::string& path, const std::string& bytes) {
  const auto to = file::open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (!to) return tl::unexpected(to.error());
  if (auto done = to->write_at(bytes.data(), bytes.size(), 0); !done) return done;
  return to->sync_data();
}

// Keeps signals that end the process waiting.
class patience {
public:
  patience() {
    sigset_t ends;
    sigemptyset(&ends);
    for (const int s : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&ends, s);
    pthread_sigmask(SIG_BLOCK, &ends, &before_);
  }
  patience(const patience&) = delete;
  patience& operator=(const patience&) = delete;
  ~patience() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
  sigset_t before_;
};

// The folder of a bundle and the one above it.
struct bundle_place {
  fs::path folder, parent;
  explicit bundle_place(const std::string& path) : folder(fs::path(path).lexically_normal()) {
    if (!folder.has_filename()) folder = folder.parent_path();
    parent = folder.has_parent_path() ? folder.parent_path() : fs::path(".");
  }
};

// Puts the folder `made` in the place of `path`; what stood there is removed.
outcome<void> take_place(const std::string& made, const std::string& path) {
  if (::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) return {};
  if (errno != EEXIST || ::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE) != 0)
    return failed("cannot replace", path);
  std::error_code ignored; // what stays of the old one has another name and harms nobody
  fs::remove_all(made, ignored);
  return {};
}

} // namespace

outcome<read_bundle> load_bundle(const std::string& path) {
  const auto folder = file::open(path, O_RDONLY | O_DIRECTORY);
  if (!folder) return failed("cannot open the model bundle", path);
  const auto text = read_file(*folder, "bundle.json");
  if (!text) return tl::unexpected(text.error());
  read_bundle made;
  const auto files = parse_bundle(*text, path + "/bundle.json", made.what);
  if (!files) return tl::unexpected(files.error());
  auto model = read_checked(*folder, files->model, files->model_hash);
  if (!model) return tl::unexpected(model.error());
  made.what.model = std::move(*model);
  const auto samples = read_checked(*folder, "samples.jsonl", files->samples_hash);
  if (!samples) return tl::unexpected(samples.error());
  if (auto good = parse_samples(*samples, path + "/samples.jsonl", made.what); !good)
    return tl::unexpected(good.error());
  made.hash = sha256_of(*text);
  return made;
}

outcome<void> check_place(const std::string& path) {
  const auto [folder, parent] = bundle_place(path);
  std::error_code code;
  fs::create_directories(parent, code);
  if (code) return fail(ec::storage, "cannot make the folder " + parent.string() + ": " + code.message());
  if (::access(parent.c_str(), W_OK | X_OK) != 0) return failed("cannot make a folder in", parent.string());
  // What stands there would be removed as a whole.
  if (!fs::exists(folder, code) || fs::exists(folder / "bundle.json", code)) return {};
  if (fs::is_directory(folder, code) && fs::is_empty(folder, code)) return {};
  return fail(ec::storage, folder.string() + " is no place for a model bundle (got " +
                               (fs::is_directory(folder, code) ? "a folder of other things" : "a file") +
                               ", want nothing, an empty folder or a bundle)");
}

outcome<std::string> save_bundle(const bundle& what, const std::string& path) {
  if (auto good = check_place(path); !good) return tl::unexpected(good.error());
  const auto [folder, parent] = bundle_place(path);
  const patience until_done;
  auto made = (parent / ("." + folder.filename().string() + ".XXXXXX")).string();
  if (::mkdtemp(made.data()) == nullptr) return failed("cannot make a folder in", parent.string());
  const auto samples = samples_text(what);
  const auto text = bundle_text(what, sha256_of(what.model), sha256_of(samples));
  const auto write_all = [&]() -> outcome<void> {
    if (::chmod(made.c_str(), 0755) != 0) return failed("cannot open to readers", made);
    if (auto done = write_file(made + "/" + model_file(what), what.model); !done) return done;
    if (auto done = write_file(made + "/samples.jsonl", samples); !done) return done;
    if (auto done = write_file(made + "/bundle.json", text); !done) return done;
    if (auto done = sync_directory(made); !done) return done;
    if (auto done = take_place(made, folder.string()); !done) return done;
    return sync_directory(parent.string());
  };
  if (auto done = write_all(); !done) {
    std::error_code ignored;
    fs::remove_all(made, ignored);
    return tl::unexpected(done.error());
  }
  return sha256_of(text);
}

} // namespace sluice
