// The whole shard against a naive model that keeps everything for ever, on random journals: disorder,
// duplicates, late events, ticks, links up and down, END. The same journal gives the same results for any
// number of shards, with or without a store, and with crashes at any point.
#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>

#include "test/window/window_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;

namespace {

struct entry { // one journal record
  std::vector<reading> events;
  std::optional<control> record;
};

struct setting {
  std::int64_t size, delay, lateness, idle, forget; // ms; idle < 0 = never
  int devices;
};

pipeline_plan plan_of(const setting& s) {
  auto p = minute_plan();
  p.sequence = true;
  p.device_forget = std::chrono::milliseconds(s.forget);
  p.steps = {filter_options{"f", "t < 90 or t is null"}};
  auto& w = *p.window;
  w.size = std::chrono::milliseconds(s.size), w.watermark_delay = std::chrono::milliseconds(s.delay);
  w.allowed_lateness = std::chrono::milliseconds(s.lateness);
  w.idle = s.idle < 0 ? std::nullopt : std::optional(std::chrono::milliseconds(s.idle));
  w.aggregates = {{"t", aggregate_kind::min, "t_min"},   {"t", aggregate_kind::max, "t_max"},
                  {"t", aggregate_kind::sum, "t_sum"},   {"t", aggregate_kind::last, "t_last"},
                  {"*", aggregate_kind::count, "count"}, {"*", aggregate_kind::set_hash, "set_hash"}};
  return p;
}

std::vector<entry> make_journal(std::mt19937_64& random, const setting& s, int length) {
  std::vector<entry> out;
  std::int64_t now = 1700000000000;
  std::uint64_t sequence = 0;
  auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  auto record = [&](control_kind kind, std::uint64_t value = 1) {
    out.push_back({{}, control{kind, ++sequence, now, value, "field"}});
  };
  record(control_kind::start);
  record(control_kind::source_up);
  std::vector<std::uint64_t> next(static_cast<std::size_t>(s.devices), 1);
  std::vector<reading> sent;
  for (int i = 0; i < length; ++i) {
    now += below(s.size / 4 + 1);
    if (below(60) == 0) now += s.size * below(40);
    if (below(200) == 0) now += s.forget;
    const auto what = below(100);
    if (what < 12) {
      record(control_kind::tick, below(20) != 0);
    } else if (what < 13) {
      record(control_kind::source_down);
    } else if (what < 15) {
      record(control_kind::source_up);
    } else if (what < 16 && below(10) == 0) {
      record(control_kind::source_end);
    } else {
      entry e;
      ++sequence;
      for (std::uint32_t n = 0; n < 1 + below(3); ++n) {
        const auto d = static_cast<std::size_t>(below(s.devices));
        reading r;
        r.device = "device-" + std::to_string(d) + std::string(d % 3 * 8, 'x');
        r.time = now - below(s.delay + 1) - (below(8) == 0 ? below(2 * (s.size + s.lateness)) : 0);
        r.seq = next[d]++;
        if (below(250) == 0) next[d] += 3;
        if (below(300) == 0) next[d] = 1;
        if (below(30) != 0) r.fields = {{"t", any_value(std::int64_t{below(100)})}};
        if (below(50) == 0) r.fields = {{"t", any_value(std::string("broken"))}};
        if (!sent.empty() && below(10) == 0)
          r = sent[static_cast<std::size_t>(below(static_cast<std::int64_t>(sent.size())))];
        r.received = now, r.sequence = sequence, r.index = n;
        sent.push_back(r);
        e.events.push_back(std::move(r));
      }
      out.push_back(std::move(e));
    }
  }
  now += s.size;
  record(control_kind::tick);
  return out;
}

// device | start -> the JSON of its revisions, in order.
using results_of = std::map<std::string, std::vector<std::string>>;

void collect(results_of& into, std::vector<result_record>& results) {
  std::stable_sort(results.begin(), results.end(),
                   [](const auto& a, const auto& b) { return a.order < b.order; });
  for (std::size_t i = 1; i < results.size(); ++i) REQUIRE(results[i - 1].order < results[i].order); // unique
  for (auto& r : results) into[r.order.device].push_back(r.json);
  results.clear();
}

// Runs the journal on `shards` shards. crash_chance: one in so many records ends in a crash; 0 = never.
struct run_result {
  results_of results;
  pipeline_counters counters;
  std::size_t dead_letters = 0;
};
run_result run(const std::vector<entry>& log, const pipeline_plan& plan, std::uint32_t shards, bool stored,
               std::mt19937_64& random, unsigned part_chance, unsigned crash_chance) {
  run_result out;
  memory_store store;
  std::vector<std::unique_ptr<shard>> all;
  auto start = [&] {
    all.clear();
    for (std::uint32_t i = 0; i < shards; ++i) {
      all.push_back(std::move(*shard::make(i, shards, {plan}, stored ? &store : nullptr)));
      REQUIRE(all.back()->load());
    }
  };
  start();
  std::vector<std::vector<std::uint32_t>> lists(shards);
  std::size_t applied = 0;                                                // records in the last checkpoint
  std::optional<std::pair<std::size_t, std::vector<shard_part>>> waiting; // taken, not written yet
  auto write = [&] {
    if (!waiting) return;
    std::vector<result_record> results;
    for (auto& part : waiting->second) {
      store.commit(part.state);
      std::move(part.results.begin(), part.results.end(), std::back_inserter(results));
      out.dead_letters += part.dead_letters.size();
      if (!part.pipelines.empty()) out.counters += part.pipelines[0];
    }
    collect(out.results, results);
    applied = waiting->first;
    for (auto& s : all) s->committed(applied);
    waiting.reset();
  };
  auto take = [&](std::size_t position) {
    write();
    waiting.emplace(position, std::vector<shard_part>());
    for (auto& s : all) waiting->second.push_back(s->take_part(position));
  };
  for (std::size_t i = 0; i < log.size(); ++i) {
    const auto& e = log[i];
    if (e.record) {
      for (auto& s : all) s->apply(*e.record);
    } else {
      const auto batch = make_batch(e.events);
      for (auto& l : lists) l.clear();
      for (std::uint32_t row = 0; row < batch.rows.size(); ++row)
        lists[key_slot(batch.rows[row].hash) % shards].push_back(row);
      for (std::uint32_t s = 0; s < shards; ++s) all[s]->apply(batch, lists[s]);
    }
    if (part_chance && random() % part_chance == 0) take(i + 1);
    if (waiting && random() % 3 == 0) write();
    if (crash_chance && random() % crash_chance == 0) {
      waiting.reset(); // what was not written is lost, and done again
      start();
      i = applied - 1;
    }
  }
  take(log.size());
  write();
  return out;
}

// Semantics.md sections 2 and 3 word by word, nothing ever dropped from memory but forgotten devices.
class naive_model {
public:
  naive_model(const setting& s) : s_(s) {}

