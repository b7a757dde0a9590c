// Paths into a payload: `$.a.b` and `$["odd name"]`, names of object members only. Where the events are
// elements of an array, `$` is the element and `$$` the payload around it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "messages/errors.hpp"

namespace sluice {

struct json_path {
  std::vector<std::string> names; // from the top level down, at least one
  bool outer = false;             // begins with $$

  // Parses `text`. After a dot a name holds letters, digits, _, - and bytes beyond ASCII; any other name
  // stands in brackets and quotes (" or '), with \ before a quote or a backslash. Errors (ec::invalid) say
  // what is wrong and where.
  static outcome<json_path> parse(std::string_view text);
  // Parses the path of an array whose elements are meant: `$.a[*]`, or `$[*]`, which has no names.
  static outcome<json_path> parse_each(std::string_view text);
};

// The way to `name` below `parent` in the spelling of parse: `$.a`, `$["odd name"]`. Bytes that cannot be
// shown are \xNN.
std::string path_text(std::string_view parent, std::string_view name);

// `text` in quotes for an error detail: at most 64 bytes of it, what is not printable ASCII as \xNN.
std::string quoted(std::string_view text);

} // namespace sluice
