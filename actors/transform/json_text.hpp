// JSON texts and numbers as results hold them: shortest text that reads back equal.
#pragma once

#include <cstdint>
#include <string_view>

#include "messages/text_buffer.hpp"

namespace sluice {

// Appends `text` in quotes, escaped as RFC 8259 demands.
void append_text(text_buffer& out, std::string_view text);
void append_number(text_buffer& out, std::int64_t v);
// `v` is finite. Minus zero is written 0.
void append_number(text_buffer& out, double v);

} // namespace sluice
