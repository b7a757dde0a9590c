// Reads the connections, then walks over the components.
#include "config/connections.hpp"

#include <map>
#include <optional>

#include "config/component_row.hpp"
#include "config/option_kinds.hpp"

namespace sluice::config {

namespace {

struct connection {
  yaml_node key;
  std::string kind; // "" = it could not be told; its users are not judged
  yaml_node options = yaml_node::map();
  bool used = false;
};

class resolver {
public:
  resolver(const std::vector<connection_kind>& kinds, const std::vector<connection_user>& users, reader& in)
      : kinds_(kinds), users_(users), in_(in) {}

  void read(const yaml_node& section) {
    if (section.is_null()) return;
    if (!section.is_map()) {
      in_.out.error(section.at, "connections is not a map", show(section), "NAME: { .. }");
      return;
    }
    for (const auto& entry : section.entries) read_one(entry);
  }

  void apply(yaml_node& components) {
    for (auto& component : components.entries)
      for (auto& part : component.value.entries)
        for (const auto& user : users_)
          if (user.component == part.key.text && part.value.is_map()) apply(part.value, user);
  }

  void warn_of_unused() const {
    for (const auto& [name, c] : all_)
      if (!c.used) in_.out.warning(c.key.at, "no component uses connection " + name);
  }

private:
  void read_one(const yaml_entry& entry) {
    const auto& name = entry.key.text;
    if (!is_component_name(name))
      in_.out.error(entry.key.at, "a bad name for a connection", in_quotes(name),
                    "letters, digits, _ and -, at most 64");
    std::vector<std::string> names;
    for (const auto& k : kinds_) names.push_back(k.kind);
    connection made;
    made.key = entry.key;
    if (const auto* found = pick_component(entry.value, "connections." + name, names, {}, in_)) {
      made.kind = found->key.text;
      const auto before = in_.out.errors();
      for (const auto& k : kinds_)
        if (k.kind == made.kind) k.check(found->value, in_);
      if (found->value.is_map()) made.options = found->value;
      if (in_.out.errors() != before) // said once, not again for each user
        for (auto& option : made.options.entries) option.value.unset = true;
    }
    all_.emplace(name, std::move(made));
  }

  void apply(yaml_node& map, const connection_user& user) {
    const auto named = std::find_if(map.entries.begin(), map.entries.end(),
                                    [](const auto& e) { return e.key.text == "connection"; });
    if (named == map.entries.end()) return;
    const auto name = named->value;
    map.entries.erase(named);
    const auto* taken = find(name, user);
    if (taken != nullptr) {
      for (const auto& option : taken->options.entries)
        if (map.find(option.key.text) == nullptr && takes(user, option, name)) map.entries.push_back(option);
    } else if (map.find("url") == nullptr) { // what the connection would have brought is not missing
      yaml_node unknown;
      unknown.at = name.at;
      unknown.unset = true;
      map.add("url", std::move(unknown));
    }
  }

  // The connection of that name and the user's kind; null when there is none, which is reported.
  const connection* find(const yaml_node& name, const connection_user& user) {
    if (name.unset) return nullptr;
    std::vector<std::string> names;
    for (const auto& [known, c] : all_) names.push_back(known);
    const auto want = "one of " + list_of_names(names);
    if (!name.is_scalar()) {
      in_.out.error(name.at, user.component + ".connection is not a name", show(name), want);
      return nullptr;
    }
    const auto found = all_.find(name.text);
    if (found == all_.end()) {
      in_.out.error(name.at, "unknown connection" + did_you_mean(name.text, names), show(name), want);
      return nullptr;
    }
    found->second.used = true;
    if (found->second.kind.empty()) return nullptr;
    if (found->second.kind != user.connection) {
      in_.out.error(name.at, "connection " + name.text + " is of another kind", in_quotes(found->second.kind),
                    "a connection of kind " + user.connection);
      return nullptr;
    }
    return &found->second;
  }

  bool takes(const connection_user& user, const yaml_entry& option, const yaml_node& name) {
    const auto& text = option.key.text;
    if (std::find(user.options.begin(), user.options.end(), text) != user.options.end()) return true;
    // What no component takes is an unknown key of the connection, and that is said there.
    if (std::any_of(users_.begin(), users_.end(), [&](const auto& u) {
          return u.connection == user.connection &&
                 std::find(u.options.begin(), u.options.end(), text) != u.options.end();
        }))
      in_.out.error(name.at, user.component + " takes no " + text + " from a connection", show(name),
                    "a connection without " + text);
    return false;
  }

  const std::vector<connection_kind>& kinds_;
  const std::vector<connection_user>& users_;
  reader& in_;
  std::map<std::string, connection> all_;
};

} // namespace

void resolve_connections(yaml_node& root, const std::vector<connection_kind>& kinds,
                         const std::vector<connection_user>& users, reader& in) {
  resolver all(kinds, users, in);
  const auto section = std::find_if(root.entries.begin(), root.entries.end(),
                                    [](const auto& e) { return e.key.text == "connections"; });
  if (section != root.entries.end()) {
    all.read(section->value);
    root.entries.erase(section);
  }
  for (auto& entry : root.entries)
    if (entry.key.text == "sources" || entry.key.text == "sinks") all.apply(entry.value);
  all.warn_of_unused();
}

} // namespace sluice::config
