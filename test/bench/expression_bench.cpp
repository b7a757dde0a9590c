// `scripts/bench expression`: expressions of filter and derive beside the loop
// that somebody would write by hand for them, over the same rows. CPU of one
// thread per event.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "actors/transform/steps.hpp"
#include "test/bench/measure.hpp"

using namespace sluice;

namespace {

constexpr std::size_t rows = 512, rounds = 4000;

// Temperature, humidity (an integer in every third row, missing in every 50th)
// and room.
event_batch make_batch() {
  event_batch b;
  b.names = std::make_shared<field_names>(field_names{"temperature", "humidity", "room"});
  b.stride = 3;
  b.arena += "room-1north-1234567south-7654321";
  for (std::size_t i = 0; i < rows; ++i) {
    event_row r;
    r.device_length = 6;
    r.time_ms = 1700000000000 + static_cast<std::int64_t>(i) * 1000;
    b.rows.push_back(r);
    b.slots.push_back(slot::of(-45.0 + static_cast<double>(i % 140)));
    b.types.push_back(value_type::number);
    const auto humidity = static_cast<std::int64_t>(i % 100);
    b.slots.push_back(i % 3 == 0 ? slot::of(humidity) : slot::of(static_cast<double>(humidity)));
    b.types.push_back(i % 50 == 49 ? value_type::missing
                      : i % 3 == 0 ? value_type::integer
                                   : value_type::number);
    b.slots.push_back(i % 2 == 0 ? slot::text(6, 13) : slot::text(19, 13));
    b.types.push_back(value_type::text);
  }
  return b;
}

volatile double sink; // what nobody reads must not be optimised away

// ns per row of `body(row)`; the best of five.
template <class F> double measure(F&& body) {
  double best = 1e300;
  for (int repeat = 0; repeat < 5; ++repeat) {
    double sum = 0;
    const auto start = thread_cpu_ns();
    for (std::size_t round = 0; round < rounds; ++round)
      for (std::size_t i = 0; i < rows; ++i) sum += body(i);
    best = std::min(best, (thread_cpu_ns() - start) / static_cast<double>(rows * rounds));
    sink = sum;
  }
  return best;
}

// By hand: what a careful programmer writes, missing values and both types of
// numbers included.
struct number_or_none {
  double value;
  bool there;
};
number_or_none number(const event_batch& b, std::size_t row, std::size_t field) {
  const auto type = b.row_types(row)[field];
  const auto v = b.row_slots(row)[field];
  if (type == value_type::number) return {v.number(), true};
  if (type == value_type::integer) return {static_cast<double>(v.integer()), true};
  return {0, false};
}

template <class F>
void compare(const char* name, const event_batch& b, const std::vector<step_options>& options, F&& by_hand) {
  auto made = steps::compile(options, {}, std::vector<std::string>{});
  if (!made) {
    std::fprintf(stderr, "%s\n", made.error().text.c_str());
    std::exit(1);
  }
  auto& s = *made;
  s.bind(*b.names);
  const auto target = s.reg("out");
  const auto ours = measure([&](std::size_t i) {
    const auto& r = s.run(b.row_slots(i), b.row_types(i), &b, &b.rows[i]);
    if (r.what != steps::verdict::pass) return 0.0;
    if (target == no_field || s.type(target) == value_type::missing) return 1.0;
    return s.type(target) == value_type::number ? s.value(target).number() : 2.0;
  });
  const auto floor = measure([&](std::size_t i) { return by_hand(i); });
  std::printf("{\"bench\":\"expression\",\"case\":\"%s\",\"events\":%zu,\"cpu_"
              "ns_per_event\":%.1f,"
              "\"floor_cpu_ns_per_event\":%.1f,\"ratio\":%.1f}\n",
              name, rows * rounds, ours, floor, ours / floor);
}

} // namespace

int main() {
  const auto b = make_batch();
  compare("filter", b, {filter_options{"f", "temperature > -40 and temperature < 85"}}, [&](std::size_t i) {
    const auto t = number(b, i, 0);
    return t.there && t.value > -40 && t.value < 85 ? 1.0 : 0.0;
  });
  compare("typical", b,
          {filter_options{"f", "temperature > -40 and temperature < 85"},
           derive_options{"d", {{"out", "temperature - (100 - humidity) / 5"}}}},
          [&](std::size_t i) {
            const auto t = number(b, i, 0), h = number(b, i, 1);
            if (!t.there || t.value <= -40 || t.value >= 85) return 0.0;
            if (!h.there) return 1.0;
            return t.value - (100 - h.value) / 5;
          });
  compare("functions", b,
          {derive_options{"d", {{"out", "round(greatest(temperature, coalesce(humidity, 0)), 1)"}}}},
          [&](std::size_t i) {
            const auto t = number(b, i, 0), h = number(b, i, 1);
            return std::round(std::max(t.value, h.there ? h.value : 0.0) * 10) / 10;
          });
  compare("text", b,
          {filter_options{"f", "room like 'north-%' and length(room) > 3"},
           derive_options{"d", {{"out", "upper(left(room, 5))"}}}},
          [&](std::size_t i) {
            const auto room = b.text(b.row_slots(i)[2]);
            if (!room.starts_with("north-") || room.size() <= 3) return 0.0;
            char out[5];
            for (std::size_t k = 0; k < 5; ++k)
              out[k] = static_cast<char>(room[k] - ('a' <= room[k] && room[k] <= 'z' ? 32 : 0));
            sink = out[4];
            return 2.0;
          });
  compare("case", b,
          {derive_options{"d",
                          {{"out", "case when temperature > 60 then 3.0 when "
                                   "temperature > 20 then 2.5 else 1.5 end"}}}},
          [&](std::size_t i) {
            const auto t = number(b, i, 0);
            return !t.there ? 1.5 : t.value > 60 ? 3.0 : t.value > 20 ? 2.5 : 1.5;
          });
}
