// What a case expected beside what came out.
#pragma once

#include <string>

#include "app/trial/trial_run.hpp"

namespace sluice {

// One line per difference, "" = as expected. Results are compared in the order of each device (or key) of a
// pipeline: every key that is expected must be there and equal, and `values` must be equal as a whole;
// numbers are equal as numbers. Dead letters are compared in their order by the keys that are expected.
std::string compare(const trial_case& expected, const trial_output& got);

// The results and dead letters as a test file would expect them.
std::string as_expectation(const trial_output& got);

} // namespace sluice
