// Reason code tables.
#include "actors/client/mqtt_reason.hpp"

#include <algorithm>
#include <cstdio>

#include "actors/client/mqtt_publish.hpp"

namespace sluice {

namespace {

const char* name_of(int code) noexcept {
  switch (code) {
  case 0x00:
    return "normal disconnection";
  case 0x04:
    return "disconnect with will";
  case 0x10:
    return "no matching subscribers";
  case 0x80:
    return "unspecified error";
  case 0x81:
    return "malformed packet";
  case 0x82:
    return "protocol error";
  case 0x83:
    return "implementation specific error";
  case 0x84:
    return "unsupported protocol version";
  case 0x85:
    return "client identifier not valid";
  case 0x86:
    return "bad user name or password";
  case 0x87:
    return "not authorized";
  case 0x88:
    return "server unavailable";
  case 0x89:
    return "server busy";
  case 0x8A:
    return "banned";
  case 0x8B:
    return "server shutting down";
  case 0x8C:
    return "bad authentication method";
  case 0x8D:
    return "keep alive timeout";
  case 0x8E:
    return "session taken over: another client connected with the same client id or token";
  case 0x8F:
    return "topic filter invalid";
  case 0x90:
    return "topic name invalid";
  case 0x91:
    return "packet identifier in use";
  case 0x92:
    return "packet identifier not found";
  case 0x93:
    return "receive maximum exceeded";
  case 0x94:
    return "topic alias invalid";
  case 0x95:
    return "packet too large";
  case 0x96:
    return "message rate too high";
  case 0x97:
    return "quota exceeded";
  case 0x98:
    return "administrative action";
  case 0x99:
    return "payload format invalid";
  case 0x9A:
    return "retain not supported";
  case 0x9B:
    return "QoS not supported";
  case 0x9C:
    return "use another server";
  case 0x9D:
    return "server moved";
  case 0x9E:
    return "shared subscriptions not supported";
  case 0x9F:
    return "connection rate exceeded";
  case 0xA0:
    return "maximum connect time";
  case 0xA1:
    return "subscription identifiers not supported";
  case 0xA2:
    return "wildcard subscriptions not supported";
  default:
    return "unknown reason";
  }
}

bool is_throttle(int code) noexcept {
  return code == 0x89 || code == 0x96 || code == 0x97 || code == 0x9F;
}

// 3.1.1 has five codes; these are their equals in MQTT 5. A broker of 3.1.1 answers an MQTT 5 CONNECT with
// them too.
int as_reason(int code) noexcept {
  if (code > 5) return code;
  constexpr int equal[] = {0, 0x84, 0x85, 0x88, 0x86, 0x87};
  return code < 0 ? 0x80 : equal[code];
}

// `: "said"`, without what could break a line, and cut between two characters of UTF-8.
std::string in_its_words(std::string_view said) {
  if (said.empty()) return {};
  constexpr std::size_t most = 200;
  auto size = std::min(said.size(), most);
  while (size < said.size() && size > 0 && (said[size] & 0xc0) == 0x80) --size;
  std::string text(said.substr(0, size));
  for (auto& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return ": \"" + text + (size < said.size() ? "..\"" : "\"");
}

} // namespace

std::string reason_text(int code) {
  char number[16];
  std::snprintf(number, sizeof number, " (0x%02x)", static_cast<unsigned>(code));
  return name_of(code) + std::string(number);
}

error connack_error(int protocol, int code, const std::string& url, std::string_view said) {
  const int reason = as_reason(code);
  const auto kind = is_throttle(reason) ? ec::throttled : reason == 0x88 ? ec::connection_lost : ec::refused;
  std::string number = protocol >= 5 ? "" : " (return code " + std::to_string(code) + ")";
  return {kind, url + ": the broker refused the connection: " +
                    (protocol >= 5 ? reason_text(reason) : name_of(reason) + number) + in_its_words(said)};
}

bool wrong_version(int code) noexcept {
  return as_reason(code) == 0x84;
}

error disconnect_error(int code, const std::string& url, std::string_view said) {
  return {is_throttle(code) ? ec::throttled : ec::connection_lost,
          url + ": the broker ended the connection: " + reason_text(code) + in_its_words(said)};
}

std::string refused_filters(std::span<const mqtt_subscription> asked, std::string_view codes) {
  std::string list;
  for (std::size_t i = 0; i < std::min(asked.size(), codes.size()); ++i) {
    const int code = static_cast<unsigned char>(codes[i]);
    if (code < 0x80 && code >= asked[i].qos) continue;
    list += (list.empty() ? "" : "; ") + asked[i].filter + ": ";
    list += code >= 0x80 ? reason_text(code)
                         : "granted QoS " + std::to_string(code) + ", want " + std::to_string(asked[i].qos);
  }
  return list;
}

std::string too_many_wait() {
  return std::to_string(most_waiting_publishes) + " messages wait for their PUBACK already";
}

} // namespace sluice
