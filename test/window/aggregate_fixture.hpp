// One window of aggregates over one field "x" (or over "*"), each output named by its aggregate.
#pragma once

#include <cmath>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "actors/window/aggregate.hpp"
#include "actors/window/json_text.hpp"

namespace sluice::testing {

using kinds = std::vector<aggregate_kind>;

struct window_of {
  explicit window_of(const kinds& wanted, bool star = false) : window_of(specs(wanted, star)) {}
  explicit window_of(const std::vector<aggregate_spec>& specs) : stats(specs), words(stats.words()) {}
  ~window_of() { stats.release(words.data()); }
  static std::vector<aggregate_spec> specs(const kinds& wanted, bool star) {
    std::vector<aggregate_spec> out;
    for (auto k : wanted) out.push_back({star ? "*" : "x", k, to_string(k)});
    return out;
  }
  bool add(event_value v, event_facts facts = {}) {
    const event_value values[] = {v};
    const std::span<const event_value> all(values, stats.fields().size());
    if (stats.wrong_type(all) >= 0) return false;
    stats.prepare(words.data(), all, facts);
    stats.add(words.data(), all, facts);
    return true;
  }
  bool add(double v) { return add({slot::of(v), value_type::number, {}}); }
  bool add(std::int64_t v) { return add({slot::of(v), value_type::integer, {}}); }
  std::string json() {
    text_buffer out;
    non_finite = stats.append_values(out, words.data(), 60000);
    return std::string(out.view());
  }
  double number(const std::string& name) {
    const auto all = json();
    const auto at = all.find("\"" + name + "\":");
    return at == all.npos ? NAN : std::strtod(all.c_str() + at + name.size() + 3, nullptr);
  }
  aggregates stats;
  std::vector<std::uint64_t> words;
  std::uint64_t non_finite = 0;
};

} // namespace sluice::testing
