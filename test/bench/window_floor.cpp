// Windows of [mean, min, max, stddev_pop] of two fields, results as JSON: by hand, in one thread, with the
// libraries and flags of the engine. No duplicates, late data, revisions, ledger or checkpoints.
#include "test/bench/window_floor.hpp"

#include <cstdlib>
#include <ctime>
#include <tsl/robin_map.h>
#include <vector>

#include "test/bench/floor_statistics.hpp"

namespace {
constexpr std::int64_t delay = 10000, gap = 30000;

struct pane {
  std::int64_t index = -1, start = 0, end = 0;
  double n = 0;
  statistics temperature, humidity;
  void merge(const pane& p) {
    temperature.merge(p.temperature, n, p.n), humidity.merge(p.humidity, n, p.n);
    start = n == 0 ? p.start : start, end = p.end, n += p.n;
  }
};
struct key {
  std::int64_t high = 0, next = -1, closes_at = 0;     // next: the pane that closes at closes_at
  std::vector<pane> ring;                              // by index
  pane all;                                            // of other windows
  tsl::robin_map<std::uint64_t, std::int64_t> members; // highest time of each device, by its hash
};

struct floor_state : floor_window {
  tsl::robin_map<std::uint64_t, std::unique_ptr<key>> keys; // by hash
  std::string out;
  std::uint64_t results = 0;
  pane day; // the last calendar day

  pane place(std::int64_t t) {
    if (pane_ms > 0) return {t / pane_ms, t - t % pane_ms, t - t % pane_ms + pane_ms, 0, {}, {}};
    if (t >= day.start && t < day.end) return day;
    const std::time_t s = t / 1000;
    std::tm d = *std::localtime(&s);
    d.tm_hour = d.tm_min = d.tm_sec = 0, d.tm_isdst = -1;
    day.start = std::mktime(&d) * 1000, day.index = (day.start + 43200000) / 86400000;
    d.tm_mday += 1, d.tm_isdst = -1;
    day.end = std::mktime(&d) * 1000;
    return day;
  }
  void emit(std::string_view id, const pane& p) {
    char line[1024];
    char* to = put(put(put(line, R"({"pipeline":"climate","device":")"), id), R"(","start":)");
    to = put(std::to_chars(to, to + 20, p.start).ptr, R"(,"end":)");
    to = put(std::to_chars(to, to + 20, p.end).ptr, R"(,"revision":0,"values":{)");
    to = put(to, p.temperature, p.n, {R"("t_mean":)", R"(,"t_min":)", R"(,"t_max":)", R"(,"t_stddev_pop":)"});
    to = put(to, p.humidity, p.n, {R"(,"h_mean":)", R"(,"h_min":)", R"(,"h_max":)", R"(,"h_stddev_pop":)"});
    if (out.size() > 1u << 20) out.clear();
    out.append(line, put(to, "}}\n")), ++results;
  }
  pane& at(key& k, std::int64_t i) { return k.ring[static_cast<std::size_t>(i) & (panes > 1 ? 63u : 1u)]; }
  void close(std::string_view id, key& k) {
    const auto& closing = at(k, k.next);
    if (kind == running) k.all.merge(closing);
    if (panes > 1) k.all = {};
    for (auto i = k.next - panes + 1; panes > 1 && i <= k.next; ++i)
      if (at(k, i).index == i) k.all.merge(at(k, i));
    emit(id, kind == running || panes > 1 ? k.all : closing);
    const auto after = place(closing.end);
    k.next = after.index, k.closes_at = after.end;
  }
  void take(std::string_view id, key& k, std::uint64_t device, std::int64_t t, double x, double y) {
    if (kind == session && k.all.n > 0 && t >= k.all.end) emit(id, k.all), k.all = {};
    const auto here = kind <= running ? place(t) : pane{};
    auto& p = kind <= running ? at(k, here.index) : k.all;
    if (kind <= running && p.index != here.index) p = here;
    if (kind <= running && k.next < 0) k.next = here.index, k.closes_at = here.end;
    if (kind > running) p.start = p.n == 0 ? t : p.start, p.end = t + (kind == session ? gap : 1);
    p.n += 1, p.temperature.add(x, p.n), p.humidity.add(y, p.n);
    if (kind == count && p.n == 12) emit(id, p), p = {};
    if (by_site) k.members[device] = t;
    k.high = std::max(k.high, t);
    if (kind > running || k.closes_at > k.high - delay) return;
    auto low = k.high;
    for (const auto& [member, high] : k.members) low = std::min(low, high);
    while (k.closes_at <= low - delay) close(id, k);
  }
};
} // namespace

window_floor make_window_floor(const floor_window& w) {
  setenv("TZ", "Europe/Berlin", 1), tzset();
  return [s = std::make_shared<floor_state>(floor_state{w, {}, {}, 0, {}})](const sluice::event_batch& b) {
    for (std::size_t r = 0; r < b.rows.size(); ++r) {
      const auto& row = b.rows[r];
      auto& k = s->keys[s->by_site ? b.key(r, 1).hash : row.hash];
      if (!k) k = std::make_unique<key>(), k->ring.resize(s->panes > 1 ? 64 : 2);
      s->take(s->by_site ? b.text(b.key(r, 1)) : b.device(row), *k, row.hash, row.time_ms,
              b.row_slots(r)[0].number(), b.row_slots(r)[1].number());
    }
    return s->results;
  };
}
