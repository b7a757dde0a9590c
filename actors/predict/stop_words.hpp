// Words that say nothing about what a text is about: articles, prepositions, pronouns, auxiliary verbs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

// The languages there are lists of: "english", "portuguese".
const std::vector<std::string>& stop_word_languages();

// True iff `word`, in small letters, is a stop word of `language`; false for a language that is none.
bool is_stop_word(std::string_view language, std::string_view word);

} // namespace sluice
