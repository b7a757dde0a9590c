// Compressed payloads, honest ones and bombs.
#include "actors/ingest/decode/inflate.hpp"

#include <doctest/doctest.h>

#include <zlib.h>
#include <zstd.h>

using namespace sluice;

namespace {

std::string gzip(const std::string& text) {
  z_stream z{};
  REQUIRE(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&z, text.size()) + 32, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const auto size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3);
  REQUIRE(!ZSTD_isError(size));
  out.resize(size);
  return out;
}

std::string read(inflater& i, const std::string& payload) {
  std::string_view out;
  decode_failure why;
  if (i.read(payload, out, why)) return std::string(out);
  return std::string(to_string(why.why)) + ": " + why.detail;
}

} // namespace

TEST_CASE("a payload comes back as it was") {
  inflater g(compression::gzip, 1 << 20), z(compression::zstd, 1 << 20), a(compression::automatic, 1 << 20);
  for (const std::string& text :
       {std::string(), std::string("x"), std::string("{\"t\":1}"), std::string(200'000, 'a'),
        std::string(65536, 'b'), std::string(1 << 20, 'c')}) {
    CHECK(read(g, gzip(text)) == text);
    CHECK(read(z, zstd(text)) == text);
    CHECK(read(a, gzip(text)) == text);
    CHECK(read(a, zstd(text)) == text);
  }
  CHECK(read(a, "{\"t\":1}") == "{\"t\":1}");
  CHECK(read(a, "") == "");
}

TEST_CASE("several members or frames in a row are one payload") {
  inflater a(compression::automatic, 100);
  CHECK(read(a, gzip("one ") + gzip("two")) == "one two");
  CHECK(read(a, zstd("one ") + zstd("two")) == "one two");
}

TEST_CASE("what is damaged, cut off or followed by something else is refused") {
  inflater a(compression::automatic, 1 << 20), g(compression::gzip, 1 << 20), z(compression::zstd, 1 << 20);
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919);
  for (const auto& packed : {gzip(text), zstd(text)}) {
    for (std::size_t cut = 5; cut < packed.size(); cut += 1 + packed.size() / 50)
      CHECK(read(a, packed.substr(0, cut)).find("compression.invalid: ") == 0);
    CHECK(read(a, packed + "x").find("compression.invalid: ") == 0);
    CHECK(read(a, packed) == text); // and the next one is as good as ever
  }
  CHECK(read(g, "{\"t\":1}").find("compression.invalid: not gzip") == 0);
  CHECK(read(z, "{\"t\":1}").find("compression.invalid: not zstd") == 0);
  CHECK(read(g, "") == "compression.invalid: the payload is empty");
}

TEST_CASE("a bomb is refused as soon as it passes the limit") {
  inflater a(compression::automatic, 1000);
  CHECK(read(a, gzip(std::string(1000, 'a'))) == std::string(1000, 'a'));
  CHECK(read(a, gzip(std::string(1001, 'a'))) ==
        "compression.too_large: more than 1000 bytes when decompressed");
  CHECK(read(a, zstd(std::string(1001, 'a'))) ==
        "compression.too_large: more than 1000 bytes when decompressed");
  CHECK(read(a, gzip(std::string(50 << 20, '\0'))) ==
        "compression.too_large: more than 1000 bytes when decompressed");
  CHECK(read(a, zstd(std::string(50 << 20, '\0'))) ==
        "compression.too_large: more than 1000 bytes when decompressed");
}
