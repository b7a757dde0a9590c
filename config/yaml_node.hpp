// A parsed YAML value that knows where it was written. Plain data; made by yaml_tree.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/report.hpp"

namespace sluice::config {

struct yaml_entry;

struct yaml_node {
  enum class kind { null, scalar, sequence, map };

  kind what = kind::null;
  place at;
  std::string text;    // of a scalar, after interpolation
  bool quoted = false; // written in quotes or as a block
  bool unset = false;  // ${VAR} without a value under allow_unset: nobody knows the text, nobody checks it
  bool secret = false; // came from ${file:..}
  int text_column = 0; // column where `text` stands verbatim on line at.line; 0 = nowhere
  std::vector<yaml_node> items;    // of a sequence
  std::vector<yaml_entry> entries; // of a map, in the order of the file

  bool is_null() const noexcept { return what == kind::null; }
  bool is_scalar() const noexcept { return what == kind::scalar; }
  bool is_sequence() const noexcept { return what == kind::sequence; }
  bool is_map() const noexcept { return what == kind::map; }

  // The entry of a map with this key; null when there is none or this is no map.
  const yaml_entry* find(std::string_view key) const noexcept;
  // The value of that entry, or null.
  const yaml_node* value(std::string_view key) const noexcept;
  // Where character `offset` (in bytes of `text`) was written; `at` when that cannot be told.
  place place_of(std::size_t offset) const;

  // For what the service prints itself: no place.
  static yaml_node scalar(std::string text);
  // A scalar that must be read back as text, whatever it looks like.
  static yaml_node words(std::string text);
  static yaml_node map();
  static yaml_node sequence();
  // Appends to a map; returns *this.
  yaml_node& add(std::string key, yaml_node value);
};

struct yaml_entry {
  yaml_node key; // a scalar
  yaml_node value;
};

// A value as an error message shows it: a scalar in quotes, "nothing", "a map", "a list"; "***" when it is
// secret.
std::string show(const yaml_node& node, bool secret = false);

// Block-style YAML, two spaces per level, keys in their order, texts in double quotes: equal trees give equal
// bytes.
std::string to_yaml(const yaml_node& node);
// The same on one line in flow style.
std::string to_flow(const yaml_node& node);

} // namespace sluice::config
