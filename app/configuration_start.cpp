#include "app/configuration_start.hpp"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <initializer_list>

#include "config/secret.hpp"

namespace sluice {

using namespace config;

namespace {

namespace fs = std::filesystem;

// The value behind `keys`, or the key of the last one on the way that is there.
place place_at(const yaml_node& root, std::initializer_list<std::string_view> keys) {
  const auto* node = &root;
  auto at = root.at;
  for (const auto key : keys) {
    const auto* entry = node->find(key);
    if (entry == nullptr) return at;
    at = entry->value.is_scalar() ? entry->value.at : entry->key.at;
    node = &entry->value;
  }
  return at;
}

// The deepest part of `path` that exists.
fs::path existing_part(fs::path path) {
  std::error_code e;
  while (!path.empty() && !fs::exists(path, e) && path.parent_path() != path) path = path.parent_path();
  return path.empty() ? fs::path(".") : path;
}

// Why files cannot be made in `folder`, which may have to be made itself; "" = they can.
std::string why_unusable(const std::string& folder) {
  const auto part = existing_part(folder);
  std::error_code e;
  if (!fs::is_directory(part, e)) return part.string() + " is no folder";
  return ::access(part.c_str(), W_OK | X_OK) == 0 ? "" : "this user may not write in " + part.string();
}

void report_folder(const std::string& what, const std::string& folder, const place& at, report& out) {
  const auto why = why_unusable(folder);
  if (why.empty()) return;
  if (why.ends_with("is no folder"))
    out.error(at, what + " cannot be made: " + why, in_quotes(folder), "a path through folders");
  else
    out.warning(at, what + " cannot be written: " + why);
}

void check_data_dir(const configuration& c, const yaml_node& root, report& out) {
  const auto at = place_at(root, {"service", "data_dir"});
  const auto socket = c.service.data_dir + "/control.sock";
  if (socket.size() >= sizeof(sockaddr_un::sun_path))
    out.error(at,
              "service.data_dir is too long: its control socket would have a path of " +
                  std::to_string(socket.size()) + " bytes",
              in_quotes(c.service.data_dir),
              "at most " + std::to_string(sizeof(sockaddr_un::sun_path) - sizeof "/control.sock") + " bytes");
  struct stat facts {};
  const bool file = ::stat(c.service.data_dir.c_str(), &facts) == 0 && !S_ISDIR(facts.st_mode);
  if (!file) report_folder("service.data_dir", c.service.data_dir, at, out); // else said elsewhere
}

void check_sink_folders(const configuration& c, const yaml_node& root, report& out) {
  for (const auto& sink : c.sinks) {
    const auto* file = std::get_if<file_options>(&sink.kind);
    if (file == nullptr || file->path.empty()) continue;
    auto folder = fs::path(file->path).parent_path().string();
    const auto placeholder = folder.find('%'); // what stands behind it is made when its time comes
    if (placeholder != std::string::npos) folder = folder.substr(0, folder.rfind('/', placeholder) + 1);
    report_folder("the folder of file.path", folder.empty() ? "." : folder,
                  place_at(root, {"sinks", sink.name, "file", "path"}), out);
  }
}

// An MQTT client of ours.
struct client {
  std::string what; // "source field"
  std::string id;
  std::vector<std::string> urls;
  place at;
  bool source = false, given = false;
};

std::vector<client> clients_of(const configuration& c, const yaml_node& root) {
  std::vector<client> all;
  for (const auto& [section, word] : {std::pair("sources", "source"), std::pair("sinks", "sink")}) {
    const auto* components = c.in_force.value(section);
    if (components == nullptr) continue;
    for (const auto& [name, component] : components->entries) {
      const auto* mqtt = component.value("mqtt");
      if (mqtt == nullptr) continue;
      client made;
      made.what = std::string(word) + " " + name.text;
      const auto* id = mqtt->value("client_id");
      made.given = id != nullptr && !id->text.empty();
      made.id = made.given ? id->text : c.service.name + "-" + name.text;
      if (const auto* urls = mqtt->value("url"))
        for (const auto& url : urls->items) made.urls.push_back(url.text);
      made.at = place_at(root, {section, name.text, "mqtt", "client_id"});
      made.source = std::string_view(word) == "source";
      all.push_back(std::move(made));
    }
  }
  return all;
}

void check_client_ids(const configuration& c, const yaml_node& root, report& out) {
  const auto all = clients_of(c, root);
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const auto &a = all[j], &b = all[i];
      const bool said = a.source && b.source && a.given && b.given; // as two sources of one id
      const bool meet = std::any_of(b.urls.begin(), b.urls.end(), [&](const auto& url) {
        return std::find(a.urls.begin(), a.urls.end(), url) != a.urls.end();
      });
      if (said || !meet || a.id != b.id || a.id == redacted_text) continue;
      out.error(b.at, a.what + " and " + b.what + " have one client id at one broker", in_quotes(b.id),
                "client_id in one of them");
    }
}

void check_tls_texts(const configuration&, const yaml_node& root, const surroundings& world, report& out) {
  for (const auto* section : {"sources", "sinks"}) {
    const auto* components = root.value(section);
    if (components == nullptr) continue;
    for (const auto& [name, component] : components->entries)
      for (const auto& [kind, options] : component.entries) {
        const auto* tls = options.value("tls");
        if (tls == nullptr) continue;
        for (const auto& [key, mark] :
             {std::pair("ca", "CERTIFICATE-----"), std::pair("cert", "CERTIFICATE-----"),
              std::pair("key", "PRIVATE KEY-----")}) {
          const auto* node = tls->value(key);
          if (node == nullptr || node->unset || !node->is_scalar() || node->text.empty()) continue;
          const auto text = world.read_file(node->text);
          if (text && text->find("-----BEGIN") != std::string::npos && text->find(mark) != std::string::npos)
            continue;
          if (text)
            out.error(node->at, std::string("tls.") + key + " is no PEM file of that sort", show(*node),
                      std::string("a file with -----BEGIN .. ") + mark);
        }
      }
  }
}

} // namespace

void check_start(const configuration& c, const yaml_node& root, const surroundings& world, report& out) {
  if (!world.allow_unset) {
    check_data_dir(c, root, out);
    check_sink_folders(c, root, out);
    check_tls_texts(c, root, world, out);
  }
  check_client_ids(c, root, out);
}

} // namespace sluice
