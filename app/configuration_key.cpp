#include "app/configuration_key.hpp"

#include <algorithm>

#include "config/nearest_name.hpp"
#include "config/option_kinds.hpp"

namespace sluice {

using namespace config;

namespace {

using key = std::optional<std::vector<std::string>>;

std::optional<refusal> refuse_field(const std::string& name) {
  if (is_field_name(name)) return std::nullopt;
  return refusal{"is no name of a field", std::string(field_name_rule)};
}

yaml_node print_key(const key& value) {
  if (!value) return yaml_node::scalar("device");
  if (value->empty()) return yaml_node::scalar("none");
  auto list = yaml_node::sequence();
  for (const auto& name : *value) list.items.push_back(yaml_node::words(name));
  return list;
}

} // namespace

option_kind<key> key_kind() {
  const auto fields = one_or_list(text(refuse_field, "", "field"));
  option_kind<key> kind;
  kind.type = "device, none, field, or list of fields";
  kind.bounds = "fields of the event as its source decodes it";
  kind.read = [fields](const yaml_node& node, key& into, const std::string& where, const about& option,
                       reader& in) {
    if (node.is_scalar() && node.text == "none") {
      into.emplace();
      return;
    }
    std::vector<std::string> names;
    const auto before = in.out.errors();
    fields.read(node, names, where, option, in);
    if (in.out.errors() != before) return;
    for (std::size_t i = 1; i < names.size(); ++i)
      if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) !=
          names.begin() + static_cast<std::ptrdiff_t>(i))
        return in.out.error(node.items[i].at, "a field is named twice in the key", show(node.items[i]),
                            "each field once");
    into = names == std::vector<std::string>{"device"} ? key() : key(std::move(names));
  };
  kind.print = [](const key& value, const secret_values&) { return print_key(value); };
  return kind;
}

void check_key(const pipeline_options& pipeline, const known_fields& fields, const yaml_node& node,
               report& out) {
  const auto* at = node.value("key");
  if (at == nullptr || !pipeline.key) return;
  for (std::size_t i = 0; i < pipeline.key->size(); ++i) {
    const auto& name = (*pipeline.key)[i];
    if (name == "device" || fields(name).known) continue;
    const auto& item = at->is_sequence() && i < at->items.size() ? at->items[i] : *at;
    const auto known = fields.names();
    out.error(item.at, "unknown field in key" + did_you_mean(name, known), show(item),
              "one of " + list_of_names(known));
  }
}

} // namespace sluice
