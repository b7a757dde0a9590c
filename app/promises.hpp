// What each kind of source and sink promises of delivery: a paragraph of its page in docs/reference.
#pragma once

#include <string>

namespace sluice {

// `title` of a section of the reference, e.g. "sinks.NAME.file"; "" where there is nothing to promise.
std::string promise_of(const std::string& title);

} // namespace sluice
