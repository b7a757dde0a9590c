// Keyed pipelines of every kind against a naive model that keeps everything for ever, on random journals:
// disorder, late events, filtered and broken ones, many devices per key, ticks, links up and down, END. The
// same journal gives the same bytes for any number of shards, with or without a store, with crashes anywhere.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "actors/window/window_shape.hpp"
#include "test/window/window_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

struct entry { // one journal record
  std::vector<reading> events;
  std::optional<control> record;
};

struct setting {
  const char* name;
  window_kind kind;
  window_length size, every;
  std::int64_t gap, count;
  const char* zone;
  std::int64_t delay, lateness, idle, forget; // ms; idle < 0 = never
  bool keyed;
  std::int64_t pace, from; // ms between events, first journal time
};

constexpr std::int64_t now_0 = 1700000000000, hour = 3600000;
constexpr std::int64_t march = 1711700000000, october = 1729850000000; // a day before the clock is changed

const setting settings[] = {
    {"tumbling by key",
     window_kind::tumbling,
     10s,
     {},
     0,
     0,
     "UTC",
     2000,
     80000,
     15000,
     500000,
     true,
     700,
     now_0},
    {"tumbling by key, no lateness",
     window_kind::tumbling,
     10s,
     {},
     0,
     0,
     "UTC",
     5000,
     0,
     15000,
     500000,
     true,
     700,
     now_0},
    {"days in March",
     window_kind::tumbling,
     24h,
     {},
     0,
     0,
     "Europe/Berlin",
     hour,
     48 * hour,
     5 * hour,
     900 * hour,
     false,
     hour / 4,
     march},
    {"days in October by key",
     window_kind::tumbling,
     24h,
     {},
     0,
     0,
     "Europe/Berlin",
     hour,
     48 * hour,
     9 * hour,
     900 * hour,
     true,
     hour / 4,
     october},
    {"hopping", window_kind::hopping, 20s, 2s, 0, 0, "UTC", 3000, 60000, 20000, 900000, false, 600, now_0},
    {"hopping, no lateness", window_kind::hopping, 20s, 2s, 0, 0, "UTC", 3000, 0, 20000, 900000, false, 600,
     now_0},
    {"hopping with a rest, by key", window_kind::hopping, 15s, 6s, 0, 0, "UTC", 4000, 20000, 9000, 900000,
     true, 500, now_0},
    {"hopping, never idle", window_kind::hopping, 64s, 1s, 0, 0, "UTC", 500, 9000, -1, 900000, false, 900,
     now_0},
    {"hopping days by key", window_kind::hopping, 72h, 24h, 0, 0, "Europe/Berlin", hour, 24 * hour, 9 * hour,
     900 * hour, true, hour / 3, march},
    {"session", window_kind::session, {}, {}, 5000, 0, "UTC", 8000, 0, 20000, 900000, false, 1500, now_0},
    {"session by key", window_kind::session, {}, {}, 900, 0, "UTC", 8000, 0, 20000, 900000, true, 700, now_0},
    {"count", window_kind::count, {}, {}, 0, 7, "UTC", 1000, 0, 20000, 900000, false, 700, now_0},
    {"count by key", window_kind::count, {}, {}, 0, 5, "UTC", 1000, 0, 20000, 900000, true, 700, now_0},
    {"running", window_kind::running, {}, 10s, 0, 0, "UTC", 3000, 40000, 20000, 900000, false, 700, now_0},
    {"running by key", window_kind::running, {}, 10s, 0, 0, "UTC", 3000, 0, 20000, 900000, true, 700, now_0},
    {"running each", window_kind::running, {}, {}, 0, 0, "UTC", 3000, 0, 20000, 900000, true, 700, now_0},
};

