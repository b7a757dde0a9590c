// Whether bytes are UTF-8.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace sluice {

// Offset of the first byte that does not belong to valid UTF-8 (Unicode 15, table 3-7: shortest form, no
// surrogates, up to U+10FFFF); nullopt iff all of it is valid.
std::optional<std::size_t> invalid_utf8(std::string_view text) noexcept;

} // namespace sluice
