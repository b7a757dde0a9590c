#include "config/number_kinds.hpp"

#include <charconv>
#include <cmath>

namespace sluice::config {

namespace {

std::string shortest(double v) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, v).ptr};
}

std::optional<double> parse(std::string_view text) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

option_kind<double> bounded(double least, double most, bool percent) {
  option_kind<double> kind;
  const auto shown = [percent](double v) { return percent ? shortest(v * 100) + "%" : shortest(v); };
  const std::string what = percent ? "a share" : "a number";
  kind.type = percent ? "number, or text" : "number";
  kind.bounds = shown(least) + " to " + shown(most);
  kind.read = [=](const yaml_node& node, double& into, const std::string& where, const about& option,
                  reader& in) {
    const auto want = what + " from " + shown(least) + " to " + shown(most);
    const auto text = read_scalar(node, where, what, want, option, in);
    if (!text) return;
    const bool of_hundred = percent && text->ends_with('%');
    auto value = parse(std::string_view(*text).substr(0, text->size() - (of_hundred ? 1 : 0)));
    if (!value) return refuse(node, where, "is not " + what, want, option, in);
    if (of_hundred) *value /= 100;
    if (*value < least || *value > most) return refuse(node, where, "is out of bounds", want, option, in);
    into = *value;
  };
  kind.print = [shown](const double& v, const secret_values&) { return yaml_node::scalar(shown(v)); };
  return kind;
}

} // namespace

option_kind<double> number(double least, double most) {
  return bounded(least, most, false);
}

option_kind<double> share(double least, double most) {
  return bounded(least, most, true);
}

} // namespace sluice::config
