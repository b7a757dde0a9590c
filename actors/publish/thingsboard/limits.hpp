// The publisher's fixed numbers, with the reason for each.
#pragma once

#include <chrono>
#include <cstddef>

namespace sluice::thingsboard::limits {

using namespace std::chrono_literals;

constexpr std::size_t records_per_publish = 100; // a refused publish costs as many single ones
constexpr std::size_t held_records = 4000;       // read ahead; memory behind a dead sink stays flat
constexpr std::size_t held_bytes = 8u << 20;
constexpr std::size_t done_above = 10000;  // acknowledged above the cursor: written with each move of it
constexpr std::size_t noticed_keys = 1000; // keys we remember having warned about
constexpr std::chrono::milliseconds least_pause = 1s, most_pause = 60s; // after PUBACK 0x97, 0x80, 0x83
constexpr std::chrono::milliseconds unsent_pause = 50ms; // the client library's buffer was full
// Before a record that was alone when the connection closed is tried again: a server that is falling over
// falls before it.
constexpr std::chrono::milliseconds quiet = 2s;
constexpr std::chrono::milliseconds right_after = 5s; // a close within this of a publish may be because of it

} // namespace sluice::thingsboard::limits
