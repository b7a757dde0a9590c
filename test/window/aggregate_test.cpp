// Aggregates: exact counts and extremes, mean and variance to 1e-9, first and last, set_hash, how they are
// written.
#include <algorithm>
#include <cmath>
#include <random>

#include <doctest/doctest.h>
#include <openssl/sha.h>

#include "test/window/aggregate_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr std::int64_t two53 = 9007199254740992;

} // namespace

TEST_CASE("values stand in the order of the file, numbers as the shortest text that reads back equal") {
  window_of w({aggregate_kind::max, aggregate_kind::mean, aggregate_kind::min, aggregate_kind::count});
  w.add(0.1);
  w.add(0.3);
  CHECK(w.json() == R"({"max":0.3,"mean":0.2,"min":0.1,"count":2})");
}

TEST_CASE("min and max are exact for integers beyond 2^53, also among doubles") {
  window_of w({aggregate_kind::min, aggregate_kind::max});
  w.add(static_cast<double>(two53));
  w.add(two53 + 1);
  CHECK(w.json() == R"({"min":9007199254740992,"max":9007199254740993})");
  w.add(std::int64_t{9223372036854775807});
  w.add(std::numeric_limits<std::int64_t>::min());
  CHECK(w.json() == R"({"min":-9223372036854775808,"max":9223372036854775807})");
  w.add(1e300);
  CHECK(w.json() == R"({"min":-9223372036854775808,"max":1e+300})");
}

TEST_CASE("min and max do not depend on the order of equal numbers") {
  for (const bool integer_first : {false, true}) {
    window_of w({aggregate_kind::min, aggregate_kind::max});
    if (integer_first) w.add(std::int64_t{9000000000000000000});
    w.add(9e18);
    if (!integer_first) w.add(std::int64_t{9000000000000000000});
    CHECK(w.json() == R"({"min":9000000000000000000,"max":9000000000000000000})");
  }
  window_of zero({aggregate_kind::min, aggregate_kind::max});
  zero.add(-0.0);
  zero.add(0.0);
  CHECK(zero.json() == R"({"min":0,"max":0})");
}

TEST_CASE("mean and variances agree with two passes in long double to 1e-9 whatever the order") {
  std::mt19937_64 random(3);
  for (double offset : {0.0, 20.0, -101325.0, 1e9, 1e12}) {
    std::vector<double> values;
    for (int i = 0; i < 1000; ++i) values.push_back(offset + std::uniform_real_distribution<>(-5, 5)(random));
    long double sum = 0, squares = 0;
    for (double v : values) sum += v - offset; // exact
    const auto centre = sum / values.size(), mean = centre + offset;
    for (double v : values) squares += (v - offset - centre) * (v - offset - centre);
    sum += 1000.0L * offset;
    for (int round = 0; round < 3; ++round) {
      CAPTURE(offset);
      std::shuffle(values.begin(), values.end(), random);
      window_of w({aggregate_kind::mean, aggregate_kind::var_pop, aggregate_kind::var_samp,
                   aggregate_kind::stddev_pop, aggregate_kind::stddev_samp, aggregate_kind::sum});
      for (double v : values) w.add(v);
      auto near = [](double got, long double want) { return std::abs(got - want) <= 1e-9L * std::abs(want); };
      CHECK(near(w.number("mean"), mean));
      CAPTURE(static_cast<double>(squares));
      CAPTURE(w.json());
      CHECK(near(w.number("var_pop"), squares / 1000));
      CHECK(near(w.number("var_samp"), squares / 999));
      CHECK(near(w.number("stddev_pop"), std::sqrt(squares / 1000)));
      CHECK(near(w.number("stddev_samp"), std::sqrt(squares / 999)));
      CHECK(near(w.number("sum"), sum));
    }
  }
}

TEST_CASE("variance of integers beyond 2^53 is that of the integers, and extremes of magnitude do no harm") {
  window_of w({aggregate_kind::var_pop, aggregate_kind::mean});
  for (std::int64_t i = 1; i <= 3; ++i) w.add(two53 * 256 + i);
  CHECK(w.number("var_pop") == doctest::Approx(2.0 / 3).epsilon(1e-12));
  for (double scale : {5e-324, 1e-300, 1e-290, 1e150}) {
    window_of tiny({aggregate_kind::mean, aggregate_kind::var_pop});
    tiny.add(scale), tiny.add(3 * scale);
    CHECK(tiny.number("mean") == doctest::Approx(2 * scale).epsilon(1e-12));
    CHECK(tiny.non_finite == 0);
  }
}

TEST_CASE("a sum is compensated") {
  window_of w({aggregate_kind::sum});
  for (double v : {1.0, 1e100, 1.0, -1e100}) w.add(v);
  CHECK(w.json() == R"({"sum":2})");
}

TEST_CASE("sample variance is absent below two values") {
  window_of w({aggregate_kind::var_samp, aggregate_kind::stddev_samp, aggregate_kind::var_pop});
  w.add(5.0);
  CHECK(w.json() == R"({"var_pop":0})");
}

TEST_CASE("a result that is not finite is left out and counted") {
  window_of w({aggregate_kind::sum, aggregate_kind::mean, aggregate_kind::var_pop, aggregate_kind::max});
  for (int i = 0; i < 3; ++i) w.add(1.5e308), w.add(-1.5e308), w.add(1.5e308);
  const auto text = w.json();
  CHECK(text.find("inf") == text.npos);
  CHECK(text.find("nan") == text.npos);
  CHECK(text.find("\"max\":1.5e+308") != text.npos);
  CHECK(w.non_finite >= 1);
}

