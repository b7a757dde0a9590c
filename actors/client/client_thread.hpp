// The threads of an MQTT client; a system may have none left.
#pragma once

#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "messages/errors.hpp"

namespace sluice {

// Starts a thread that runs `f`. Errors: connection_lost, for there is none then.
template <class F> outcome<std::thread> start_thread(F f) {
  try {
    return std::thread(std::move(f));
  } catch (const std::system_error& e) {
    return fail(ec::connection_lost, "mqtt: no thread: " + e.code().message());
  }
}

} // namespace sluice
