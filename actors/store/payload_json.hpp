// Bytes as JSON: what `dlq` and `journal dump` print of payloads that may not be text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

bool is_utf8(std::string_view bytes) noexcept; // RFC 3629: no overlong forms, no surrogates, at most U+10FFFF
std::string base64(std::string_view bytes);    // RFC 4648, with padding
std::optional<std::string> from_base64(std::string_view text); // nullopt: it is none
// "..." with everything escaped that must be; invalid UTF-8 becomes U+FFFD.
std::string json_string(std::string_view text);
// "payload":"..", or "payload_base64":".." when it is not UTF-8: a member without comma.
std::string payload_member(std::string_view payload);

} // namespace sluice