pipeline_plan plan_of(const setting& s) {
  auto p = minute_plan();
  p.device_forget = std::chrono::milliseconds(s.forget);
  p.steps = {filter_options{"f", "t < 90 or t is null"}};
  if (s.keyed) p.key = {"site"}, p.key_index = 1;
  auto& w = *p.window;
  w.kind = s.kind, w.size = s.size, w.every = s.every, w.timezone = s.zone;
  w.gap = std::chrono::milliseconds(s.gap), w.count = static_cast<std::uint64_t>(s.count);
  w.watermark_delay = std::chrono::milliseconds(s.delay);
  w.allowed_lateness = std::chrono::milliseconds(s.lateness);
  w.idle = s.idle < 0 ? std::nullopt : std::optional(std::chrono::milliseconds(s.idle));
  w.aggregates = {{"t", aggregate_kind::min, "t_min"},   {"t", aggregate_kind::max, "t_max"},
                  {"t", aggregate_kind::sum, "t_sum"},   {"t", aggregate_kind::last, "t_last"},
                  {"t", aggregate_kind::mean, "t_mean"}, {"text", aggregate_kind::first, "text_first"},
                  {"*", aggregate_kind::count, "count"}};
  return p;
}

std::vector<entry> make_journal(std::mt19937_64& random, const setting& s, int length) {
  std::vector<entry> out;
  auto now = s.from;
  std::uint64_t sequence = 0;
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  const auto record = [&](control_kind kind, std::uint64_t value = 1) {
    out.push_back({{}, control{kind, ++sequence, now, value, "field"}});
  };
  record(control_kind::start);
  record(control_kind::source_up);
  const auto span = std::max({s.size.count(), s.every.count(), s.gap, std::int64_t{2000}});
  for (int i = 0; i < length; ++i) {
    now += below(2 * s.pace);
    if (below(100) == 0) now += span * below(5);
    if (below(400) == 0) now += s.forget;
    const auto what = below(100);
    if (what < 14) {
      record(control_kind::tick, below(20) != 0);
    } else if (what < 15) {
      record(control_kind::source_down);
    } else if (what < 17) {
      record(control_kind::source_up);
    } else if (what < 18 && below(10) == 0) {
      record(control_kind::source_end);
    } else {
      entry e;
      ++sequence;
      for (std::uint32_t n = 0; n < 1 + below(3); ++n) {
        const auto d = below(6);
        reading r;
        r.device = "device-" + std::to_string(d) + std::string(static_cast<std::size_t>(d % 3 * 8), 'x');
        r.key = "{\"site\":\"" + std::to_string(below(12) == 0 ? below(2) : d % 2) + "\"}";
        r.time = now - below(s.delay + 1) - d * s.delay / 12;
        if (below(9) == 0) r.time -= below(span + s.lateness + s.delay);
        if (below(150) == 0) r.time -= 40 * span;
        if (below(30) != 0) r.fields = {{"t", any_value(std::int64_t{below(100)})}};
        if (below(50) == 0) r.fields = {{"t", any_value(std::string("broken"))}};
        if (below(3) == 0)
          r.fields.push_back({"text", any_value(std::string("text-") + std::to_string(below(9)))});
        r.received = now, r.sequence = sequence, r.index = n;
        e.events.push_back(std::move(r));
      }
      out.push_back(std::move(e));
    }
  }
  now += span;
  record(control_kind::tick);
  record(control_kind::source_end);
  return out;
}

// key -> the JSON of its results, in order.
using results_of = std::map<std::string, std::vector<std::string>>;

struct run_result {
  results_of results;
  pipeline_counters counters;
  std::size_t dead_letters = 0;
};

