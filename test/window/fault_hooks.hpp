// This room's tests define the fault hooks of messages/faults.hpp themselves (fault_hooks_test.cpp).
#pragma once

namespace sluice::testing {

inline int drop_events = 0;      // the next so many batches lose an event
inline int throw_in_applies = 0; // the first event of the next so many batches throws
inline bool check_duplicates = true;

} // namespace sluice::testing
