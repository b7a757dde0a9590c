// libFuzzer entry point for the reader of configurations: whatever the file holds, it is reported or becomes
// a configuration that can be printed, explained and planned; reading it twice says the same.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>

#include "app/configuration.hpp"
#include "app/explain.hpp"
#include "app/plans.hpp"
#include "config/interpolate.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  static const std::string path = "/dev/shm/sluice-config-fuzz-" + std::to_string(::getpid()) + ".yaml";
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  config::surroundings world; // nothing outside
  world.environment = [](const std::string& name) -> std::optional<std::string> {
    return name == "SET" ? std::optional<std::string>("value") : std::nullopt;
  };
  world.read_file = [](const std::string&) -> outcome<std::string> { return std::string("secret"); };
  world.why_unreadable = [](const std::string&) { return std::string(); };
  world.readable_by_all = [](const std::string&) { return false; };
  config::report first, second;
  const auto made = load_configuration_in(path, world, first);
  load_configuration_in(path, world, second);
  if (first.text() != second.text()) std::abort();
  if (first.empty() && made.unset_meaning.empty()) {
    if (explain_text(made, 2).empty() || explain_mermaid(made).empty() || made.redacted.empty()) std::abort();
    make_plans(made);
  }
  ::unlink(path.c_str());
  return 0;
}
