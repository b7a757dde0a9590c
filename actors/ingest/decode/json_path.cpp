#include "actors/ingest/decode/json_path.hpp"

#include <algorithm>

namespace sluice {

namespace {

bool plain(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         static_cast<unsigned char>(c) >= 0x80;
}

tl::unexpected<error> at(std::size_t byte, const std::string& what) {
  return fail(ec::invalid, what + " (at character " + std::to_string(byte + 1) + ")");
}

void append_shown(std::string& out, std::string_view text) {
  constexpr char hex[] = "0123456789abcdef";
  for (char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (u >= 0x20 && u < 0x7f) {
      out += c;
    } else {
      out += "\\x";
      out += hex[u >> 4];
      out += hex[u & 15];
    }
  }
}

} // namespace

outcome<json_path> json_path::parse(std::string_view text) {
  if (text.empty() || text[0] != '$') return at(0, "a path begins with $, as in $.temperature");
  json_path made;
  std::size_t i = 1;
  if (text.substr(0, 2) == "$$") made.outer = true, ++i;
  while (i < text.size()) {
    if (text[i] == '.') {
      const auto begin = ++i;
      while (i < text.size() && plain(text[i])) ++i;
      if (i < text.size() && text[i] == '*') return at(i, "a path names one value: * is not possible");
      if (i == begin) return at(i, "a name is missing");
      made.names.emplace_back(text.substr(begin, i - begin));
    } else if (text[i] == '[') {
      const auto open = i++;
      if (i < text.size() && (text[i] == '*' || text[i] == '-' || (text[i] >= '0' && text[i] <= '9')))
        return at(i, "a path goes through objects only: array indexes and * are not possible");
      if (i == text.size() || (text[i] != '"' && text[i] != '\''))
        return at(i, "a name in brackets stands in quotes, as in $[\"odd name\"]");
      const char quote = text[i++];
      std::string name;
      for (; i < text.size() && text[i] != quote; ++i) {
        if (text[i] == '\\') {
          ++i;
          if (i == text.size() || (text[i] != '"' && text[i] != '\'' && text[i] != '\\'))
            return at(i, "\\ stands before a quote or a backslash only");
        }
        name += text[i];
      }
      if (i >= text.size()) return at(open, "the bracket is not closed");
      if (++i == text.size() || text[i] != ']') return at(i, "] is missing");
      ++i;
      made.names.push_back(std::move(name));
    } else {
      return at(i, "a . or [ is missing");
    }
  }
  if (made.names.empty())
    return at(0, "$ alone is the whole payload: a path names one value in it, as in $.temperature");
  return made;
}

outcome<json_path> json_path::parse_each(std::string_view text) {
  constexpr std::string_view all = "[*]";
  if (text.size() < all.size() || text.substr(text.size() - all.size()) != all)
    return at(text.size(), "the path of an array ends with [*], as in $.readings[*]");
  text.remove_suffix(all.size());
  if (text == "$") return json_path{};
  auto path = parse(text);
  if (path && path->outer) return at(1, "the array stands in the payload itself: $, not $$");
  return path;
}

std::string path_text(std::string_view parent, std::string_view name) {
  std::string out(parent.empty() ? "$" : parent);
  const bool short_form = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return plain(c) && static_cast<unsigned char>(c) < 0x80;
  });
  if (short_form) {
    out += '.';
    out += name;
    return out;
  }
  out += "[\"";
  append_shown(out, name);
  return out + "\"]";
}

std::string quoted(std::string_view text) {
  constexpr std::size_t most = 64;
  std::string out = "\"";
  append_shown(out, text.substr(0, most));
  out += '"';
  if (text.size() > most) out += " and " + std::to_string(text.size() - most) + " more bytes";
  return out;
}

} // namespace sluice
