// Which of its two formats a model of XGBoost has, JSON or UBJSON (ubjson.org, draft 12).
#pragma once

#include <string_view>

namespace sluice {

// True iff a model is to be read as JSON: behind the brace JSON has a quote, a space or the end, UBJSON the
// type of a length. What is too short to tell counts as JSON.
bool is_json_model(std::string_view bytes) noexcept;

// Whether bytes are a whole UBJSON document, without keeping any of it. XGBoost's own reader believes every
// length, also behind the end of the bytes: who has not asked here first reads what is not his.
bool is_ubjson(std::string_view bytes);

} // namespace sluice
