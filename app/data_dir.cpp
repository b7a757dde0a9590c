#include "app/data_dir.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/configuration.hpp"

namespace sluice {

outcome<std::string> find_data_dir(const std::string& given, const std::string& config) {
  if (!given.empty()) return given;
  config::report report;
  load_flags flags;
  flags.allow_unset = true;
  const auto c = load_configuration(config.empty() ? "/etc/sluice/sluice.yaml" : config, flags, report);
  if (!report.empty()) return fail(ec::invalid, report.text());
  return c.service.data_dir;
}

outcome<void> own_data_dir(const std::string& dir) {
  std::error_code e;
  std::filesystem::create_directories(dir, e);
  if (e) return fail(ec::storage, "cannot make data directory " + dir + ": " + e.message());
  ::chmod(dir.c_str(), 0700);
  const std::string path = dir + "/lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(ec::storage, "cannot open " + path + ": " + std::strerror(errno));
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0)
    return fail(ec::refused,
                "another sluice process owns data directory " + dir + " (" + path + " is locked)");
  return {}; // kept open on purpose: the lock ends with the process
}

} // namespace sluice
