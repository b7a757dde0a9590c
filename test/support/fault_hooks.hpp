// What goes wrong in the unit tests that link fault_hooks.cpp: the hooks of messages/faults.hpp, set by a
// test.
#pragma once

#include <atomic>

#include "messages/faults.hpp"

namespace sluice::testing {

inline int drop_events = 0;      // the next so many batches lose an event
inline int throw_in_applies = 0; // the first event of the next so many batches throws
inline bool check_duplicates = true;
inline std::atomic<faults::scoring> next_score{faults::scoring::well}; // what the next batch of a model meets

} // namespace sluice::testing
