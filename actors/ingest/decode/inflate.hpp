// Decompression of payloads, bounded: what grows beyond the limit is refused as soon as it does. The only
// file with zlib and zstd.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "actors/ingest/decode/decode_failure.hpp"
#include "actors/ingest/decode_options.hpp"

namespace sluice {

class inflater {
public:
  // `most`: longest result, in bytes.
  inflater(compression how, std::size_t most);
  inflater(inflater&&) noexcept;
  ~inflater();

  // The payload as it was before it was compressed: `payload` itself with none, and with automatic when it
  // begins like neither gzip nor zstd. Valid until the next call. False iff it is damaged, cut off, followed
  // by something else, or too large; `why` says so. Several gzip members or zstd frames in a row are one
  // payload.
  bool read(std::string_view payload, std::string_view& out, decode_failure& why);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace sluice
