#include "actors/ingest/decode/inflate.hpp"

#include <algorithm>

#include <zlib.h>
#include <zstd.h>

namespace sluice {

namespace {

constexpr std::string_view gzip_magic = "\x1f\x8b", zstd_magic = "\x28\xb5\x2f\xfd";
constexpr std::size_t piece = 64 << 10;

bool refuse(decode_failure& why, reason r, std::size_t byte, std::string detail) {
  why = {r, "byte " + std::to_string(byte), std::move(detail)};
  return false;
}

} // namespace

struct inflater::impl {
  compression how;
  std::size_t most;
  std::string out;
  z_stream gzip{};
  bool gzip_ready = false;
  ZSTD_DCtx* zstd = nullptr;

  ~impl() {
    if (gzip_ready) inflateEnd(&gzip);
    ZSTD_freeDCtx(zstd);
  }

  // Room for the next piece; at most one byte beyond the limit, so that being over it is seen.
  std::size_t grow(std::size_t used) {
    const auto size = std::min(used + piece, most + 1);
    if (out.size() < size) out.resize(size);
    return size - used;
  }
  bool too_large(decode_failure& why, std::size_t byte) const {
    return refuse(why, reason::compression_too_large, byte,
                  "more than " + std::to_string(most) + " bytes when decompressed");
  }

  bool read_gzip(std::string_view in, decode_failure& why) {
    // 15 + 16: gzip only, window as large as it gets.
    if (!gzip_ready && inflateInit2(&gzip, 15 + 16) != Z_OK)
      return refuse(why, reason::compression_invalid, 0, "no memory");
    gzip_ready = true;
    std::size_t used = 0, at = 0;
    do {
      inflateReset(&gzip);
      gzip.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data() + at));
      gzip.avail_in = static_cast<uInt>(in.size() - at);
      for (int code = Z_OK; code != Z_STREAM_END;) {
        const auto room = grow(used);
        gzip.next_out = reinterpret_cast<Bytef*>(out.data() + used);
        gzip.avail_out = static_cast<uInt>(room);
        code = inflate(&gzip, Z_NO_FLUSH);
        used += room - gzip.avail_out;
        at = in.size() - gzip.avail_in;
        if (used > most) return too_large(why, at);
        if (code != Z_OK && code != Z_STREAM_END)
          return refuse(why, reason::compression_invalid, at,
                        code == Z_BUF_ERROR ? "the gzip data is cut off"
                                            : std::string("not gzip: ") + (gzip.msg ? gzip.msg : "damaged"));
        if (code == Z_OK && gzip.avail_in == 0 && gzip.avail_out != 0)
          return refuse(why, reason::compression_invalid, at, "the gzip data is cut off");
      }
    } while (at < in.size());
    out.resize(used);
    return true;
  }

  bool read_zstd(std::string_view in, decode_failure& why) {
    if (zstd == nullptr) {
      zstd = ZSTD_createDCtx();
      if (zstd == nullptr) return refuse(why, reason::compression_invalid, 0, "no memory");
      ZSTD_DCtx_setParameter(zstd, ZSTD_d_windowLogMax, 27); // 128 MiB, the most that every decoder must take
    }
    ZSTD_DCtx_reset(zstd, ZSTD_reset_session_only);
    std::size_t used = 0;
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    for (;;) {
      ZSTD_outBuffer to{out.data(), 0, 0};
      to.size = grow(used);
      to.dst = out.data() + used;
      const auto before = from.pos;
      const auto code = ZSTD_decompressStream(zstd, &to, &from);
      used += to.pos;
      if (used > most) return too_large(why, from.pos);
      if (ZSTD_isError(code))
        return refuse(why, reason::compression_invalid, from.pos,
                      std::string("not zstd: ") + ZSTD_getErrorName(code));
      if (code == 0 && from.pos == from.size) break;
      if (from.pos == from.size && from.pos == before && to.pos == 0)
        return refuse(why, reason::compression_invalid, from.pos, "the zstd data is cut off");
    }
    out.resize(used);
    return true;
  }
};

inflater::inflater(compression how, std::size_t most) : impl_(std::make_unique<impl>()) {
  impl_->how = how, impl_->most = most;
}
inflater::inflater(inflater&&) noexcept = default;
inflater::~inflater() = default;

bool inflater::read(std::string_view payload, std::string_view& out, decode_failure& why) {
  auto how = impl_->how;
  if (how == compression::automatic) {
    how = payload.substr(0, 2) == gzip_magic   ? compression::gzip
          : payload.substr(0, 4) == zstd_magic ? compression::zstd
                                               : compression::none;
  }
  if (how == compression::none) {
    out = payload;
    return true;
  }
  if (payload.empty()) return refuse(why, reason::compression_invalid, 0, "the payload is empty");
  if (!(how == compression::gzip ? impl_->read_gzip(payload, why) : impl_->read_zstd(payload, why)))
    return false;
  out = impl_->out;
  return true;
}

} // namespace sluice
