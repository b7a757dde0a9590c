// The bytes of a stored dead letter, and the JSON users see (interface.md "Dead letter"). Keys are big endian
// ids.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "messages/dead_letter.hpp"

namespace sluice {

std::string encode(const dead_letter& letter);
// nullopt: not bytes that encode() wrote.
std::optional<dead_letter> decode_dead_letter(std::uint64_t id, std::string_view bytes);

// One line of JSON without line end. Members that say nothing (no pipeline, no sequence) are left out.
std::string to_json(const dead_letter& letter);

} // namespace sluice
