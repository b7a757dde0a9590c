// The reference of the expression language in Markdown, made from the rows of
// its functions.
#pragma once

#include <string>

namespace sluice {

std::string expression_reference();

} // namespace sluice