// Runs the journal on `shards` shards. crash_chance: one in so many records ends in a crash; 0 = never.
run_result run(const std::vector<entry>& log, const pipeline_plan& plan, std::uint32_t shards, bool stored,
               std::mt19937_64& random, unsigned part_chance, unsigned crash_chance) {
  run_result out;
  memory_store store;
  std::vector<std::unique_ptr<shard>> all;
  const auto start = [&] {
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
  const auto write = [&] {
    if (!waiting) return;
    std::vector<result_record> results;
    for (auto& part : waiting->second) {
      store.commit(part.state);
      std::move(part.results.begin(), part.results.end(), std::back_inserter(results));
      out.dead_letters += part.dead_letters.size();
      if (!part.pipelines.empty()) out.counters += part.pipelines[0];
    }
    std::stable_sort(results.begin(), results.end(),
                     [](const auto& a, const auto& b) { return a.order < b.order; });
    for (std::size_t i = 1; i < results.size(); ++i)
      REQUIRE(results[i - 1].order < results[i].order); // unique
    for (auto& r : results) out.results[r.order.device].push_back(r.json);
    applied = waiting->first;
    for (auto& s : all) s->committed(applied);
    waiting.reset();
  };
  const auto take = [&](std::size_t position) {
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
        lists[key_slot(plan.key_index == 0 ? batch.rows[row].hash : batch.key(row, 1).hash) % shards]
            .push_back(row);
      for (std::uint32_t s = 0; s < shards; ++s) all[s]->apply(batch, lists[s], plan.key_index);
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

// Semantics.md sections 2 and 3 word by word; windows are found by trying, never by arithmetic of the code.
class naive_model {
public:
  explicit naive_model(const setting& s) : s_(s), berlin_(*time_zone::find("Europe/Berlin")) {}

  void event(const reading& r) {
    auto& k = keys_[s_.keyed ? r.key : r.device];
    k.received = r.received;
    const any_value t = r.fields.empty() || r.fields[0].first != "t" ? any_value{} : r.fields[0].second;
    const bool broken = t.index() == 4, filtered = t.index() == 2 && std::get<std::int64_t>(t) >= 90;
    taken e{r.time,
            r.sequence,
            r.index,
            t.index() == 2 ? std::optional(std::get<std::int64_t>(t)) : std::nullopt,
            {}};
    for (const auto& [name, v] : r.fields)
      if (name == "text") e.text = std::get<std::string>(v);
    const auto verdict = [&] {
      if (broken) return ++counters.dead_lettered, false;
      if (filtered) return ++counters.filtered, false;
      return ++counters.applied, true;
    };
    if (s_.kind == window_kind::count || (s_.kind == window_kind::running && s_.every.count() == 0)) {
      if (!verdict()) return;
      k.all.push_back(e);
      if (s_.kind == window_kind::running)
        emit_free(r, k, k.all);
      else if (static_cast<std::int64_t>(k.all.size()) == s_.count)
        emit_free(r, k, std::exchange(k.all, {}));
      return;
    }
    const auto watermark = k.high == far ? far : k.high - s_.delay;
    const auto closed_to = std::max(watermark, k.idle_closed);
    if (s_.kind == window_kind::session) {
      auto low = r.time, high = r.time + s_.gap;
      for (bool grown = true; grown;) { // everything open that it touches, and what that touches
        grown = false;
        for (const auto& o : k.all)
          if (o.time < high && o.time + s_.gap > low && (o.time < low || o.time + s_.gap > high))
            low = std::min(low, o.time), high = std::max(high, o.time + s_.gap), grown = true;
      }
      bool late = high <= closed_to;
      for (const auto& [start, end] : k.sessions) late = late || r.time < end;
      if (late) return void(++counters.late);
      move(r, k);
      if (verdict()) k.all.push_back(e);
      return;
    }
    std::vector<std::pair<std::int64_t, std::int64_t>> left, gone;
    for (const auto& w : windows_of(r.time))
      (s_.lateness == 0 ? w.second <= closed_to : w.second + s_.lateness <= watermark) ? gone.push_back(w)
                                                                                       : left.push_back(w);
    if (left.empty()) return void(++counters.late);
    if (!broken && !filtered && !gone.empty()) {
      ++counters.late_partial;
      for (const auto& w : gone)
        if (auto at = k.windows.find(w.first); at != k.windows.end() && at->second.marked)
          emit(name_of(r), at->second);
    }
    move(r, k);
    if (!verdict()) return;
    for (const auto& [start, end] : left) {
      auto& w = k.windows.try_emplace(start, window{start, end}).first->second;
      w.events.push_back(e);
      if (end > closed_to) continue;
      w.closed = true;
      w.marked = s_.kind != window_kind::running;
      k.behind = true;
    }
  }

  void record(const control& c) {
    if (c.kind == control_kind::start || c.kind == control_kind::source_down) up_ = false;
    if (c.kind == control_kind::source_up) up_ = true, since_ = c.now_ms;
    if (c.kind != control_kind::tick && c.kind != control_kind::source_end) return;
    for (auto& [id, k] : keys_)
      for (auto& [start, w] : k.windows)
        if (w.marked) emit(id, w);
    const bool end = c.kind == control_kind::source_end, tick = !end && c.value == 1;
    for (auto at = keys_.begin(); at != keys_.end();) {
      auto& [id, k] = *at;
      const bool forget = tick && c.now_ms - k.received >= s_.forget;
      if (tick && !forget) {
        bool left = false;
        for (auto& [name, d] : k.devices) {
          const bool silent = up_ && s_.idle >= 0 && c.now_ms - std::max(d.received, since_) >= s_.idle;
          if (d.active && (silent || c.now_ms - d.received >= s_.forget)) d.active = false, left = true;
        }
        std::erase_if(k.devices, [&](const auto& d) {
          return !d.second.active && c.now_ms - d.second.received >= s_.forget;
        });
        if (left) raise(id, k);
      }
      const bool silent = tick && s_.idle >= 0 && up_ && c.now_ms - std::max(k.received, since_) >= s_.idle;
      if (end || forget)
        close(id, k, -far, true), finish(id, k);
      else if (silent)
        close(id, k, c.now_ms - s_.delay, true);
      at = forget ? keys_.erase(at) : std::next(at);
    }
  }

  // start | end | revision | number | values of each result.
  std::map<std::string, std::multiset<std::string>> out;
  pipeline_counters counters;

private:
  static constexpr std::int64_t far = -(1ll << 60);
  struct taken {
    std::int64_t time;
    std::uint64_t sequence;
    std::uint32_t index;
    std::optional<std::int64_t> t;
    std::optional<std::string> text;
  };
  struct window {
    std::int64_t start, end;
    std::vector<taken> events = {};
    bool closed = false, marked = false;
    int revision = 0;
  };
  struct device {
    std::int64_t high = far, received = far;
    bool active = true;
  };
  struct key {
    std::int64_t high = far, idle_closed = far, received = far;
    std::map<std::string, device> devices;
    std::map<std::int64_t, window> windows;
    std::vector<taken> all;                                     // of sessions and count windows, still open
    std::set<std::pair<std::int64_t, std::int64_t>> sessions;   // emitted
    std::optional<std::pair<std::int64_t, std::int64_t>> total; // last running emission
    int number = 0, total_revision = 0;
    bool behind = false;
  };

  std::string name_of(const reading& r) const { return s_.keyed ? r.key : r.device; }

  // Local midnight of the day that holds t, found by walking.
  std::int64_t midnight(std::int64_t t) const {
    const auto local = berlin_.to_local(t);
    auto guess = t - (local % (24 * hour));
    for (const auto shift : {-hour, std::int64_t{0}, hour})
      if (berlin_.to_local(guess + shift) % (24 * hour) == 0 && guess + shift <= t) return guess + shift;
    return guess;
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> windows_of(std::int64_t t) const {
    std::vector<std::pair<std::int64_t, std::int64_t>> found;
    if (std::string_view(s_.zone) != "UTC") {
      const auto days = s_.kind == window_kind::hopping ? s_.size.count() / (24 * hour) : 1;
      auto start = midnight(t);
      for (std::int64_t n = 0; n < days; ++n) {
        auto end = start;
        for (std::int64_t i = 0; i < days; ++i) end = midnight(end + 26 * hour);
        found.emplace_back(start, end);
        start = midnight(start - 1);
      }
      return found;
    }
    const auto size = s_.kind == window_kind::running ? s_.every.count() : s_.size.count();
    const auto every = s_.kind == window_kind::hopping ? s_.every.count() : size;
    for (auto start = t; start > t - size; --start) {
      if (start % every != 0) continue;
      for (; start > t - size; start -= every) found.emplace_back(start, start + size);
      break;
    }
    return found;
  }

  void move(const reading& r, key& k) {
    auto& d = k.devices[r.device];
    d.high = std::max(d.high, r.time), d.received = r.received, d.active = true;
    raise(name_of(r), k);
  }
  void raise(const std::string& id, key& k) {
    auto low = -far;
    for (const auto& [name, d] : k.devices)
      if (d.active) low = std::min(low, d.high);
    if (low == -far) return;
    k.high = std::max(k.high, low);
    close(id, k, k.high - s_.delay, false);
  }
  void close(const std::string& id, key& k, std::int64_t to, bool idle) {
    const auto closed = [&](std::int64_t end) {
      if (idle) k.idle_closed = std::max(k.idle_closed, end);
    };
    if (s_.kind == window_kind::session) {
      auto& all = k.all;
      std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
      while (!all.empty()) {
        std::size_t n = 1;
        while (n < all.size() && all[n].time - all[n - 1].time < s_.gap) ++n;
        const auto end = all[n - 1].time + s_.gap;
        if (end > to) break;
        k.sessions.emplace(all[0].time, end);
        put(id, all[0].time, end, 0, 0, {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n)});
        all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n));
        closed(end);
      }
      return;
    }
    std::vector<window*> due;
    for (auto& [start, w] : k.windows)
      if (!w.closed && w.end <= to) due.push_back(&w);
    std::sort(due.begin(), due.end(), [](auto* a, auto* b) { return a->end < b->end; });
    for (auto* w : due) {
      closed(w->end);
      if (s_.kind != window_kind::running) {
        emit(id, *w);
        continue;
      }
      w->closed = true;
      k.total = {0, w->end};
      k.total_revision = 0;
      emit_total(id, k);
    }
  }
  // What END and forgetting emit beside windows that have an end.
  void finish(const std::string& id, key& k) {
    if (s_.kind == window_kind::count && !k.all.empty()) emit_free(id, k, std::exchange(k.all, {}));
    if (s_.kind != window_kind::running || s_.every.count() == 0 || !k.behind) return;
    auto end = k.total ? k.total->second : far;
    for (const auto& [start, w] : k.windows)
      if (w.end > end) end = w.end, k.total_revision = 0;
    k.total = {0, end};
    emit_total(id, k);
  }
  void emit_total(const std::string& id, key& k) {
    std::vector<taken> all;
    for (const auto& [start, w] : k.windows)
      if (w.closed) all.insert(all.end(), w.events.begin(), w.events.end());
    put(id, k.windows.begin()->second.start, k.total->second, k.total_revision++, 0, all);
    k.behind = false;
  }
  void emit_free(const reading& r, key& k, const std::vector<taken>& events) {
    emit_free(name_of(r), k, events);
  }
  void emit_free(const std::string& id, key& k, const std::vector<taken>& events) {
    auto low = events[0].time, high = low;
    for (const auto& e : events) low = std::min(low, e.time), high = std::max(high, e.time);
    put(id, low, high + 1, 0, ++k.number, events);
  }
  void emit(const std::string& id, window& w) {
    put(id, w.start, w.end, w.revision++, 0, w.events);
    w.closed = true, w.marked = false;
  }
  void put(const std::string& id, std::int64_t start, std::int64_t end, int revision, int number,
           const std::vector<taken>& events) {
    std::string values;
    std::optional<std::int64_t> low, high, last;
    std::optional<std::string> text;
    std::int64_t sum = 0;
    std::tuple<std::int64_t, std::uint64_t, std::uint32_t> last_at{far, 0, 0}, text_at{-far, 0, 0};
    for (const auto& e : events) {
      const std::tuple at(e.time, e.sequence, e.index);
      if (e.text && at < text_at) text_at = at, text = e.text;
      if (!e.t) continue;
      low = std::min(low.value_or(*e.t), *e.t), high = std::max(high.value_or(*e.t), *e.t), sum += *e.t;
      if (at > last_at) last_at = at, last = e.t;
    }
    if (low)
      values = "\"t_min\":" + std::to_string(*low) + ",\"t_max\":" + std::to_string(*high) +
               ",\"t_sum\":" + std::to_string(sum) + ",\"t_last\":" + std::to_string(*last) + ",";
    if (text) values += "\"text_first\":\"" + *text + "\",";
    values += "\"count\":" + std::to_string(events.size());
    out[id].insert(std::to_string(start) + "|" + std::to_string(end) + "|" + std::to_string(revision) + "|" +
                   std::to_string(number) + "|" + values);
  }

  setting s_;
  time_zone berlin_;
  bool up_ = false;
  std::int64_t since_ = far;
  std::map<std::string, key> keys_;
};

// A record as the model writes it; the mean, which it does not know, is left out.
std::string parse(const std::string& json) {
  const auto number = [&](const char* name) {
    const auto at = json.find(name);
    return at == json.npos ? std::string("0")
                           : std::to_string(std::stoll(json.substr(at + std::string(name).size())));
  };
  auto values = json.substr(json.find("\"values\":{") + 10);
  values.resize(values.size() - 2);
  if (const auto mean = values.find("\"t_mean\""); mean != values.npos)
    values.erase(mean, values.find(',', mean) - mean + 1);
  return number("\"start\":") + "|" + number("\"end\":") + "|" + number("\"revision\":") + "|" +
         number("\"number\":") + "|" + values;
}

} // namespace