  void event(const reading& r, std::uint64_t) {
    auto& d = devices_.try_emplace(r.device).first->second;
    const auto any = !d.seen.empty();
    if (any && *r.seq <= *d.seen.rbegin() && r.time > d.seen_high) {
      d.seen = {*r.seq};
      d.seen_high = r.time;
      d.forgotten = 0;
    } else if (d.seen.contains(*r.seq) || *r.seq < d.forgotten) {
      d.received = r.received;
      ++(d.seen.contains(*r.seq) ? counters.duplicate : counters.dead_lettered);
      return;
    }
    d.seen.insert(*r.seq);
    for (int ranges = 33; ranges > 32;) {
      ranges = 0;
      for (auto n : d.seen) ranges += !d.seen.contains(n - 1);
      if (ranges <= 32) break;
      do d.forgotten = *d.seen.begin() + 1, d.seen.erase(d.seen.begin());
      while (d.seen.contains(d.forgotten));
    }
    d.seen_high = std::max(d.seen_high, r.time);
    d.received = r.received;
    const auto start =
        static_cast<std::int64_t>(std::floor(static_cast<double>(r.time) / static_cast<double>(s_.size))) *
        s_.size;
    const auto end = start + s_.size, watermark = d.high - s_.delay,
               closed_to = std::max(watermark, d.idle_closed);
    const bool none = d.high == far;
    if ((!none && end + s_.lateness <= watermark) ||
        (s_.lateness == 0 && end <= (none ? d.idle_closed : closed_to))) {
      ++counters.late;
      return;
    }
    const bool closed = end <= (none ? d.idle_closed : closed_to);
    d.high = std::max(d.high, r.time);
    for (auto& [at, w] : d.windows)
      if (!w.closed && at + s_.size <= d.high - s_.delay) emit(r.device, at, w);
    const any_value t = r.fields.empty() ? any_value{} : r.fields[0].second;
    if (t.index() == 4) {
      ++counters.dead_lettered;
      return;
    }
    if (t.index() == 2 && std::get<std::int64_t>(t) >= 90) {
      ++counters.filtered;
      return;
    }
    ++counters.applied;
    auto& w = d.windows[start];
    w.closed = w.closed || closed;
    w.marked = w.marked || closed;
    w.events.push_back({r.time, r.sequence, r.index,
                        t.index() == 2 ? std::optional(std::get<std::int64_t>(t)) : std::nullopt, *r.seq});
  }

