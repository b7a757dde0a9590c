// One SenML pack (RFC 8428), or the object of the draft before it ({"e":[..],"bt":..}), as resolved records:
// base values are added, times are absolute.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ingest/decode/decode_failure.hpp"
#include "actors/ingest/decode/field_plan.hpp"
#include "actors/ingest/decode/found_value.hpp"
#include "actors/ingest/decode/json_text.hpp"
#include "actors/ingest/decode_options.hpp"

namespace sluice {

class senml_pack {
public:
  struct record {
    std::string_view text;      // as it stands in the payload
    std::string_view base_name; // in force
    std::string_view name;      // its own, without the base name; "value" when it has none
    found_value value, sum;     // missing = has none
    std::int64_t time_ms = 0;
    bool timed = false; // pack or record say a time; else it is `received_ms`
    std::optional<decode_failure> wrong;
    bool empty = false; // base values for those that follow, and nothing else
  };

  explicit senml_pack(time_unit object_unit);

  // False iff the payload is no pack; a record that is not what RFC 8428 demands is `wrong` alone. Everything
  // is valid until the next call and as long as the payload.
  bool read(std::string_view payload, std::int64_t received_ms, decode_failure& why);
  const std::vector<record>& records() const noexcept { return records_; }

private:
  enum key : std::uint32_t { bn, bt, bu, bv, bs, bver, n, u, v, vs, vb, vd, s, t, ut, sv, count };
  struct bases {
    std::string_view name;
    found_value time, value, sum;
  };

  bool take_base(bool object, bases& base, decode_failure& why);
  void resolve(bool object, bases& base, std::int64_t received_ms, record& into);
  bool resolve_value(bool object, const bases& base, record& into);
  bool resolve_time(bool object, const bases& base, std::int64_t received_ms, record& into);
  bool number(bool object, key k, found_value& out, decode_failure& why) const;
  std::string_view keep(std::string_view text);

  time_unit object_unit_;
  json_text array_, object_, record_;
  field_plan record_plan_, object_plan_;
  found_value found_[count];
  std::vector<record> records_;
  std::string room_; // texts with escapes; reserved, so they stay where they are
};

} // namespace sluice
