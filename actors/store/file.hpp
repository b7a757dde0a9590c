// A file descriptor and the handful of system calls the store makes, with errors as values that name path and
// offset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "messages/errors.hpp"

namespace sluice {

// Owns a descriptor; closes it.
class file {
public:
  file() = default;
  file(int fd, std::string path) noexcept : fd_(fd), path_(std::move(path)) {}
  file(file&& o) noexcept : fd_(std::exchange(o.fd_, -1)), path_(std::move(o.path_)) {}
  file& operator=(file&& o) noexcept {
    std::swap(fd_, o.fd_), std::swap(path_, o.path_);
    return *this;
  }
  ~file();

  // `flags` as for open(2); O_CLOEXEC is added. A missing file without O_CREAT is ec::storage with errno
  // ENOENT in errno.
  static outcome<file> open(const std::string& path, int flags, unsigned mode = 0640);
  // Likewise a file that is there, by its name in an open directory, wherever that stands by now.
  static outcome<file> open_at(const file& directory, const std::string& name, int flags);

  int fd() const noexcept { return fd_; }
  const std::string& path() const noexcept { return path_; }

  outcome<void> write_at(const char* data, std::size_t bytes, std::uint64_t offset) const;
  // Reads up to `bytes`; fewer only at the end of the file.
  outcome<std::size_t> read_at(char* to, std::size_t bytes, std::uint64_t offset) const;
  outcome<std::uint64_t> size() const;
  outcome<void> cut(std::uint64_t length) const; // ftruncate
  outcome<void> sync_data() const;               // fdatasync

private:
  int fd_ = -1;
  std::string path_;
};

// Makes names created, renamed and removed in `path` survive a power cut.
outcome<void> sync_directory(const std::string& path);
// mkdir -p, each new level synced.
outcome<void> make_directories(const std::string& path);
// "PATH: WHAT: No space left on device", from errno.
error system_error(const std::string& path, const std::string& what);

} // namespace sluice