  void record(const control& c) {
    if (c.kind == control_kind::start || c.kind == control_kind::source_down) up_ = false;
    if (c.kind == control_kind::source_up) up_ = true, since_ = c.now_ms;
    if (c.kind != control_kind::tick && c.kind != control_kind::source_end) return;
    for (auto& [id, d] : devices_)
      for (auto& [at, w] : d.windows)
        if (w.marked) emit(id, at, w);
    for (auto at = devices_.begin(); at != devices_.end();) {
      auto& [id, d] = *at;
      const bool end = c.kind == control_kind::source_end;
      const bool tick = !end && c.value == 1;
      const bool forget = tick && c.now_ms - d.received >= s_.forget;
      const bool silent = tick && s_.idle >= 0 && up_ && c.now_ms - std::max(d.received, since_) >= s_.idle;
      for (auto& [start, w] : d.windows)
        if (!w.closed && (end || forget || (silent && start + s_.size <= c.now_ms - s_.delay))) {
          emit(id, start, w);
          d.idle_closed = std::max(d.idle_closed, start + s_.size);
        }
      at = forget ? devices_.erase(at) : std::next(at);
    }
  }

  // Emissions as device -> (start, revision, count, min, max, sum, last).
  struct emission {
    std::int64_t start;
    int revision;
    std::string values;
    bool operator==(const emission&) const = default;
  };
  std::map<std::string, std::vector<emission>> out;
  pipeline_counters counters;

private:
  static constexpr std::int64_t far = -(1ll << 60);
  struct taken {
    std::int64_t time;
    std::uint64_t sequence;
    std::uint32_t index;
    std::optional<std::int64_t> t;
    std::uint64_t seq;
  };
  struct window {
    std::vector<taken> events;
    bool closed = false, marked = false;
    int revision = 0;
  };
  struct device {
    std::set<std::uint64_t> seen;
    std::uint64_t forgotten = 0;
    std::int64_t seen_high = far, high = far, idle_closed = far, received = far;
    std::map<std::int64_t, window> windows;
  };
  void emit(const std::string& id, std::int64_t start, window& w) {
    std::string values;
    std::optional<std::int64_t> low, high, last;
    std::int64_t sum = 0;
    std::tuple<std::int64_t, std::uint64_t, std::uint32_t> last_at{far, 0, 0};
    for (const auto& e : w.events) {
      if (!e.t) continue;
      low = std::min(low.value_or(*e.t), *e.t), high = std::max(high.value_or(*e.t), *e.t), sum += *e.t;
      if (std::tuple at(e.time, e.sequence, e.index); at > last_at) last_at = at, last = e.t;
    }
    if (low)
      values = "\"t_min\":" + std::to_string(*low) + ",\"t_max\":" + std::to_string(*high) +
               ",\"t_sum\":" + std::to_string(sum) + ",\"t_last\":" + std::to_string(*last) + ",";
    values += "\"count\":" + std::to_string(w.events.size()) + ",";
    out[id].push_back({start, w.revision++, values});
    w.closed = true, w.marked = false;
  }

  setting s_;
  bool up_ = false;
  std::int64_t since_ = far;
  std::map<std::string, device> devices_;
};

// The parts of a record that the model knows, too.
naive_model::emission parse(const std::string& json) {
  auto number = [&](const char* name) {
    return std::stoll(json.substr(json.find(name) + std::string(name).size()));
  };
  const auto values = json.find("\"values\":{") + 10;
  return {number("\"start\":"), static_cast<int>(number("\"revision\":")),
          json.substr(values, json.find("\"set_hash\"") - values)};
}

const setting settings[] = {
    {60000, 10000, 480000, 120000, 86400000, 5}, // as shipped
    {1000, 2500, 8000, 5000, 500000, 4},         // several windows open at once
    {1000, 0, 0, 3000, 100000, 3},               // no lateness, no delay
    {1000, 500, 90000, -1, 1000000, 3},          // lateness beyond the kept bits, no idleness
    {5000, 60000, 40000, 1000, 300000, 8},
};

} // namespace

