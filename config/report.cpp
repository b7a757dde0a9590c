// Sorting and printing of findings.
#include "config/report.hpp"

#include <algorithm>
#include <cstdio>
#include <tuple>

#include "config/short_escape.hpp"

namespace sluice::config {

namespace {
constexpr std::size_t longest_quote = 60;
} // namespace

std::string to_string(const place& at) {
  return at.file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

void report::error(const place& at, std::string text) {
  findings_.push_back({at, false, std::move(text)});
  ++errors_;
}

void report::error(const place& at, std::string_view what, std::string_view got, std::string_view want) {
  error(at, std::string(what) + " (got " + std::string(got) + ", want " + std::string(want) + ")");
  findings_.back().what = what;
  findings_.back().got = got;
  findings_.back().want = want;
}

void report::warning(const place& at, std::string text) {
  findings_.push_back({at, true, std::move(text)});
}

std::vector<finding> report::sorted() const {
  auto all = findings_;
  const auto said = [](const finding& f) {
    return std::tie(f.at.file, f.at.line, f.at.column, f.warning, f.text);
  };
  std::stable_sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return said(a) < said(b); });
  const auto same = [&](const auto& a, const auto& b) { return said(a) == said(b); };
  all.erase(std::unique(all.begin(), all.end(), same), all.end());
  return all;
}

std::string report::text() const {
  std::string lines;
  for (const auto& f : sorted())
    lines += to_string(f.at) + (f.warning ? ": warning: " : ": error: ") + f.text +
             (f.at.used.empty() ? "" : " [" + f.at.used + "]") + "\n";
  return lines;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  std::size_t used = 0;
  for (const char c : text) {
    // Cut between characters, never inside one: continuation bytes of UTF-8 stay with their first byte.
    const bool starts_character = (static_cast<unsigned char>(c) & 0xC0u) != 0x80u;
    if (used >= longest_quote && starts_character) return out + "..\"";
    ++used;
    if (const auto escape = short_escape(c); !escape.empty()) {
      out += escape;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned char>(c));
      out += escaped;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

} // namespace sluice::config
