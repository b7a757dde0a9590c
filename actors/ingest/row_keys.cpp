#include "actors/ingest/row_keys.hpp"

#include <cmath>

#include <xxhash.h>

namespace sluice {

namespace {

constexpr double exact = 9007199254740992.0; // 2^53

void append_value(text_buffer& out, const event_batch& batch, value_type type, slot value) {
  switch (type) {
  case value_type::number: {
    const auto v = value.number();
    if (std::abs(v) < exact && v == std::trunc(v))
      append_number(out, static_cast<std::int64_t>(v));
    else
      append_number(out, v);
    break;
  }
  case value_type::integer:
    append_number(out, value.integer());
    break;
  case value_type::boolean:
    out += value.boolean() ? std::string_view("true") : std::string_view("false");
    break;
  case value_type::text:
    append_text(out, batch.text(value));
    break;
  case value_type::missing:
    break;
  }
}

} // namespace

row_keys::row_keys(const std::vector<std::string>& fields, field_table& names) {
  for (const auto& name : fields) {
    text_buffer head;
    head += parts_.empty() ? '{' : ',';
    append_text(head, name);
    head += ':';
    parts_.push_back({name, std::string(head.view()), name == "device" ? device : names.add(name)});
  }
}

row_keys::verdict row_keys::make(event_batch& batch, std::size_t row, row_key& into) {
  text_.clear();
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const auto& p = parts_[i];
    if (p.slot == device) {
      text_ += p.head;
      append_text(text_, batch.device(batch.rows[row]));
      continue;
    }
    const auto type = p.slot < batch.stride ? batch.row_types(row)[p.slot] : value_type::missing;
    if (type == value_type::missing) {
      culprit_ = i;
      return verdict::missing;
    }
    text_ += p.head;
    append_value(text_, batch, type, batch.row_slots(row)[p.slot]);
  }
  text_ += parts_.empty() ? std::string_view("{}") : std::string_view("}");
  const auto text = text_.view();
  if (text.size() > most_bytes) return verdict::invalid;
  into.hash = XXH3_64bits(text.data(), text.size());
  into.offset = static_cast<std::uint32_t>(batch.arena.size());
  into.length = static_cast<std::uint32_t>(text.size());
  batch.arena += text;
  return verdict::good;
}

std::string row_keys::names() const {
  std::string out;
  for (const auto& p : parts_) out += (out.empty() ? "" : ", ") + p.name;
  return out;
}

} // namespace sluice
