// Edit distance by the full table: names are short.
#include "config/nearest_name.hpp"

#include <algorithm>
#include <cctype>

namespace sluice::config {

namespace {
char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}
} // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> d((a.size() + 1) * width);
  for (std::size_t i = 0; i <= a.size(); ++i) d[i * width] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
      auto best = std::min(
          {d[(i - 1) * width + j] + 1, d[i * width + j - 1] + 1, d[(i - 1) * width + j - 1] + replaced});
      const bool swapped =
          i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) best = std::min(best, d[(i - 2) * width + j - 2] + 1);
      d[i * width + j] = best;
    }
  }
  return d.back();
}

std::string nearest_name(std::string_view got, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = 0;
  if (got.size() > 200) return best; // nobody's typing error, and the table would be large
  for (const auto& name : known) {
    const auto distance = edit_distance(got, name);
    const auto allowed = std::max<std::size_t>(1, std::max(got.size(), name.size()) / 3);
    const bool shares_something = distance < std::max(got.size(), name.size());
    if (distance <= allowed && shares_something && (best.empty() || distance < best_distance)) {
      best = name;
      best_distance = distance;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view got, const std::vector<std::string>& known) {
  const auto name = nearest_name(got, known);
  return name.empty() ? "" : ", did you mean \"" + name + "\"?";
}

std::string list_of_names(const std::vector<std::string>& names) {
  if (names.empty()) return "none";
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

} // namespace sluice::config
