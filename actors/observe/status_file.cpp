#include "actors/observe/status_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice {

namespace {

bool write_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    auto n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

} // namespace

outcome<void> write_status_file(const std::string& path, std::string_view text) {
  auto beside = path + ".new";
  auto failed = [&](const char* what) {
    auto why = std::string(what) + " " + beside + ": " + std::strerror(errno);
    ::unlink(beside.c_str());
    return fail(ec::storage, std::move(why));
  };
  int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return failed("cannot create");
  // The umask of whoever started us does not decide.
  bool written = ::fchmod(fd, 0644) == 0 && write_all(fd, text) && write_all(fd, "\n");
  int kept = errno;
  bool closed = ::close(fd) == 0;
  if (!written) {
    errno = kept;
    return failed("cannot write");
  }
  if (!closed) return failed("cannot close");
  if (::rename(beside.c_str(), path.c_str()) != 0) return failed("cannot rename");
  return {};
}

} // namespace sluice
