#include "actors/store/record.hpp"

#include <doctest/doctest.h>

using namespace sluice;

namespace {

constexpr std::uint64_t salt = 0x1122334455667788;

std::string batch_of(const message_in& m, std::uint64_t first = 7) {
  batch_header h;
  h.source = "field", h.first = first, h.count = 1, h.time_ms = 42, h.source_number = 3;
  h.length = static_cast<std::uint32_t>(batch_bytes(h.source, message_bytes(m)));
  std::string out(h.length, '\0');
  encode(m, begin_batch(h, salt, out.data()));
  seal_batch(out.data(), salt);
  return out;
}

} // namespace

TEST_CASE("a message comes back from its batch as it went in") {
  const std::pair<std::string_view, std::string_view> properties[] = {{"seq", "17"}, {"empty", ""}};
  message_in in;
  in.topic = "plant/a/climate", in.payload = std::string_view("\0\xff{}", 4), in.packet_id = 65535,
  in.qos = 1;
  in.dup = in.retain = in.truncated = true;
  in.user_properties = properties;
  const auto bytes = batch_of(in);
  batch_header h;
  REQUIRE(read_batch(bytes.data(), bytes.size(), salt, h) == batch_state::good);
  CHECK(h.first == 7);
  CHECK(h.last() == 7);
  CHECK(h.time_ms == 42);
  CHECK(h.source_number == 3);
  CHECK(h.source == "field");
  message_out out;
  CHECK(decode(h.body.data(), h.body.data() + h.body.size(), out) == h.body.data() + h.body.size());
  CHECK(out.topic == in.topic);
  CHECK(out.payload == in.payload);
  CHECK(out.packet_id == 65535);
  CHECK(out.qos == 1);
  CHECK((out.dup && out.retain && out.truncated));
  CHECK(find_property(out.user_properties, "seq") == "17");
  CHECK(find_property(out.user_properties, "empty") == "");
  CHECK_FALSE(find_property(out.user_properties, "other").has_value());
}

TEST_CASE("a batch that is cut short is incomplete at every length, and never read beyond its end") {
  message_in in;
  in.topic = "t", in.payload = "{\"v\":1}";
  const auto bytes = batch_of(in);
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    const std::string part = bytes.substr(0, n); // its own allocation: a sanitizer sees overruns
    batch_header h;
    CHECK(read_batch(part.data(), part.size(), salt, h) == batch_state::incomplete);
  }
}

TEST_CASE("every flipped bit of a batch is noticed") {
  message_in in;
  in.topic = "t", in.payload = "{\"v\":1}";
  const auto bytes = batch_of(in);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      auto flipped = bytes;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      batch_header h;
      CHECK(read_batch(flipped.data(), flipped.size(), salt, h) != batch_state::good);
    }
}

TEST_CASE("a message whose lengths do not fit is refused") {
  message_in in;
  in.topic = "t", in.payload = "p";
  std::string bytes(message_bytes(in), '\0');
  encode(in, bytes.data());
  message_out out;
  for (std::size_t n = 0; n < bytes.size(); ++n)
    CHECK(decode(bytes.data(), bytes.data() + n, out) == nullptr);
  bytes[15] = '\xff'; // a payload of 4 GiB
  CHECK(decode(bytes.data(), bytes.data() + bytes.size(), out) == nullptr);
}

TEST_CASE("control records and the sources table come back as they went in") {
  control c;
  c.kind = control_kind::session, c.value = 1, c.name = "field";
  std::string bytes(control_bytes(c), '\0');
  encode(c, bytes.data());
  control out;
  REQUIRE(decode(bytes, out));
  CHECK(out.kind == control_kind::session);
  CHECK(out.value == 1);
  CHECK(out.name == "field");
  CHECK_FALSE(decode(bytes.substr(1), out));

  const source_numbers numbers{{"a", 1}, {"", 0}, {"long name", ~0ull}};
  CHECK(decode_sources(encode_sources(numbers)) == numbers);
  CHECK_FALSE(decode_sources("abc").has_value());
}

TEST_CASE("a segment header with any byte changed is refused") {
  segment_header h{3, 1001, 1000, salt, 99};
  std::string bytes(segment_header_bytes, '\0');
  encode(h, bytes.data());
  const auto back = decode_segment_header(bytes);
  REQUIRE(back.has_value());
  CHECK(back->first == 1001);
  CHECK(back->continues_from == 1000);
  CHECK(back->salt == salt);
  CHECK(back->created_ms == 99);
  CHECK(back->epoch == 3);
  for (auto& c : bytes) {
    c ^= 1;
    CHECK_FALSE(decode_segment_header(bytes).has_value());
    c ^= 1;
  }
}
