// $(NAME) in a text of a template.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace sluice::config {

// Calls `name` for every $(NAME) of `text` with its offset in bytes and adds what it returns; $$( is a plain
// $(. A "$(" without ")" or around something that is no name (letters, digits, _ and -) is handed to `bad`
// with its offset and left as it is.
std::string
replace_parameters(std::string_view text,
                   const std::function<std::string(std::string_view name, std::size_t offset)>& name,
                   const std::function<void(std::size_t offset)>& bad);

} // namespace sluice::config
