// What every long-lived actor installs: an exception ends it as a typed error whose text survives into the
// down message, and an error that comes back for a message sent without a request is not fatal.
#pragma once

#include <exception>
#include <string>

#include <caf/scheduled_actor.hpp>

#include "messages/type_ids.hpp"

namespace sluice {

// `code` is what an exception counts as: ec::bug, or ec::storage where the process must not go on.
template <class Self> void guard(Self self, ec code = ec::bug) {
  self->set_exception_handler([code](std::exception_ptr& e) -> caf::error {
    try {
      std::rethrow_exception(e);
    } catch (const std::exception& x) {
      return caf::make_error(code, std::string(x.what()));
    } catch (...) {
      return caf::make_error(code, std::string("unknown exception"));
    }
  });
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
}

} // namespace sluice
