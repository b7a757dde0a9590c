// Patterns of texts: LIKE, and regular expressions in linear time (RE2: no back
// references, no look-around). The only place that includes RE2.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "messages/errors.hpp"

namespace sluice {

// Returns true iff all of `text` matches: % = any characters, _ = one character
// (of UTF-8), \ before one of these three = itself. Takes at most text times
// pattern steps.
bool matches_like(std::string_view text, std::string_view pattern) noexcept;
// What is wrong with a pattern of LIKE, "" = nothing: a \ before anything else.
std::string bad_like(std::string_view pattern);
inline constexpr std::size_t longest_like = 1000; // bytes

// Thread safe.
class regular_expression {
public:
  // Errors (ec::invalid): RE2's words.
  static outcome<std::shared_ptr<const regular_expression>> compile(std::string_view pattern);
  ~regular_expression();
  // True iff some part of `text` matches.
  bool found_in(std::string_view text) const noexcept;
  // The part of `text` that the first group matched, or the whole match without
  // groups; data() is null when nothing matches.
  std::string_view extract(std::string_view text) const noexcept;

private:
  struct impl;
  explicit regular_expression(std::unique_ptr<impl> p);
  std::unique_ptr<impl> impl_;
};

} // namespace sluice
