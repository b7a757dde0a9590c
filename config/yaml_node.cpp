// Look-ups in a tree and its canonical text.
#include "config/yaml_node.hpp"

#include <algorithm>
#include <cstdio>

#include "config/secret.hpp"

namespace sluice::config {

namespace {

// Characters (not bytes) in `text`.
int characters(std::string_view text) {
  return static_cast<int>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

std::string escaped(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      char code[8];
      std::snprintf(code, sizeof code, "\\x%02X", static_cast<unsigned char>(c));
      out += code;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string scalar_text(const yaml_node& node) {
  if (node.is_null()) return "null";
  return node.quoted ? escaped(node.text) : node.text;
}

void block(const yaml_node& node, int depth, std::string& out) {
  const std::string indent(static_cast<std::size_t>(depth) * 2, ' ');
  const auto nested = [](const yaml_node& n) {
    return (n.is_map() && !n.entries.empty()) || (n.is_sequence() && !n.items.empty());
  };
  for (const auto& [key, value] : node.entries) {
    out += indent + scalar_text(key) + ":";
    if (nested(value)) {
      out += "\n";
      block(value, depth + 1, out);
    } else {
      out += " " + to_flow(value) + "\n";
    }
  }
  for (const auto& item : node.items) {
    if (nested(item)) {
      out += indent + "-\n";
      block(item, depth + 1, out);
    } else {
      out += indent + "- " + to_flow(item) + "\n";
    }
  }
}

} // namespace

const yaml_entry* yaml_node::find(std::string_view key) const noexcept {
  for (const auto& entry : entries)
    if (entry.key.text == key) return &entry;
  return nullptr;
}

const yaml_node* yaml_node::value(std::string_view key) const noexcept {
  const auto* entry = find(key);
  return entry == nullptr ? nullptr : &entry->value;
}

place yaml_node::place_of(std::size_t offset) const {
  if (text_column == 0 || offset > text.size()) return at;
  auto where = at;
  where.column = text_column + characters(std::string_view(text).substr(0, offset));
  return where;
}

yaml_node yaml_node::scalar(std::string text) {
  yaml_node node;
  node.what = kind::scalar;
  node.text = std::move(text);
  return node;
}

yaml_node yaml_node::words(std::string text) {
  auto node = scalar(std::move(text));
  node.quoted = true;
  return node;
}

yaml_node yaml_node::map() {
  yaml_node node;
  node.what = kind::map;
  return node;
}

yaml_node yaml_node::sequence() {
  yaml_node node;
  node.what = kind::sequence;
  return node;
}

yaml_node& yaml_node::add(std::string key, yaml_node value) {
  entries.push_back({scalar(std::move(key)), std::move(value)});
  return *this;
}

std::string show(const yaml_node& node, bool secret) {
  switch (node.what) {
  case yaml_node::kind::null:
    return "nothing";
  case yaml_node::kind::sequence:
    return "a list";
  case yaml_node::kind::map:
    return "a map";
  case yaml_node::kind::scalar:
    break;
  }
  const bool hide = (secret || node.secret) && !node.text.empty();
  return in_quotes(hide ? redacted_text : std::string_view(node.text));
}

std::string to_yaml(const yaml_node& node) {
  if (node.is_null() || node.is_scalar()) return scalar_text(node) + "\n";
  std::string out;
  block(node, 0, out);
  return out;
}

std::string to_flow(const yaml_node& node) {
  if (node.is_null() || node.is_scalar()) return scalar_text(node);
  std::string out;
  for (const auto& [key, value] : node.entries)
    out += (out.empty() ? "" : ", ") + scalar_text(key) + ": " + to_flow(value);
  for (const auto& item : node.items) out += (out.empty() ? "" : ", ") + to_flow(item);
  if (node.is_sequence()) return "[" + out + "]";
  return out.empty() ? "{}" : "{ " + out + " }";
}

} // namespace sluice::config