TEST_CASE("every kind of window does what a naive model of the rules does") {
  for (unsigned seed = 0; seed < 3 * std::size(settings); ++seed) {
    const auto& s = settings[seed % std::size(settings)];
    CAPTURE(seed);
    CAPTURE(std::string(s.name));
    std::mt19937_64 random(seed);
    const auto log = make_journal(random, s, 700);
    const auto got = run(log, plan_of(s), 1, true, random, 10, 0);
    naive_model model(s);
    for (const auto& e : log) {
      if (e.record) model.record(*e.record);
      for (const auto& r : e.events) model.event(r);
    }
    CHECK(got.counters.applied == model.counters.applied);
    CHECK(got.counters.filtered == model.counters.filtered);
    CHECK(got.counters.dead_lettered == model.counters.dead_lettered);
    CHECK(got.counters.late == model.counters.late);
    CHECK(got.counters.late_partial == model.counters.late_partial);
    CHECK(got.results.size() == model.out.size());
    for (const auto& [key, results] : got.results) {
      CAPTURE(key);
      std::multiset<std::string> have;
      for (const auto& json : results) have.insert(parse(json));
      const auto& want = model.out[key];
      std::vector<std::string> missing, extra;
      std::set_difference(want.begin(), want.end(), have.begin(), have.end(), std::back_inserter(missing));
      std::set_difference(have.begin(), have.end(), want.begin(), want.end(), std::back_inserter(extra));
      CHECK(missing == std::vector<std::string>());
      REQUIRE(extra == std::vector<std::string>());
    }
  }
}

