// The scanner of ${..}. The only file of the configuration that reads the environment and secret files.
#include "config/interpolate.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "config/report.hpp"

namespace sluice::config {

namespace {

constexpr int deepest = 8;
constexpr std::size_t longest_file = 64u << 10; // a secret, not a data file
constexpr std::string_view file_prefix = "file:";

bool variable_name(std::string_view name) {
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// The length of what stands between "${" and its "}"; npos when it is not closed. Inner ${..} are skipped.
std::size_t body_length(std::string_view after_open) {
  int depth = 0;
  for (std::size_t i = 0; i < after_open.size(); ++i) {
    if (after_open[i] == '$' && i + 1 < after_open.size() && after_open[i + 1] == '{') {
      ++depth;
      ++i;
    } else if (after_open[i] == '}' && depth-- == 0) {
      return i;
    }
  }
  return std::string_view::npos;
}

class scanner {
public:
  explicit scanner(const surroundings& world) : world_(world) {}

  // Appends `text` with everything replaced to `into`.
  outcome<void> replace(std::string_view text, std::string& into, int depth) {
    if (depth > deepest) return fail(ec::invalid, "${..} is nested more than 8 deep");
    while (!text.empty()) {
      const auto open = text.find("${");
      if (open == std::string_view::npos) {
        into += text;
        return {};
      }
      if (open > 0 && text[open - 1] == '$') { // $${ is a plain ${
        into.append(text.substr(0, open - 1)).append("${");
        text.remove_prefix(open + 2);
        made.changed = true;
        continue;
      }
      into += text.substr(0, open);
      text.remove_prefix(open + 2);
      const auto length = body_length(text);
      if (length == std::string_view::npos) return fail(ec::invalid, "\"${\" is not closed by \"}\"");
      if (auto done = one(text.substr(0, length), into, depth); !done) return done;
      text.remove_prefix(length + 1);
    }
    return {};
  }

  interpolated made;

private:
  outcome<void> one(std::string_view body, std::string& into, int depth) {
    made.changed = true;
    if (body.substr(0, file_prefix.size()) == file_prefix) {
      std::string path;
      if (auto done = replace(body.substr(file_prefix.size()), path, depth + 1); !done) return done;
      return file(path, into);
    }
    const auto colon = body.find(":-");
    const std::string name(body.substr(0, colon));
    if (!variable_name(name))
      return fail(ec::invalid,
                  "${..} holds no variable name (got " + in_quotes(name) +
                      ", want ${NAME}, ${NAME:-default} or ${file:PATH}; a plain \"${\" is written $${)");
    const auto value = world_.environment(name);
    const bool has_default = colon != std::string_view::npos;
    if (value && !(value->empty() && has_default)) return add(*value, "${" + name + "}", into);
    if (has_default) return replace(body.substr(colon + 2), into, depth + 1);
    if (world_.allow_unset) {
      made.unset = true;
      return {};
    }
    return fail(ec::invalid, "the environment variable " + name +
                                 " is not set (got nothing, want a value or ${" + name + ":-default})");
  }

  outcome<void> file(const std::string& path, std::string& into) {
    made.secret = true;
    auto bytes = world_.read_file(path);
    if (!bytes) {
      if (world_.allow_unset) {
        made.unset = true;
        return {};
      }
      return fail(ec::invalid, "the file of ${file:" + path + "} cannot be read (got " + bytes.error().text +
                                   ", want a readable file)");
    }
    if (world_.readable_by_all(path)) made.exposed_file = path;
    while (!bytes->empty() && (bytes->back() == '\n' || bytes->back() == '\r')) bytes->pop_back();
    return add(*bytes, "${file:" + path + "}", into);
  }

  outcome<void> add(const std::string& value, const std::string& what, std::string& into) {
    if (value.find_first_of(std::string_view("\n\r\0", 3)) != std::string::npos)
      return fail(ec::invalid,
                  "the value of " + what + " holds a newline or NUL (got several lines, want one)");
    into += value;
    return {};
  }

  const surroundings& world_;
};

std::string why_unreadable(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0 || ::access(path.c_str(), R_OK) != 0) return std::strerror(errno);
  return S_ISDIR(facts.st_mode) ? std::strerror(EISDIR) : "";
}

outcome<std::string> read_small_file(const std::string& path) {
  if (auto why = why_unreadable(path); !why.empty()) return fail(ec::invalid, std::move(why));
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(path.c_str(), "rbe"), &std::fclose);
  if (!in) return fail(ec::invalid, std::strerror(errno));
  std::string bytes(longest_file + 1, '\0');
  const auto n = std::fread(bytes.data(), 1, bytes.size(), in.get());
  if (std::ferror(in.get())) return fail(ec::invalid, std::strerror(errno));
  if (n > longest_file) return fail(ec::invalid, "more than 64 KiB");
  bytes.resize(n);
  return bytes;
}

} // namespace

surroundings process_surroundings() {
  surroundings world;
  world.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
  world.read_file = read_small_file;
  world.why_unreadable = why_unreadable;
  world.readable_by_all = [](const std::string& path) {
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 && (facts.st_mode & S_IROTH) != 0;
  };
  return world;
}

outcome<interpolated> interpolate(std::string_view text, const surroundings& world) {
  scanner s(world);
  std::string into;
  if (auto done = s.replace(text, into, 0); !done) return tl::unexpected<error>(done.error());
  s.made.text = std::move(into);
  return std::move(s.made);
}

} // namespace sluice::config
