// Whether the texts of TLS files can be used, found out before a connection needs them. Includes OpenSSL.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

// What is wrong with certificates in PEM, e.g. those of a CA; nullopt: all of them can be read, and there is
// one.
std::optional<std::string> trouble_of_certificates(std::string_view pem);
// True iff one of them is not valid any more, by the system's clock.
bool has_expired(std::string_view pem);
// What is wrong with a private key in PEM; nullopt: it can be read without a password, and belongs to the
// first of `certificates`, unless that cannot be read itself.
std::optional<std::string> trouble_of_key(std::string_view pem, std::string_view certificates);

} // namespace sluice
