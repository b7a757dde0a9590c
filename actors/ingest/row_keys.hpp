// The key of a row for pipelines that are not keyed by the device: canonical JSON of some of its fields.
//
// The fields stand in the order of `key:`; integers and integral doubles below 2^53 are written alike, other
// numbers by their shortest text, so that one value gives one key whatever its spelling. No fields: {} for
// every row.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/ingest/field_table.hpp"
#include "actors/window/json_text.hpp"
#include "messages/batch.hpp"

namespace sluice {

class row_keys {
public:
  static constexpr std::size_t most_bytes = 255;
  enum class verdict : std::uint8_t {
    good,
    missing, // the row lacks a field: culprit()
    invalid, // the key is longer than most_bytes
  };

  // `fields` are names of the event's fields; "device" is its device. Their slots are taken from `names`.
  row_keys(const std::vector<std::string>& fields, field_table& names);

  // Appends the key's text to the arena of `batch` and fills `into`. Unless `good`, nothing is appended and
  // `into` stays as it was.
  verdict make(event_batch& batch, std::size_t row, row_key& into);

  // After `missing`: the name of the first missing field.
  const std::string& culprit() const noexcept { return parts_[culprit_].name; }
  // After `invalid`: how long the key would be.
  std::size_t length() const noexcept { return text_.size(); }
  // The fields as a person names them, e.g. "site, area".
  std::string names() const;

private:
  static constexpr std::uint32_t device = ~std::uint32_t{0};
  struct part {
    std::string name;
    std::string head; // {"site": or ,"area":
    std::uint32_t slot;
  };
  std::vector<part> parts_;
  text_buffer text_;
  std::size_t culprit_ = 0;
};

} // namespace sluice
