// The bytes of the journal: segment header, batches, records. Little endian, no padding. Pure encoding, no
// files.
//
// clang-format off
// segment file  = header (72 bytes), one `sources` batch, then message and control batches
// header        0 "SLUICEJ1"  8 u32 version (1)  12 u32 header bytes  16 u64 store epoch  24 u64 first sequence
//               32 u64 continues from (last sequence before; first - 1 unless numbers were left out on purpose)
//               40 i64 journal ms  48 u64 salt (random)  56 u64 0  64 u64 XXH3-64 of bytes 0..63
// batch         0 u32 marker (salt >> 32)  4 u32 length of all of it  8 u64 XXH3-64 of bytes 16..length, xor salt
//               16 u64 first sequence  24 i64 journal ms  32 u64 source's running number of the first message
//               40 u32 records  44 u8 kind  45 u8 length of the source's name  46 u16 0  48 name, then the records
// message       0 u8 flags (1 dup, 2 retain, 4 truncated, 8 replayed, qos << 4)  1 u8 connection  2 u16 packet id
//               4 u32 topic bytes  8 u32 user property bytes  12 u32 payload bytes
//               16 topic, properties {u32, key, u32, value}.., payload
// control       0 u8 kind  1 u64 value  9 u32 name bytes  13 name
// sources       (u32 name bytes, name, u64 running number).. at the start of the segment; `records` is 0: no
//               sequence used
// clang-format on
// The salt keeps a payload that holds a journal from being taken for batches of this one when a damaged file
// is searched.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/store/message.hpp"
#include "messages/control.hpp"

namespace sluice {

struct segment_header {
  std::uint64_t epoch = 0, first = 1, continues_from = 0, salt = 0;
  std::int64_t created_ms = 0;
};
inline constexpr std::size_t segment_header_bytes = 72;
inline constexpr std::size_t batch_header_bytes = 48;
inline constexpr std::size_t message_header_bytes = 16;
inline constexpr std::size_t most_batch_bytes = 1u << 30;

void encode(const segment_header& header, char* out) noexcept;
// nullopt: wrong magic, version or checksum.
std::optional<segment_header> decode_segment_header(std::string_view bytes) noexcept;

enum class batch_kind : std::uint8_t { message = 0, control = 1, sources = 2 };

struct batch_header {
  std::uint32_t length = 0, count = 0;
  std::uint64_t first = 0, source_number = 0;
  std::int64_t time_ms = 0;
  batch_kind kind = batch_kind::message;
  std::string_view source;
  std::string_view body;
  std::uint64_t last() const noexcept { return first + count - 1; } // count > 0
};

// Bytes of a batch with that source name and body.
inline std::size_t batch_bytes(std::string_view source, std::size_t body) noexcept {
  return batch_header_bytes + source.size() + body;
}
// Returns where the body goes. `batch.length` and `.source` must be set; seal() follows when the body is
// there.
char* begin_batch(const batch_header& batch, std::uint64_t salt, char* out) noexcept;
void seal_batch(char* batch, std::uint64_t salt) noexcept;

enum class batch_state { good, incomplete, bad };
// Reads the batch at `at`. incomplete: it ends beyond `available` (out.length is set when the header is
// there).
batch_state read_batch(const char* at, std::size_t available, std::uint64_t salt, batch_header& out) noexcept;
// The same for bytes known to be good: no checksum.
batch_header view_batch(const char* at) noexcept;

std::size_t message_bytes(const message_in& m) noexcept;
char* encode(const message_in& m, char* out) noexcept; // returns the end
// Reads the message at `at`, returns its end, or nullptr when it does not fit before `end`.
const char* decode(const char* at, const char* end, message_out& out) noexcept;

std::size_t control_bytes(const control& c) noexcept;
void encode(const control& c, char* out) noexcept;
bool decode(std::string_view body, control& out);

using source_numbers = std::vector<std::pair<std::string, std::uint64_t>>;
std::string encode_sources(const source_numbers& numbers);
std::optional<source_numbers> decode_sources(std::string_view body);

} // namespace sluice
