// Reading and merging of configuration files.
#include "app/configuration_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

namespace sluice {

using namespace config;

namespace {

namespace fs = std::filesystem;

// The files of `path`; reports and returns none when there are none.
std::vector<std::string> files_of(const std::string& path, report& out) {
  std::error_code code;
  if (!fs::is_directory(path, code)) return {path};
  std::vector<std::string> files;
  fs::directory_iterator entry(path, code);
  for (; !code && entry != fs::directory_iterator(); entry.increment(code)) {
    const auto& file = entry->path();
    const auto name = file.filename().string();
    const bool yaml = file.extension() == ".yaml" || file.extension() == ".yml";
    const bool test = name.ends_with(".test.yaml") || name.ends_with(".test.yml"); // of `sluice test`
    if (yaml && !test && name.front() != '.' && !entry->is_directory())
      files.push_back((fs::path(path) / name).string());
  }
  if (code)
    out.error({path, 1, 1}, "the folder cannot be read: " + code.message());
  else if (files.empty())
    out.error({path, 1, 1}, "the folder holds no configuration", "no file", "*.yaml or *.yml");
  std::sort(files.begin(), files.end());
  return files;
}

void merge_block(yaml_entry& into, const yaml_entry& from, report& out) {
  if (from.value.is_null()) return;
  if (into.value.is_null()) {
    into = from;
    return;
  }
  if (from.key.text == "use" && into.value.is_sequence() && from.value.is_sequence()) {
    into.value.items.insert(into.value.items.end(), from.value.items.begin(), from.value.items.end());
    return;
  }
  if (!into.value.is_map() || !from.value.is_map()) {
    const auto& wrong = into.value.is_map() ? from.value : into.value;
    out.error(wrong.at, from.key.text + " is not a map", show(wrong), "NAME: { .. }");
    return;
  }
  for (const auto& entry : from.value.entries) {
    if (const auto* first = into.value.find(entry.key.text))
      out.error(entry.key.at, from.key.text + "." + entry.key.text + " is given twice", "a second one",
                "each once; the first is at " + to_string(first->key.at));
    else
      into.value.entries.push_back(entry);
  }
}

} // namespace

configuration_document read_configuration_files(const std::string& path, const surroundings& world,
                                                secret_values& secrets, report& out) {
  configuration_document made;
  auto& merged = made.root;
  merged = yaml_node::map();
  merged.at = {path, 1, 1};
  const auto files = files_of(path, out);
  made.complete = !files.empty();
  bool first = true;
  for (const auto& file : files) {
    if (const auto why = world.why_unreadable(file); !why.empty()) {
      out.error({file, 1, 1}, "the configuration cannot be read", why, "a YAML file, or a folder of them");
      made.complete = false;
      continue;
    }
    std::ifstream in(file, std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    const auto before = out.errors();
    const auto root = parse_yaml(bytes.str(), file, world, secrets, out);
    if (first) merged.at = root.at;
    first = false;
    if (root.is_null()) {
      made.complete = made.complete && out.errors() == before;
      continue;
    }
    if (!root.is_map()) {
      out.error(root.at, "a configuration is a map", show(root),
                "the keys service, sources, pipelines, sinks");
      made.complete = false;
      continue;
    }
    for (const auto& entry : root.entries) {
      if (entry.key.text.rfind("x-", 0) == 0) continue;
      const auto known = std::find_if(merged.entries.begin(), merged.entries.end(),
                                      [&](const auto& e) { return e.key.text == entry.key.text; });
      if (known == merged.entries.end())
        merged.entries.push_back(entry);
      else
        merge_block(*known, entry, out);
    }
  }
  return made;
}

} // namespace sluice
