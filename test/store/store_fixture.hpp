// What the tests of the store room share: a directory of their own, a clock they turn, short ways to write
// and read.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>

#include "actors/store/journal.hpp"
#include "test/support/temp_dir.hpp"

namespace sluice::test {

class hand_clock final : public clock_source {
public:
  std::int64_t wall_ms() const noexcept override { return wall; }
  std::int64_t steady_ms() const noexcept override { return steady; }
  void pass(std::int64_t ms) { wall += ms, steady += ms; }
  std::int64_t wall = 1'700'000'000'000, steady = 5'000;
};

inline config::service_options process_options() {
  config::service_options o;
  o.keep.level = config::durability::kind::process;
  return o;
}

// A journal with the clock it lives on.
struct open_journal {
  hand_clock clocks;
  journal_clock clock{clocks};
  std::unique_ptr<journal> log;

  explicit open_journal(const std::string& dir, const config::service_options& o = process_options(),
                        std::uint64_t at_least = 0) {
    auto opened = journal::open(dir, o, clock, at_least);
    if (!opened) FAIL(opened.error().text);
    log = std::move(*opened);
  }
  std::uint64_t add(std::string_view payload, std::string_view source = "field",
                    std::string_view topic = "t/1") {
    message_in m;
    m.topic = topic, m.payload = payload, m.qos = 1;
    const auto done = log->append(source, std::span(&m, 1));
    if (!done) FAIL(done.error().text);
    return *done;
  }
  std::uint64_t add_many(std::size_t count, const std::string& payload, std::string_view source = "field") {
    message_in m;
    m.topic = "t/1", m.payload = payload;
    const std::vector<message_in> all(count, m);
    const auto done = log->append(source, all);
    if (!done) FAIL(done.error().text);
    return *done;
  }
};

inline error open_error(const std::string& dir, const config::service_options& o = process_options()) {
  hand_clock clocks;
  journal_clock clock(clocks);
  const auto opened = journal::open(dir, o, clock, 0);
  REQUIRE_FALSE(opened.has_value());
  return opened.error();
}

// All payloads readable from `from` on; the error's text when reading ends with one.
inline std::vector<std::string> payloads(journal& log, std::uint64_t from = 1,
                                         std::string* error_text = nullptr) {
  std::vector<std::string> out;
  const auto at = log.read(from);
  for (;;) {
    const auto got = at->next();
    if (!got && error_text) *error_text = got.error().text;
    if (!got && !error_text) FAIL(got.error().text);
    if (!got || *got == journal::cursor::kind::none) return out;
    if (*got == journal::cursor::kind::message) out.emplace_back(at->message().payload);
  }
}

inline std::vector<std::string> segment_paths(const std::string& dir) {
  std::vector<std::string> out;
  for (const auto& e : std::filesystem::directory_iterator(dir + "/journal"))
    if (e.path().extension() == ".seg") out.push_back(e.path().string());
  std::sort(out.begin(), out.end());
  return out;
}

inline std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void spill(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

} // namespace sluice::test
