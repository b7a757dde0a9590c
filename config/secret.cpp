// The set of secret texts.
#include "config/secret.hpp"

namespace sluice::config {

void secret_values::add(std::string_view text) {
  if (!text.empty()) texts_.emplace(text);
}

bool secret_values::holds(std::string_view text) const {
  return texts_.count(std::string(text)) > 0;
}

std::string secret_values::shown(std::string_view text) const {
  return std::string(holds(text) ? redacted_text : text);
}

} // namespace sluice::config
