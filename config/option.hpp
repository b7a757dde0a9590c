// One declaration per option: it parses into a member, checks, prints what is in force and documents itself.
//
//   static const auto table = config::options<window_options>("window")
//     .add({"tumbling", "Length of a window.", "1m", config::required}, &window_options::size,
//     config::duration(1ms, 366d))
//
// The default is what a default-constructed struct holds: it is written once, in the struct.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/nearest_name.hpp"
#include "config/report.hpp"
#include "config/secret.hpp"
#include "config/yaml_node.hpp"

namespace sluice::config {

// Where findings and secrets go while a configuration is read.
struct reader {
  report& out;
  secret_values& secrets;
};

inline constexpr bool required = true;

// What a declaration says beside its type.
struct about {
  std::string name;
  std::string sentence;
  std::string example; // as it would stand behind "name: "
  bool required = false;
  bool secret = false;
  std::string fallback = {}; // what the reference says of the default; "" = the struct's own
};

// One line of the reference.
struct option_info {
  about what;
  std::string type;
  std::string bounds;
  std::string fallback;
  std::vector<option_info> nested; // of a map
};

// How values of type V are read, printed and described. `where` is the option's name for messages
// ("window.tumbling").
template <class V> struct option_kind {
  std::string type;
  std::string bounds;
  std::function<void(const yaml_node&, V& into, const std::string& where, const about&, reader&)> read;
  std::function<yaml_node(const V&, const secret_values&)> print;
  std::vector<option_info> nested = {};
};

// Reports the keys of `map` that are none of `known`, with the nearest name. `map` may be null: then it is
// empty. Returns false and reports when it is neither.
bool check_keys(const yaml_node& map, const std::string& where, const std::vector<std::string>& known,
                reader& in);
// True iff an unknown key of `map` looks like `name`: then it is mistyped, not missing.
bool mistyped(const yaml_node& map, const std::vector<std::string>& known, const std::string& name);
void report_missing(const yaml_node& map, const std::string& where, const about& what, reader& in);

// The options of one map, read into a T.
template <class T> class options {
public:
  explicit options(std::string name) : name_(std::move(name)) {}

  // Declares one option. `access` is a pointer to member or a function from T to a V, const and not.
  template <class Access, class V> options& add(about what, Access access, option_kind<V> kind) & {
    row r;
    r.info = {what, kind.type, kind.bounds, what.fallback, kind.nested};
    const T defaults{};
    const auto standard = kind.print(std::invoke(access, defaults), secret_values());
    if (r.info.fallback.empty() && !what.required) {
      const bool nothing =
          standard.is_null() || (standard.text.empty() && standard.items.empty() && standard.entries.empty());
      if (!nothing) r.info.fallback = standard.is_scalar() ? standard.text : to_flow(standard);
    }
    r.read = [access, kind, what](const yaml_node& node, T& into, const std::string& where, reader& in) {
      if (node.unset) return;
      kind.read(node, std::invoke(access, into), where, what, in);
    };
    r.print = [access, kind, what](const T& from, const secret_values& secrets) {
      auto node = kind.print(std::invoke(access, from), secrets);
      const bool hide = node.is_scalar() && !node.text.empty() && (what.secret || secrets.holds(node.text));
      return hide ? yaml_node::words(std::string(redacted_text)) : node;
    };
    rows_.push_back(std::move(r));
    return *this;
  }
  template <class Access, class V> options add(about what, Access access, option_kind<V> kind) && {
    add(std::move(what), std::move(access), std::move(kind));
    return std::move(*this);
  }

  // Adds all options and rules of `other`, which describes a part of T, as keys of the same map.
  template <class Access, class Part> options& include(const options<Part>& other, Access access) & {
    for (const auto& theirs : other.rows()) {
      row r;
      r.info = theirs.info;
      r.read = [access, theirs](const yaml_node& node, T& into, const std::string& where, reader& in) {
        theirs.read(node, std::invoke(access, into), where, in);
      };
      r.print = [access, theirs](const T& from, const secret_values& s) {
        return theirs.print(std::invoke(access, from), s);
      };
      rows_.push_back(std::move(r));
    }
    for (const auto& theirs : other.rules())
      rules_.push_back([access, theirs](const yaml_node& map, const T& made, reader& in) {
        theirs(map, std::invoke(access, made), in);
      });
    return *this;
  }

  // Adds a rule over several options, run after all of them were read.
  options& check(std::function<void(const yaml_node& map, const T&, reader&)> holds) & {
    rules_.push_back(std::move(holds));
    return *this;
  }

  // Reads `map`. Everything wrong is reported; what is wrong or not given keeps its value in `into`. `also`
  // are keys that somebody else reads.
  void read(const yaml_node& map, T& into, reader& in, const std::vector<std::string>& also = {}) const {
    auto known = names();
    known.insert(known.end(), also.begin(), also.end());
    if (!check_keys(map, name_, known, in)) return;
    for (const auto& r : rows_) {
      const auto* value = map.value(r.info.what.name);
      if (value != nullptr)
        r.read(*value, into, name_ + "." + r.info.what.name, in);
      else if (r.info.what.required && !mistyped(map, known, r.info.what.name))
        report_missing(map, name_, r.info.what, in);
    }
    for (const auto& holds : rules_) holds(map, into, in);
  }

  // Everything in force, defaults included; secrets as "***".
  yaml_node print(const T& from, const secret_values& secrets) const {
    auto map = yaml_node::map();
    for (const auto& r : rows_) map.add(r.info.what.name, r.print(from, secrets));
    return map;
  }

  std::vector<option_info> infos() const {
    std::vector<option_info> all;
    for (const auto& r : rows_) all.push_back(r.info);
    return all;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& r : rows_) all.push_back(r.info.what.name);
    return all;
  }
  const std::string& name() const noexcept { return name_; }

  struct row {
    option_info info;
    std::function<void(const yaml_node&, T&, const std::string& where, reader&)> read;
    std::function<yaml_node(const T&, const secret_values&)> print;
  };
  using rule = std::function<void(const yaml_node& map, const T&, reader&)>;
  const std::vector<row>& rows() const noexcept { return rows_; }
  const std::vector<rule>& rules() const noexcept { return rules_; }

private:
  std::string name_;
  std::vector<row> rows_;
  std::vector<rule> rules_;
};

// An option that is itself a map with its own table.
template <class V> option_kind<V> map_of(options<V> table) {
  option_kind<V> kind;
  kind.type = "map";
  kind.nested = table.infos();
  kind.read = [table](const yaml_node& node, V& into, const std::string&, const about&, reader& in) {
    table.read(node, into, in);
  };
  kind.print = [table](const V& from, const secret_values& secrets) { return table.print(from, secrets); };
  return kind;
}

} // namespace sluice::config
