// Reads one JSON object by a plan: which values stand at its targets. The only file with simdjson. Never
// throws; everything in the text is validated, also what nobody asks for. Not thread safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ingest/decode/decode_failure.hpp"
#include "actors/ingest/decode/field_plan.hpp"
#include "actors/ingest/decode/found_value.hpp"
#include "actors/ingest/decode/json_check.hpp"
#include "actors/ingest/decode/json_shape.hpp"

namespace sluice {

class json_text {
public:
  // What the text may be beside a plan for its keys.
  struct demands {
    json_limits limits = {};
    unsigned flatten = 1;  // levels whose values may be fields
    bool discover = false; // say which of them the plan does not know
    bool array = false;    // the text is an array, and its elements are wanted
  };
  explicit json_text(demands what);
  json_text(json_text&&) noexcept;
  json_text& operator=(json_text&&) noexcept;
  ~json_text();

  // False iff the text is not acceptable; `why` says so. What was found is valid until the next call.
  bool read(field_plan& plan, std::string_view text, decode_failure& why);

  // Calls f(target, value) for what was found, in the order of the text.
  template <class F> void each(field_plan& plan, F&& f) const {
    if (quick_) {
      for (std::size_t i = 0; i < shape_.size(); ++i)
        if (const auto t = shape_.target(i); t != json_shape::ignored) f(plan[t], shape_.value(i));
    } else {
      for (const auto& one : found_) f(plan[one.target], one.value);
    }
  }
  // True iff the text read last had the keys of the one before it: no objects in it.
  bool quick() const noexcept { return quick_; }
  // Values of the top level that the plan has no use for.
  unsigned unknown() const noexcept;
  // Their keys from the top level down, iff they were asked for; empty after the quick way.
  const std::vector<std::vector<std::string>>& discovered() const noexcept { return discovered_; }
  // The elements of the array at the plan's target `each`, as they stand in the text; whether it was there.
  const std::vector<std::string_view>& elements() const noexcept { return elements_; }
  bool has_elements() const noexcept { return has_elements_; }
  // The next text goes the full way: what was learned does not know the plan's new targets.
  void forget() noexcept;

private:
  struct walker;
  struct found {
    std::int32_t target;
    found_value value;
  };
  json_shape shape_;
  bool quick_ = false;
  std::vector<found> found_;
  std::vector<std::vector<std::string>> discovered_;
  std::vector<std::string_view> elements_;
  bool has_elements_ = false;
  unsigned unknown_ = 0;
  std::unique_ptr<walker> walker_;
};

} // namespace sluice
