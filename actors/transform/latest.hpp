// The step latest: where each message carries one metric, the event leaves with the last known values of the
// others. Event time decides: an older event never replaces a newer value.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/transform/field_value.hpp"

namespace sluice {

class latest_rule {
public:
  // What is remembered of one key: one value per field. 48 bytes each and the texts.
  struct kept {
    kept_value value;
    std::int64_t time_ms = 0;
  };
  struct memory {
    std::vector<kept> values; // one per field; missing = none yet
  };

  // `max_age`: nullopt = for ever.
  latest_rule(std::size_t fields, std::optional<std::chrono::milliseconds> max_age) noexcept
      : fields_(fields), max_age_(max_age) {}

  // The value that an event of `time_ms` without field `i` gets: the one kept, unless it is more than
  // `max_age` older or newer than the event. Missing when there is none. Points into the memory.
  field_value fill(const memory& m, std::size_t i, std::int64_t time_ms) const noexcept;

  memory make_memory() const; // of a new key
  // Copies what remember() will keep; `values` are those the event brings itself. May throw.
  void prepare(std::span<const field_value> values);
  // Keeps the values the event brings, each unless a newer one is there (of equal time, the later event
  // counts). Returns whether anything changed. After prepare() of the same values.
  bool remember(memory& m, std::span<const field_value> values, std::int64_t time_ms) noexcept;

  void save(const memory& m, std::string& out) const;
  // False when `in` is damaged or of another number of fields.
  bool restore(memory& m, std::string_view in) const;

private:
  std::size_t fields_;
  std::optional<std::chrono::milliseconds> max_age_;
  std::vector<std::string> texts_; // copied by prepare()
};

} // namespace sluice
