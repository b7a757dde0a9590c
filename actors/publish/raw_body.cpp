#include "actors/publish/raw_body.hpp"

#include "actors/store/payload_json.hpp"

namespace sluice {

namespace {

using json = nlohmann::ordered_json;

const json* text_field(const json& map, const char* name) {
  const auto found = map.find(name);
  return found != map.end() && found->is_string() ? &*found : nullptr;
}

// False: the text is no list of properties. Of a message that has none it is empty.
bool take_properties(const std::string& text, raw_body& into) {
  if (text.empty()) return true;
  const auto list = json::parse(text, nullptr, false);
  if (!list.is_array()) return false;
  for (const auto& pair : list) {
    if (!pair.is_array() || pair.size() < 2 || !pair[0].is_string() || !pair[1].is_string()) return false;
    auto name = pair[0].get<std::string>(), value = pair[1].get<std::string>();
    if (name == "sluice-id" || name == "revision") continue; // ours stand in their place
    if (pair.size() > 2) {
      auto bytes = from_base64(value);
      if (!bytes) return false;
      value = std::move(*bytes);
    }
    into.properties.emplace_back(std::move(name), std::move(value));
  }
  return true;
}

} // namespace

std::optional<raw_body> raw_body_of(const json& record, std::string& why) {
  const auto values = record.find("values");
  why = "the result has no field payload: the source needs decode: raw";
  if (values == record.end() || !values->is_object()) return std::nullopt;
  raw_body out;
  if (const auto* text = text_field(*values, "payload")) {
    out.payload = text->get<std::string>();
  } else if (const auto* encoded = text_field(*values, "payload_base64")) {
    auto bytes = from_base64(encoded->get_ref<const std::string&>());
    if (!bytes) {
      why = "payload_base64 is not base64";
      return std::nullopt;
    }
    out.payload = std::move(*bytes);
  } else {
    return std::nullopt;
  }
  const auto* list = text_field(*values, "properties");
  if (list != nullptr && !take_properties(list->get_ref<const std::string&>(), out)) {
    why = "properties is no list of names and texts, as decode: raw makes it";
    return std::nullopt;
  }
  return out;
}

} // namespace sluice
