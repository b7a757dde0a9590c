// Reading of single values.
#include "config/option_kinds.hpp"

#include <charconv>

namespace sluice::config {

void refuse(const yaml_node& node, const std::string& where, std::string_view what, std::string_view want,
            const about& option, reader& in) {
  in.out.error(node.at, where + " " + std::string(what), show(node, option.secret), want);
}

std::optional<std::string> read_scalar(const yaml_node& node, const std::string& where, std::string_view type,
                                       std::string_view want, const about& option, reader& in) {
  if (!node.is_scalar()) {
    refuse(node, where, "is not " + std::string(type), want, option, in);
    return std::nullopt;
  }
  if (option.secret) in.secrets.add(node.text);
  return node.text;
}

std::optional<std::int64_t> read_integer(const yaml_node& node, const std::string& where, std::int64_t least,
                                         std::int64_t most, const about& option, reader& in) {
  const auto want = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  const auto text = read_scalar(node, where, "a whole number", want, option, in);
  if (!text) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (text->empty() || end != text->data() + text->size() || code == std::errc::invalid_argument) {
    refuse(node, where, "is not a whole number", want, option, in);
    return std::nullopt;
  }
  if (code == std::errc::result_out_of_range || value < least || value > most) {
    refuse(node, where, "is out of bounds", want, option, in);
    return std::nullopt;
  }
  return value;
}

std::optional<std::optional<std::chrono::milliseconds>>
read_duration(const yaml_node& node, const std::string& where, std::chrono::milliseconds least,
              std::chrono::milliseconds most, const std::string& word, const about& option, reader& in) {
  const auto want = "e.g. " + in_quotes(option.example) + (word.empty() ? "" : " or " + in_quotes(word));
  const auto text = read_scalar(node, where, "a duration", want, option, in);
  if (!text) return std::nullopt;
  if (!word.empty() && *text == word) return std::optional<std::chrono::milliseconds>();
  const auto value = parse_duration(*text);
  if (!value) {
    refuse(node, where, "is not a duration", want, option, in);
    return std::nullopt;
  }
  if (*value < least || *value > most) {
    refuse(node, where, "is out of bounds", format_duration(least) + " to " + format_duration(most), option,
           in);
    return std::nullopt;
  }
  return std::optional(*value);
}

std::optional<std::uint64_t> read_size(const yaml_node& node, const std::string& where, std::uint64_t least,
                                       std::uint64_t most, const about& option, reader& in) {
  const auto want = "e.g. " + in_quotes(option.example);
  const auto text = read_scalar(node, where, "a size", want, option, in);
  if (!text) return std::nullopt;
  const auto value = parse_size(*text);
  if (!value) {
    refuse(node, where, "is not a size", want, option, in);
    return std::nullopt;
  }
  if (*value < least || *value > most) {
    refuse(node, where, "is out of bounds", format_size(least) + " to " + format_size(most), option, in);
    return std::nullopt;
  }
  return value;
}

option_kind<std::string> text(text_check check, std::string bounds, std::string type) {
  option_kind<std::string> kind;
  kind.type = type;
  kind.bounds = std::move(bounds);
  kind.read = [check, type](const yaml_node& node, std::string& into, const std::string& where,
                            const about& option, reader& in) {
    const auto value = read_scalar(node, where, "a " + type, "e.g. " + option.example, option, in);
    if (!value) return;
    if (check) {
      if (const auto bad = check(*value)) return refuse(node, where, bad->what, bad->want, option, in);
    } else if (value->empty()) {
      return refuse(node, where, "is empty", "e.g. " + option.example, option, in);
    }
    into = *value;
  };
  kind.print = [](const std::string& value, const secret_values& secrets) {
    return yaml_node::words(secrets.shown(value));
  };
  return kind;
}

bool is_component_name(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && name.size() <= 64 && plain(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return plain(c) || c == '_' || c == '-'; });
}

bool is_field_name(std::string_view name) {
  return name.size() <= 255 && name.find_first_not_of(' ') != std::string_view::npos &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; });
}

option_kind<std::string> component_name() {
  return text(
      [](const std::string& name) -> std::optional<refusal> {
        if (is_component_name(name)) return std::nullopt;
        return refusal{"is not a name", "letters, digits, _ and -, at most 64"};
      },
      "letters, digits, _ and -, at most 64", "name");
}

option_kind<bool> yes_or_no() {
  option_kind<bool> kind;
  kind.type = "true or false";
  kind.read = [](const yaml_node& node, bool& into, const std::string& where, const about& option,
                 reader& in) {
    const auto text = read_scalar(node, where, "true or false", "true or false", option, in);
    if (!text) return;
    if (*text != "true" && *text != "false")
      return refuse(node, where, "is not true or false", "true or false", option, in);
    into = *text == "true";
  };
  kind.print = [](const bool& value, const secret_values&) {
    return yaml_node::scalar(value ? "true" : "false");
  };
  return kind;
}

option_kind<text_pairs>
text_map(std::string example, text_check bad_key,
         std::function<std::optional<refusal>(const std::string&, const std::string&)> bad_value) {
  option_kind<text_pairs> kind;
  kind.type = "map of texts";
  kind.read = [=](const yaml_node& node, text_pairs& into, const std::string& where, const about& option,
                  reader& in) {
    if (!node.is_map()) return refuse(node, where, "is not a map of texts", "e.g. " + example, option, in);
    into.clear();
    for (const auto& [key, value] : node.entries) {
      if (value.unset) continue;
      const auto bad = bad_key ? bad_key(key.text) : std::nullopt;
      if (!value.is_scalar()) {
        in.out.error(value.at, where + "." + key.text + " is not a text", show(value), "a text");
      } else if (bad) {
        in.out.error(key.at, where + " " + bad->what, in_quotes(key.text), bad->want);
      } else if (const auto why = bad_value ? bad_value(key.text, value.text) : std::nullopt) {
        in.out.error(value.at, where + "." + key.text + " " + why->what, show(value), why->want);
      } else {
        into.emplace_back(key.text, value.text);
      }
    }
  };
  kind.print = [](const text_pairs& from, const secret_values& secrets) {
    auto map = yaml_node::map();
    for (const auto& [key, value] : from)
      map.entries.push_back({yaml_node::words(key), yaml_node::words(secrets.shown(value))});
    return map;
  };
  return kind;
}

option_kind<std::optional<std::chrono::milliseconds>>
duration_or(std::string word, std::chrono::milliseconds least, std::chrono::milliseconds most) {
  option_kind<std::optional<std::chrono::milliseconds>> kind;
  kind.type = "duration or `" + word + "`";
  kind.bounds = format_duration(least) + " to " + format_duration(most);
  kind.read = [=](const yaml_node& node, std::optional<std::chrono::milliseconds>& into,
                  const std::string& where, const about& option, reader& in) {
    if (const auto value = read_duration(node, where, least, most, word, option, in)) into = *value;
  };
  kind.print = [word](const std::optional<std::chrono::milliseconds>& value, const secret_values&) {
    return yaml_node::scalar(value ? format_duration(*value) : word);
  };
  return kind;
}

} // namespace sluice::config
