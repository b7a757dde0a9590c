// Texts as lines of words, for training and scoring alike.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

// Appends the words of `text` (UTF-8), each with a space behind it: runs of letters, combining marks and
// digits of any script, in small letters, without the stop words of `languages`. Returns how many were added.
// Bytes that are no UTF-8 separate words.
std::size_t add_tokens(std::string_view text, const std::vector<std::string>& languages, std::string& line);

} // namespace sluice
