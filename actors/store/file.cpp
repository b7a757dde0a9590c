#include "actors/store/file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice {

error system_error(const std::string& path, const std::string& what) {
  return {ec::storage, path + ": " + what + ": " + std::generic_category().message(errno)};
}

file::~file() {
  if (fd_ >= 0) ::close(fd_);
}

outcome<file> file::open(const std::string& path, int flags, unsigned mode) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  if (fd < 0) return tl::unexpected(system_error(path, "cannot be opened"));
  return file(fd, path);
}

outcome<file> file::open_at(const file& directory, const std::string& name, int flags) {
  auto path = directory.path() + "/" + name;
  const int fd = ::openat(directory.fd(), name.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return tl::unexpected(system_error(path, "cannot be opened"));
  return file(fd, std::move(path));
}

outcome<void> file::write_at(const char* data, std::size_t bytes, std::uint64_t offset) const {
  while (bytes > 0) {
    const auto n = ::pwrite(fd_, data, bytes, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      if (n == 0) errno = ENOSPC;
      return tl::unexpected(system_error(path_, "write failed at offset " + std::to_string(offset)));
    }
    data += n, bytes -= static_cast<std::size_t>(n), offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

outcome<std::size_t> file::read_at(char* to, std::size_t bytes, std::uint64_t offset) const {
  std::size_t done = 0;
  while (done < bytes) {
    const auto n = ::pread(fd_, to + done, bytes - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      return tl::unexpected(system_error(path_, "read failed at offset " + std::to_string(offset + done)));
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

outcome<std::uint64_t> file::size() const {
  struct stat s {};
  if (::fstat(fd_, &s) != 0) return tl::unexpected(system_error(path_, "cannot be examined"));
  return static_cast<std::uint64_t>(s.st_size);
}

outcome<void> file::cut(std::uint64_t length) const {
  if (::ftruncate(fd_, static_cast<off_t>(length)) != 0)
    return tl::unexpected(system_error(path_, "cannot be cut to " + std::to_string(length) + " bytes"));
  return {};
}

outcome<void> file::sync_data() const {
  if (::fdatasync(fd_) != 0) return tl::unexpected(system_error(path_, "fdatasync failed"));
  return {};
}

outcome<void> sync_directory(const std::string& path) {
  auto dir = file::open(path, O_RDONLY | O_DIRECTORY);
  if (!dir) return tl::unexpected(dir.error());
  if (::fsync(dir->fd()) != 0) return tl::unexpected(system_error(path, "fsync of the directory failed"));
  return {};
}

outcome<void> make_directories(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code err;
  const fs::path dir = fs::absolute(path, err);
  if (fs::is_directory(dir, err)) return {};
  if (dir.has_parent_path() && dir.parent_path() != dir)
    if (auto up = make_directories(dir.parent_path().string()); !up) return up;
  if (::mkdir(dir.c_str(), 0750) != 0 && errno != EEXIST)
    return tl::unexpected(system_error(dir.string(), "cannot be created"));
  return dir.has_parent_path() ? sync_directory(dir.parent_path().string()) : outcome<void>{};
}

} // namespace sluice
