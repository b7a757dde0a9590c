// Whether bytes are a whole UBJSON document (ubjson.org, draft 12), without keeping any of it.
#pragma once

#include <string_view>

namespace sluice {

// XGBoost's own reader believes every length, also behind the end of the bytes: who has not asked here first
// reads what is not his.
bool is_ubjson(std::string_view bytes);

} // namespace sluice