TEST_CASE("an aggregate of a field without values is absent") {
  window_of w({aggregate_kind::count, aggregate_kind::sum, aggregate_kind::mean, aggregate_kind::min,
               aggregate_kind::first});
  w.add(event_value{});
  CHECK(w.json() == "{}");
}

TEST_CASE("texts and booleans are counted, first and last; anything that needs a number refuses them") {
  const event_value text{slot{}, value_type::text, "warm\n"}, yes{slot::of(true), value_type::boolean, {}};
  window_of w({aggregate_kind::count, aggregate_kind::first, aggregate_kind::last});
  CHECK(w.add(text, {"d", 5, 1, 0, 0, false}));
  CHECK(w.add(yes, {"d", 6, 2, 0, 0, false}));
  CHECK(w.json() == R"({"count":2,"first":"warm\n","last":true})");
  CHECK(w.add({slot{}, value_type::text, "earlier"}, {"d", 4, 3, 0, 0, false}));
  CHECK(w.add({slot{}, value_type::text, "neither"}, {"d", 5, 4, 0, 0, false}));
  CHECK(w.json() == R"({"count":4,"first":"earlier","last":true})");
  for (auto kind :
       {aggregate_kind::sum, aggregate_kind::mean, aggregate_kind::min, aggregate_kind::stddev_pop}) {
    window_of n({aggregate_kind::count, kind});
    CHECK_FALSE(n.add(text));
    CHECK_FALSE(n.add(yes));
    CHECK(n.json() == "{}");
  }
}

TEST_CASE("first and last go by event time, then journal sequence, then the place within the message") {
  std::vector<event_facts> order = {{"d", 5, 9, 1, 0, false}, {"d", 5, 9, 0, 0, false},
                                    {"d", 5, 8, 7, 0, false}, {"d", 7, 1, 0, 0, false},
                                    {"d", 7, 1, 1, 0, false}, {"d", 6, 99, 0, 0, false}};
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    window_of w({aggregate_kind::first, aggregate_kind::last});
    for (const auto& f : order)
      w.add({slot::of(static_cast<std::int64_t>(f.sequence * 10 + f.index)), value_type::integer, {}}, f);
    CHECK(w.json() == R"({"first":87,"last":11})");
  }
}

TEST_CASE("set_hash is the sum modulo 2^128 of SHA-256(device, 0, sequence), cut to 16 bytes") {
  window_of w({aggregate_kind::count, aggregate_kind::set_hash}, true);
  unsigned __int128 sum = 0;
  for (std::uint64_t n : {0ull, 1ull, 4711ull, 9223372036854775807ull}) {
    const auto message = std::string("room-1") + '\0' + std::to_string(n);
    unsigned char hash[32];
    SHA256(reinterpret_cast<const unsigned char*>(message.data()), message.size(), hash);
    unsigned __int128 part = 0;
    for (int i = 0; i < 16; ++i) part = part << 8 | hash[i];
    sum += part;
    w.add(event_value{}, {"room-1", 0, 0, 0, n, true});
  }
  CHECK(w.json() ==
        "{\"count\":4,\"set_hash\":\"" +
            set_hash_text(static_cast<std::uint64_t>(sum >> 64), static_cast<std::uint64_t>(sum)) + "\"}");
  CHECK(set_hash_text(0x0123456789abcdefull, 0xfedcba9876543210ull) == "0123456789abcdeffedcba9876543210");
  // Python: hashlib.sha256(b"d\x001").hexdigest()[:32]
  window_of one({aggregate_kind::set_hash}, true);
  one.add(event_value{}, {"d", 0, 0, 0, 1, true});
  CHECK(one.json() == "{\"set_hash\":\"74bd9049d14e60c7594e28983ea3aaa6\"}");
}

TEST_CASE("a window's words read back as they were written, texts included; damaged bytes are refused") {
  window_of w({aggregate_kind::mean, aggregate_kind::min, aggregate_kind::max, aggregate_kind::count});
  w.add(std::int64_t{5});
  w.add(2.5);
  window_of texts({aggregate_kind::first, aggregate_kind::last});
  texts.add({slot{}, value_type::text, "open"}, {"d", 5, 1, 0, 0, false});
  texts.add({slot{}, value_type::text, "shut"}, {"d", 6, 1, 0, 0, false});
  for (auto* from : {&w, &texts}) {
    std::string bytes;
    from->stats.save(bytes, from->words.data());
    std::vector<std::uint64_t> words(from->stats.words());
    std::string_view in = bytes;
    REQUIRE(from->stats.restore(words.data(), in));
    CHECK(in.empty());
    text_buffer json;
    from->stats.append_values(json, words.data(), 60000);
    CHECK(json.view() == from->json());
    from->stats.release(words.data());
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      std::string_view torn(bytes.data(), cut);
      const bool whole = from->stats.restore(words.data(), torn);
      CHECK_FALSE(whole);
      from->stats.release(words.data());
    }
  }
}

TEST_CASE("texts are escaped and numbers written as JSON demands") {
  text_buffer out;
  append_text(out, "a\"b\\c\n\x01é");
  CHECK(out.view() == "\"a\\\"b\\\\c\\n\\u0001é\"");
  out.clear();
  for (double v : {0.1, 1e22, -2.5, 5e-324, 100.0}) append_number(out, v), out += ' ';
  CHECK(out.view() == "0.1 1e+22 -2.5 5e-324 100 ");
}
