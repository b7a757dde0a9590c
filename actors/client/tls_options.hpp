// How a TLS connection to a server is made: shared by all clients.
#pragma once

#include <string>

namespace sluice {

namespace config {
template <class T> class options; // config/option.hpp
} // namespace config

struct tls_options {
  std::string ca_file;   // PEM; empty = the system's trust store
  std::string cert_file; // client certificate chain, PEM; empty = none
  std::string key_file;  // its private key, PEM
  bool verify = true;    // certificate and host name
};

// The declaration of `tls:`.
const config::options<tls_options>& tls_table();

} // namespace sluice