TEST_CASE("the shard does what a naive model of the rules does") {
  for (unsigned seed = 0; seed < 40; ++seed) {
    const auto& s = settings[seed % std::size(settings)];
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const auto log = make_journal(random, s, 1500);
    naive_model model(s);
    for (const auto& e : log) {
      for (const auto& r : e.events) model.event(r, r.sequence);
      if (e.record) model.record(*e.record);
    }
    const auto got = run(log, plan_of(s), 1, true, random, 20, 0);
    CHECK(got.counters.applied == model.counters.applied);
    CHECK(got.counters.duplicate == model.counters.duplicate);
    CHECK(got.counters.late == model.counters.late);
    CHECK(got.counters.filtered == model.counters.filtered);
    CHECK(got.counters.dead_lettered == model.counters.dead_lettered);
    for (auto& [device, want] : model.out) {
      auto at = got.results.find(device);
      REQUIRE(at != got.results.end());
      std::vector<naive_model::emission> have;
      for (const auto& json : at->second) have.push_back(parse(json));
      REQUIRE(have.size() == want.size());
      // Within one record the model emits marks first; both orders are made one.
      auto by_window = [](const auto& a, const auto& b) {
        return std::tie(a.start, a.revision) < std::tie(b.start, b.revision);
      };
      std::stable_sort(have.begin(), have.end(), by_window);
      std::stable_sort(want.begin(), want.end(), by_window);
      for (std::size_t i = 0; i < have.size(); ++i) {
        CHECK(have[i].start == want[i].start);
        CHECK(have[i].revision == want[i].revision);
        CHECK(have[i].values == want[i].values);
      }
    }
    CHECK(got.results.size() == model.out.size());
  }
}

TEST_CASE("any number of shards, a store or none, and crashes at any point give equal bytes per device") {
  for (unsigned seed = 100; seed < 140; ++seed) {
    const auto& s = settings[seed % std::size(settings)];
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const auto log = make_journal(random, s, 1200);
    auto plan = plan_of(s);
    for (const auto& more : {aggregate_spec{"t", aggregate_kind::quantile, "t_p95", 0.95},
                             {"t", aggregate_kind::distinct, "t_distinct"},
                             {"t", aggregate_kind::delta, "t_delta"},
                             {"t", aggregate_kind::rate, "t_rate"},
                             {"t", aggregate_kind::twm, "t_twm"}})
      plan.window->aggregates.push_back(more);
    const auto straight = run(log, plan, 1, false, random, 0, 0);
    CHECK(straight.counters.results > 0);
    for (const auto& [shards, stored, parts, crashes] : {std::tuple{1u, false, 7u, 0u},
                                                         {1u, true, 1u, 0u},
                                                         {3u, true, 10u, 0u},
                                                         {1u, true, 10u, 25u},
                                                         {5u, true, 30u, 60u},
                                                         {64u, true, 15u, 100u}}) {
      CAPTURE(shards);
      CAPTURE(stored);
      CAPTURE(crashes);
      const auto other = run(log, plan, shards, stored, random, parts, crashes);
      CHECK(other.results == straight.results);
      CHECK(other.dead_letters == straight.dead_letters);
      CHECK(other.counters.applied == straight.counters.applied);
      CHECK(other.counters.duplicate == straight.counters.duplicate);
      CHECK(other.counters.late == straight.counters.late);
      CHECK(other.counters.filtered == straight.counters.filtered);
      CHECK(other.counters.results == straight.counters.results);
      CHECK(other.counters.revised == straight.counters.revised);
      CHECK(other.counters.devices == straight.counters.devices);
    }
  }
}

TEST_CASE("the store holds only what is still needed at the end") {
  const auto& s = settings[1];
  std::mt19937_64 random(9);
  const auto log = make_journal(random, s, 1000);
  hands h(plan_of(s));
  for (const auto& e : log) {
    if (e.record) h.logic->apply(*e.record);
    if (e.record) continue;
    const auto batch = make_batch(e.events);
    std::vector<std::uint32_t> rows;
    for (std::uint32_t i = 0; i < batch.rows.size(); ++i) rows.push_back(i);
    h.logic->apply(batch, rows);
    h.sequence = e.events[0].sequence;
    if (random() % 5 == 0) h.checkpoint();
  }
  h.checkpoint();
  CHECK(h.store.data[state_family::mark].empty()); // the journal ends with a tick
  // Each device keeps at most the windows between its watermark and the lateness.
  CHECK(h.store.data[state_family::window].size() <= 4u * (8 + 4));
  h.now = log.back().record->now_ms;
  h.tick(s.forget);
  h.checkpoint();
  for (auto family : {state_family::device, state_family::window, state_family::mark})
    CHECK(h.store.data[family].empty());
}
