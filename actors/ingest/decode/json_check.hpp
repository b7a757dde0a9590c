// Says why and where a payload is not acceptable JSON (RFC 8259). A strict scan of the whole payload, run
// only for payloads that the fast decoders did not take, so that a dead letter names the exact byte.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "messages/dead_letter.hpp"

namespace sluice {

struct json_limits {
  unsigned max_depth = 32;  // objects and arrays inside each other, the top level counts
  unsigned max_keys = 1000; // keys in the whole payload
};

struct json_problem {
  reason why = reason::json_syntax; // json.utf8, json.syntax, json.depth, json.keys or json.number
  std::size_t byte = 0;             // offset of the first byte that is wrong, from 0
  std::string detail;
};

// The first problem of `payload`; nullopt iff it is acceptable. Bytes that are not UTF-8 are reported before
// all else.
std::optional<json_problem> check_json(std::string_view payload, const json_limits& limits);

} // namespace sluice
