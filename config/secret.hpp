// Secrets never leave: what a configuration says in confidence is printed as "***".
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

namespace sluice::config {

inline constexpr std::string_view redacted_text = "***";

// The texts of a configuration that came from ${file:..} or stand in an option declared secret.
class secret_values {
public:
  // Remembers `text`; an empty one is no secret.
  void add(std::string_view text);
  // True iff `text` as a whole is a secret.
  bool holds(std::string_view text) const;
  // `text`, or "***" when it is a secret.
  std::string shown(std::string_view text) const;

private:
  std::unordered_set<std::string> texts_;
};

} // namespace sluice::config
