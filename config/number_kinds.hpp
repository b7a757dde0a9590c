// Options that are numbers with a fraction, and shares of a whole.
#pragma once

#include "config/option_kinds.hpp"

namespace sluice::config {

// A finite number within [least, most].
option_kind<double> number(double least, double most);

// A share of a whole, "20%" or 0.2, within [least, most] (of 1).
option_kind<double> share(double least, double most);

} // namespace sluice::config
