// What is wrong with a configuration: findings with file, line and column, all of them in one go.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

// A character of a configuration file. Line and column count from 1; columns count characters, not bytes.
struct place {
  std::string file;
  int line = 1;
  int column = 1;
  std::string used = {}; // of a template's text: "template NAME used at FILE:LINE:COLUMN"

  auto operator<=>(const place&) const = default;
};

// "FILE:LINE:COLUMN".
std::string to_string(const place& at);

struct finding {
  place at;
  bool warning = false;
  std::string text;                // the whole sentence
  std::string what = {};           // the same without got and want; "" = text
  std::string got = {}, want = {}; // "" = not said

  auto operator<=>(const finding&) const = default;
};

// Collects findings. Not thread safe.
class report {
public:
  void error(const place& at, std::string text);
  // Adds "WHAT (got GOT, want WANT)".
  void error(const place& at, std::string_view what, std::string_view got, std::string_view want);
  // A warning is printed and changes no exit code.
  void warning(const place& at, std::string text);

  // True iff there is no error: the configuration is usable. Warnings do not count.
  bool empty() const noexcept { return errors_ == 0; }
  std::size_t errors() const noexcept { return errors_; }

  // Every finding once, sorted by file, line and column. What is wrong in a template is said for its first
  // use.
  std::vector<finding> sorted() const;
  // "FILE:LINE:COLUMN: error: TEXT\n" (or "warning:") for each of sorted(); behind it the use of a template.
  std::string text() const;

private:
  std::vector<finding> findings_;
  std::size_t errors_ = 0;
};

// `text` in double quotes as error messages show it: control characters escaped, cut after 60 bytes.
std::string in_quotes(std::string_view text);

} // namespace sluice::config
