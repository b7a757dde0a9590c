#include "actors/publish/file/line_file.hpp"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace sluice {

namespace {

tl::unexpected<error> failed(const std::string& path, const char* what) {
  return fail(ec::connection_lost, path + ": " + what + ": " + std::strerror(errno));
}

std::string parent_of(const std::string& path) {
  auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

// A new name is on the disk only when its directory is.
outcome<void> sync_directory(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return failed(path, "open");
  int result = ::fsync(fd);
  auto reason = errno;
  ::close(fd);
  errno = reason;
  if (result != 0) return failed(path, "fsync");
  return {};
}

outcome<void> make_directory(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) == 0) {
    if (S_ISDIR(found.st_mode)) return {};
    errno = ENOTDIR;
    return failed(path, "create directory");
  }
  auto parent = parent_of(path);
  if (auto made = make_directory(parent); !made) return made;
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return failed(path, "create directory");
  return sync_directory(parent);
}

} // namespace

outcome<std::string> path_at(const std::string& path_template, std::int64_t unix_ms) {
  auto wanted = path_template;
  if (path_template.find('%') != std::string::npos) {
    std::time_t at = unix_ms / 1000;
    std::tm utc{};
    char buffer[4096];
    if (::gmtime_r(&at, &utc) == nullptr ||
        (wanted.assign(buffer, std::strftime(buffer, sizeof buffer, path_template.c_str(), &utc)),
         wanted.empty()))
      return fail(ec::invalid,
                  "path: no file name comes out of the placeholders (got \"" + path_template + "\")");
  }
  if (wanted.empty() || wanted.ends_with('/') || wanted.find('\0') != std::string::npos)
    return fail(ec::invalid, "path: not the name of a file (got \"" + wanted + "\")");
  return wanted;
}

outcome<line_file> line_file::open(std::string path_template, std::string_view mark, std::int64_t unix_ms) {
  line_file file(std::move(path_template));
  auto current = path_at(file.template_, unix_ms);
  if (!current) return tl::unexpected(current.error());
  if (mark.empty()) return file;
  auto parsed = nlohmann::json::parse(mark, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("path") || !parsed["path"].is_string() ||
      !parsed.contains("length") || !parsed["length"].is_number_unsigned())
    return fail(ec::corrupt, "the mark of the file sink is not {path, length} (got " +
                                 std::string(mark.substr(0, 80)) + ")");
  file.path_ = parsed["path"].get<std::string>();
  const auto marked = parsed["length"].get<std::uint64_t>();
  struct stat found {};
  if (::stat(file.path_.c_str(), &found) != 0) {
    if (errno != ENOENT && errno != ENOTDIR) return failed(file.path_, "stat");
    if (file.path_ != *current) return line_file(file.template_);
    if (marked > 0)
      return fail(ec::corrupt, file.path_ + ": file shorter than its mark (it is missing, want at least " +
                                   std::to_string(marked) + " bytes)");
  }
  if (auto opened = file.open_current(marked == 0); !opened) return tl::unexpected(opened.error());
  if (file.length_ < marked)
    return fail(ec::corrupt, file.path_ + ": file shorter than its mark (got " +
                                 std::to_string(file.length_) + " bytes, want at least " +
                                 std::to_string(marked) + ")");
  if (file.length_ > marked) {
    if (::ftruncate(file.fd_, static_cast<off_t>(marked)) != 0) return failed(file.path_, "truncate");
    if (::fdatasync(file.fd_) != 0) return failed(file.path_, "fdatasync");
    file.length_ = marked;
  }
  char last = '\n';
  if (marked > 0 && ::pread(file.fd_, &last, 1, static_cast<off_t>(marked - 1)) != 1)
    return failed(file.path_, "read");
  file.half_line_ = last != '\n';
  return file;
}

line_file::line_file(line_file&& other) noexcept
    : template_(std::move(other.template_)), path_(std::move(other.path_)), length_(other.length_),
      half_line_(other.half_line_), fd_(std::exchange(other.fd_, -1)) {}

line_file& line_file::operator=(line_file&& other) noexcept {
  if (this == &other) return *this;
  close();
  template_ = std::move(other.template_), path_ = std::move(other.path_);
  length_ = other.length_, half_line_ = other.half_line_, fd_ = std::exchange(other.fd_, -1);
  return *this;
}

line_file::~line_file() {
  close();
}

void line_file::close() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

// Opens path_ and sets length_ to what is in it. Locked, so that two writers never share a file.
outcome<void> line_file::open_current(bool create) {
  const auto directory = parent_of(path_);
  if (create)
    if (auto made = make_directory(directory); !made) return made;
  fd_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0644);
  if (fd_ < 0) return failed(path_, "open");
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) return failed(path_, "another writer has it open");
  struct stat found {};
  if (::fstat(fd_, &found) != 0) return failed(path_, "stat");
  if (!S_ISREG(found.st_mode)) {
    errno = EINVAL;
    return failed(path_, "not a regular file");
  }
  length_ = static_cast<std::uint64_t>(found.st_size);
  return create ? sync_directory(directory) : outcome<void>{};
}

outcome<bool> line_file::aim(std::int64_t unix_ms) {
  auto wanted = path_at(template_, unix_ms);
  if (!wanted) return tl::unexpected(wanted.error());
  if (fd_ >= 0 && *wanted == path_) return false;
  line_file next(template_);
  next.path_ = std::move(*wanted);
  if (auto opened = next.open_current(true); !opened) return tl::unexpected(opened.error());
  char last = '\n';
  if (next.length_ > 0 && ::pread(next.fd_, &last, 1, static_cast<off_t>(next.length_ - 1)) != 1)
    return failed(next.path_, "read");
  next.half_line_ = last != '\n';
  *this = std::move(next);
  return true;
}

outcome<void> line_file::append(const std::vector<outbox_record>& records) {
  if (records.empty()) return {};
  if (fd_ < 0) return fail(ec::bug, "file sink: append before aim");
  std::string lines;
  std::size_t total = half_line_ ? 1 : 0;
  for (auto& record : records) total += record.json.size() + 1;
  lines.reserve(total);
  if (half_line_) lines += '\n';
  for (auto& record : records) lines.append(record.json).push_back('\n');

  auto take_back = [&](const char* what) {
    auto result = failed(path_, what);
    // Best effort: the next open cuts to the mark in any case.
    if (::ftruncate(fd_, static_cast<off_t>(length_)) != 0)
      result.value().text += ", and the tail stays for now";
    return result;
  };
  for (std::size_t done = 0; done < lines.size();) {
    auto wrote = ::pwrite(fd_, lines.data() + done, lines.size() - done, static_cast<off_t>(length_ + done));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote == 0) errno = ENOSPC;
    if (wrote <= 0) return take_back("write");
    done += static_cast<std::size_t>(wrote);
  }
  if (::fdatasync(fd_) != 0) return take_back("fdatasync");
  length_ += lines.size();
  half_line_ = false;
  return {};
}

std::string line_file::mark() const {
  if (fd_ < 0) return "";
  return nlohmann::json{{"path", path_}, {"length", length_}}.dump(-1, ' ', false,
                                                                   nlohmann::json::error_handler_t::replace);
}

} // namespace sluice
