// A directory of a test's own, removed afterwards.
#pragma once

#include <filesystem>
#include <string>
#include <system_error>

#include <doctest/doctest.h>
#include <unistd.h>

namespace sluice::test {

class temp_dir {
public:
  explicit temp_dir(bool in_memory = true) {
    // Hundreds of syncs a test: in memory where there is such a place. The kill test asks for a real disk.
    const std::filesystem::path memory = "/dev/shm";
    const auto base =
        in_memory && ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
    std::string name = (base / "sluice-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~temp_dir() {
    std::error_code err;
    std::filesystem::remove_all(path_, err);
  }
  const std::string& path() const { return path_; }

private:
  std::string path_;
};

} // namespace sluice::test
