// A TCP or TLS connection as a non-blocking stream of bytes, with an error text for each way in which one
// cannot be made: name, TCP, TLS. The simulator and grouped_client speak over it; paho_client asks it why a
// connection failed, for Paho has one text for all of them. Includes OpenSSL, as pem_texts.cpp does in this
// room.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "actors/client/broker_url.hpp"
#include "actors/client/mqtt_options.hpp"
#include "messages/errors.hpp"

namespace sluice {

// Not thread safe.
class byte_stream {
public:
  // Connects and does the TLS handshake (1.2 or later) with the checks of `tls`. Blocks up to `timeout`, and
  // as long as the system's resolver does. Errors: refused (TLS: wrong CA, host name, expired, no common
  // version), timeout, connection_lost (refused port, unreachable, no such name), invalid (certificate files
  // that cannot be read).
  static outcome<byte_stream> open(const broker_url& at, const tls_options& tls,
                                   std::chrono::milliseconds timeout);
  byte_stream(byte_stream&&) noexcept;
  byte_stream& operator=(byte_stream&&) noexcept;
  ~byte_stream();

  int fd() const noexcept; // to poll
  // Both return the number of bytes, 0 when there is nothing to do now, -1 when the connection is over. Call
  // read() until it returns 0 or -1: TLS may hold bytes that poll does not show.
  std::ptrdiff_t read(char* to, std::size_t size);
  std::ptrdiff_t write(const char* from, std::size_t size);

private:
  byte_stream();
  struct impl;
  std::unique_ptr<impl> impl_;
};

// Succeeds iff the host name of `at` has an address. Blocks as long as the system's resolver does.
outcome<void> resolve(const broker_url& at);

// Opens a connection and closes it again; errors as open(), and refused when the server wants a client
// certificate.
outcome<void> probe(const broker_url& at, const tls_options& tls, std::chrono::milliseconds timeout);

} // namespace sluice
