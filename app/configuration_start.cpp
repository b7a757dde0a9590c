#include "app/configuration_start.hpp"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <initializer_list>
#include <map>

#include "actors/client/pem_texts.hpp"
#include "actors/publish/file/line_file.hpp"
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

const file_options* file_of(const configuration& c, const std::string& sink) {
  for (const auto& s : c.sinks)
    if (s.name == sink) return std::get_if<file_options>(&s.kind);
  return nullptr;
}

// The files that a sink writes, as far as their names are known now.
void check_sink_files(const configuration& c, const yaml_node& root, report& out) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  std::map<std::string, std::string> written; // path without its detours -> sink
  for (const auto& sink : c.sinks) {
    const auto* file = std::get_if<file_options>(&sink.kind);
    if (file == nullptr || file->path.empty()) continue;
    const auto at = place_at(root, {"sinks", sink.name, "file", "path"});
    const auto path = path_at(file->path, now_ms);
    if (!path) {
      out.error(at, "file.path is no name of a file", in_quotes(file->path), "e.g. out/%Y-%m-%d.jsonl");
      continue;
    }
    std::error_code e;
    if (fs::is_directory(*path, e))
      out.error(at, "file.path is a folder", in_quotes(*path), "a file in it, e.g. " + *path + "/out.jsonl");
    else if (fs::exists(*path, e) && !fs::is_regular_file(*path, e))
      out.error(at, "file.path is no regular file", in_quotes(*path), "a file, which can be cut and synced");
    else if (fs::exists(*path, e) && ::access(path->c_str(), W_OK) != 0)
      out.warning(at, "this user may not write the file of file.path: " + *path);
    const auto [first, fresh] =
        written.emplace(fs::weakly_canonical(fs::absolute(*path), e).string(), sink.name);
    const auto* other = fresh ? nullptr : file_of(c, first->second);
    if (other != nullptr && other->path != file->path) // equal ones are said elsewhere
      out.error(at, "two sinks write one file", in_quotes(file->path),
                "another file than sink " + first->second);
    auto folder = fs::path(file->path).parent_path().string();
    const auto placeholder = folder.find('%'); // what stands behind it is made when its time comes
    if (placeholder != std::string::npos) folder = folder.substr(0, folder.rfind('/', placeholder) + 1);
    report_folder("the folder of file.path", folder.empty() ? "." : folder, at, out);
  }
}

// An MQTT client of ours.
struct client {
  std::string what; // "source field"
  std::string id;
  std::vector<std::string> ids; // of each connection of a source
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
      made.source = std::string_view(word) == "source";
      made.what = std::string(word) + " " + name.text;
      const auto* id = mqtt->value("client_id");
      made.given = id != nullptr && !id->text.empty();
      made.id = made.given ? id->text : c.service.name + "-" + name.text;
      made.ids = {made.id};
      for (const auto& source : c.sources)
        if (made.source && source.name == name.text) made.ids = client_ids(c.service.name, source);
      if (const auto* urls = mqtt->value("url"))
        for (const auto& url : urls->items) made.urls.push_back(url.text);
      made.at = place_at(root, {section, name.text, "mqtt", "client_id"});
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
      const bool said =
          a.source && b.source && a.given && b.given && a.id == b.id; // as two sources of one id
      const bool meet = std::any_of(b.urls.begin(), b.urls.end(), [&](const auto& url) {
        return std::find(a.urls.begin(), a.urls.end(), url) != a.urls.end();
      });
      const auto same = std::find_first_of(b.ids.begin(), b.ids.end(), a.ids.begin(), a.ids.end());
      if (said || !meet || same == b.ids.end() || b.id == redacted_text) continue;
      out.error(b.at, a.what + " and " + b.what + " have one client id at one broker", in_quotes(*same),
                "client_id in one of them");
    }
}

// The files of one connection; what cannot be read is said elsewhere.
void check_tls(const yaml_node& tls, const surroundings& world, report& out) {
  std::string certificates; // those that the key must fit
  for (const auto* key : {"ca", "cert", "key"}) {
    const auto* node = tls.value(key);
    if (node == nullptr || node->unset || !node->is_scalar() || node->text.empty()) continue;
    const auto text = world.read_file(node->text);
    if (!text) continue;
    const bool is_key = std::string_view(key) == "key";
    const auto why = is_key ? trouble_of_key(*text, certificates) : trouble_of_certificates(*text);
    if (why)
      out.error(node->at, std::string("tls.") + key + " cannot be used: " + *why, show(*node),
                is_key ? "a PEM file with the private key of tls.cert, without a password"
                       : "a PEM file with certificates");
    else if (!is_key && has_expired(*text))
      out.warning(node->at, "a certificate of tls." + std::string(key) + " has expired: " + node->text);
    if (!why && std::string_view(key) == "cert") certificates = *text;
  }
}

void check_tls_files(const yaml_node& root, const surroundings& world, report& out) {
  for (const auto* section : {"sources", "sinks"}) {
    const auto* components = root.value(section);
    if (components == nullptr) continue;
    for (const auto& [name, component] : components->entries)
      for (const auto& [kind, options] : component.entries)
        if (const auto* tls = options.value("tls")) check_tls(*tls, world, out);
  }
}

} // namespace

void check_start(const configuration& c, const yaml_node& root, const surroundings& world, report& out) {
  if (!world.allow_unset) {
    check_data_dir(c, root, out);
    check_sink_files(c, root, out);
    check_tls_files(root, world, out);
  }
  check_client_ids(c, root, out);
}

} // namespace sluice