TEST_CASE("any number of shards, a store or none, and crashes at any point give equal bytes per key") {
  for (unsigned seed = 100; seed < 100 + std::size(settings); ++seed) {
    const auto& s = settings[seed % std::size(settings)];
    CAPTURE(seed);
    CAPTURE(std::string(s.name));
    std::mt19937_64 random(seed);
    const auto log = make_journal(random, s, 600);
    const auto plan = plan_of(s);
    const auto straight = run(log, plan, 1, false, random, 0, 0);
    CHECK(straight.counters.results > 0);
    for (const auto& [shards, stored, parts, crashes] :
         {std::tuple{1u, true, 1u, 0u}, {3u, true, 10u, 0u}, {1u, true, 10u, 25u}, {5u, true, 30u, 60u}}) {
      CAPTURE(shards);
      CAPTURE(crashes);
      const auto other = run(log, plan, shards, stored, random, parts, crashes);
      for (const auto& [key, want] : straight.results) {
        const auto at = other.results.find(key);
        REQUIRE(at != other.results.end());
        for (std::size_t i = 0; i < std::min(want.size(), at->second.size()); ++i)
          REQUIRE(at->second[i] == want[i]);
      }
      REQUIRE(other.results == straight.results);
      CHECK(other.dead_letters == straight.dead_letters);
      CHECK(other.counters.applied == straight.counters.applied);
      CHECK(other.counters.late == straight.counters.late);
      CHECK(other.counters.late_partial == straight.counters.late_partial);
      CHECK(other.counters.filtered == straight.counters.filtered);
      CHECK(other.counters.results == straight.counters.results);
      CHECK(other.counters.revised == straight.counters.revised);
      CHECK(other.counters.devices == straight.counters.devices);
    }
  }
}
