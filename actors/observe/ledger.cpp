#include "actors/observe/ledger.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace sluice {

namespace {

// The entry called `name`, appended when there is none: lines keep the order of the configuration.
template <class Line> Line& line_of(std::vector<Line>& lines, std::string_view name) {
  auto it = std::find_if(lines.begin(), lines.end(), [&](const Line& l) { return l.name == name; });
  if (it != lines.end()) return *it;
  lines.emplace_back().name = name;
  return lines.back();
}

struct term {
  const char* name;
  std::uint64_t value;
};

// Appends a mismatch unless left == the sum of the terms. Unsigned sums wrap equally on both sides, so a wrap
// hides nothing that 2^64 events could not.
void check(ledger& out, const char* kind, const std::string& name, term left,
           std::initializer_list<term> right) {
  std::uint64_t sum = 0;
  for (const auto& t : right) sum += t.value;
  if (left.value == sum) return;
  std::string text =
      std::string(kind) + " " + name + ": " + left.name + " " + std::to_string(left.value) + " is not ";
  bool first = true;
  for (const auto& t : right) {
    if (!first) text += " + ";
    first = false;
    text += std::string(t.name) + " " + std::to_string(t.value);
  }
  text += " = " + std::to_string(sum);
  text += left.value > sum ? " (" + std::to_string(left.value - sum) + " unaccounted for)"
                           : " (" + std::to_string(sum - left.value) + " too many)";
  out.mismatches.push_back({std::string(kind) + " " + name, left.value, sum, std::move(text)});
}

} // namespace

bool ledger::settled() const noexcept {
  auto nothing = [](const auto& line) { return line.pending == 0; };
  return std::all_of(sources.begin(), sources.end(), nothing) &&
         std::all_of(pipelines.begin(), pipelines.end(), nothing) &&
         std::all_of(sinks.begin(), sinks.end(), nothing);
}

ledger compute_ledger(const store_snapshot& snapshot, const journal_tally& journal,
                      const ledger_names& names) {
  ledger out;
  out.dead_letters = snapshot.dead_letters;
  out.dead_letters_dropped = snapshot.dead_letters_dropped;
  for (const auto& name : names.sources) line_of(out.sources, name);
  for (const auto& name : names.pipelines) line_of(out.pipelines, name);
  for (const auto& name : names.sinks) line_of(out.sinks, name);

  for (const auto& [name, n] : journal.received) line_of(out.sources, name).received = n;
  for (const auto& [name, n] : journal.pending) line_of(out.sources, name).pending = n;
  for (const auto& [name, c] : snapshot.sources) line_of(out.sources, name).counted = c;
  for (const auto& [name, c] : snapshot.pipelines) line_of(out.pipelines, name).counted = c;
  for (const auto& [name, c] : snapshot.sinks) line_of(out.sinks, name).counted = c;
  for (const auto& [name, n] : snapshot.sink_pending) line_of(out.sinks, name).pending = n;

  for (const auto& s : out.sources)
    check(out, "source", s.name, {"received", s.received},
          {{"decoded", s.counted.decoded},
           {"duplicate", s.counted.duplicate},
           {"dead_lettered", s.counted.dead_lettered},
           {"pending", s.pending}});
  for (const auto& p : out.pipelines)
    check(out, "pipeline", p.name, {"in", p.counted.in},
          {{"applied", p.counted.applied},
           {"filtered", p.counted.filtered},
           {"duplicate", p.counted.duplicate},
           {"late", p.counted.late},
           {"dead_lettered", p.counted.dead_lettered},
           {"pending", p.pending}});
  for (const auto& s : out.sinks)
    check(out, "sink", s.name, {"results", s.counted.results},
          {{"delivered", s.counted.delivered},
           {"pending", s.pending},
           {"dead_lettered", s.counted.dead_lettered}});
  return out;
}

} // namespace sluice
