#include "actors/ingest/decode/passed_properties.hpp"

#include "actors/ingest/kafka/kafka_stamp.hpp"
#include "actors/store/bytes.hpp"
#include "actors/store/payload_json.hpp"

namespace sluice {

void passed_properties(std::string_view encoded, std::string& to) {
  const auto begin = to.size();
  byte_reader in(encoded);
  while (in.ok() && !in.at_end()) {
    const auto name = in.text(), value = in.text();
    if (!in.ok() || name == kafka_stamp_property) continue;
    to += to.size() == begin ? "[[" : ",[";
    to += json_string(name);
    to += ',';
    if (is_utf8(value))
      to += json_string(value);
    else
      to += "\"" + base64(value) + "\",true";
    to += ']';
  }
  if (to.size() != begin) to += ']';
}

} // namespace sluice
