// What a pipeline's steps remember of a key: when it changes, how it is saved, what ticks do.
#include <doctest/doctest.h>

#include "actors/transform/step_compiler.hpp"
#include "actors/transform/steps.hpp"

using namespace sluice;

namespace {

struct count_memory final : key_memory {
  std::uint8_t seen = 0;
  bool silent = false;
  void save(std::string& out) const override { out += static_cast<char>(seen); }
};

// Numbers the events of a key in field `n`; the third one is a result of its own, and so is a silence of 10
// s.
class counting final : public step {
public:
  explicit counting(std::uint16_t n) : n_(n) {}
  step_verdict run(step_run& run, const key_memory* memory) override {
    next_ = static_cast<std::uint8_t>(static_cast<const count_memory*>(memory)->seen + 1);
    run.set(n_, value_type::integer, slot::of(std::int64_t{next_}));
    run.count(&pipeline_counters::unchanged);
    if (next_ == 3) run.emit({"third", next_, run.event().time_ms, ",\"alarm\":\"third\"", ""});
    return {};
  }
  void commit(key_memory& memory) noexcept override { static_cast<count_memory&>(memory).seen = next_; }
  std::unique_ptr<key_memory> make_memory() const override { return std::make_unique<count_memory>(); }
  bool restore(key_memory& memory, std::string_view bytes) const override {
    if (bytes.size() != 1) return false;
    static_cast<count_memory&>(memory).seen = static_cast<std::uint8_t>(bytes[0]);
    return true;
  }
  std::int64_t due(const key_memory& memory, std::int64_t silent_since) const noexcept override {
    return static_cast<const count_memory&>(memory).silent ? never_due : silent_since + 10000;
  }
  bool tick(step_run& run, key_memory& memory, const step_tick& now) override {
    auto& m = static_cast<count_memory&>(memory);
    if (!now.source_up || m.silent || now.now_ms - now.silent_since < 10000) return false;
    m.silent = true;
    run.emit({"silent", 1, now.now_ms, "", ""});
    return true;
  }

private:
  std::uint16_t n_;
  std::uint8_t next_ = 0;
};

// Counts under the id of each of `options`, in front of it.
steps counted(std::vector<step_options> options) {
  step_compiler c({});
  for (const auto& o : options) {
    c.compile(o);
    c.add(std::make_unique<counting>(c.define("n", value_type::integer)));
  }
  REQUIRE(c.errors().empty());
  auto made = steps::finish(std::move(c), {});
  REQUIRE(made);
  made->bind({"a"});
  return std::move(*made);
}

const slot values[] = {slot::of(2.0)};
const value_type number[] = {value_type::number}, text[] = {value_type::text};

} // namespace

TEST_CASE("a key remembers an event once it is accepted, and nothing of one that fails") {
  auto s = counted({filter_options{"f", "a > 1"}});
  auto memory = s.make_memory();
  pipeline_counters counters;
  for (int i = 0; i < 2; ++i) { // not committed: as if the window had thrown
    s.run(values, number, nullptr, nullptr, memory.get());
    CHECK(s.value(s.reg("n")).integer() == 1);
  }
  CHECK(counters.unchanged == 0);
  s.commit(memory.get(), counters);
  CHECK(counters.unchanged == 1);
  s.commit(memory.get(), counters); // once
  CHECK(counters.unchanged == 1);
  s.run(values, number, nullptr, nullptr, memory.get());
  CHECK(s.value(s.reg("n")).integer() == 2);
}

TEST_CASE("steps behind one that filters or refuses do not run and are not committed") {
  auto s = counted({filter_options{"f", "a > 5"}});
  auto memory = s.make_memory();
  pipeline_counters counters;
  CHECK(s.run(values, number, nullptr, nullptr, memory.get()).what == steps::verdict::filtered);
  s.commit(memory.get(), counters);
  CHECK(s.run(values, text, nullptr, nullptr, memory.get()).what == steps::verdict::refused);
  std::string bytes;
  s.save(*memory, bytes);
  CHECK(counters.unchanged == 0);
  CHECK(bytes.back() == 0);
}

TEST_CASE("memory is saved under the id of its step and finds it again after the steps changed places") {
  auto before = counted({filter_options{"one", "a > 1"}, filter_options{"two", "a > 1"}});
  auto memory = before.make_memory();
  pipeline_counters counters;
  before.run(values, number, nullptr, nullptr, memory.get());
  before.commit(memory.get(), counters);
  std::string bytes;
  before.save(*memory, bytes);

  auto after = counted({filter_options{"two", "a > 1"}, filter_options{"new", "a > 1"}});
  auto again = after.make_memory();
  REQUIRE(after.restore(*again, bytes));
  CHECK(static_cast<count_memory&>(*again->parts[0]).seen == 1);
  CHECK(static_cast<count_memory&>(*again->parts[1]).seen == 0);
  for (std::size_t n = 1; n < bytes.size(); ++n) {
    auto fresh = after.make_memory();
    const bool whole = n == 4 + 3 + 4 + 1; // of step one
    CHECK(after.restore(*fresh, bytes.substr(0, n)) == whole);
  }
}

TEST_CASE("two steps with memory under one id are told apart") {
  step_compiler c({});
  c.compile(filter_options{"f", "a > 1"});
  for (const char* name : {"x", "y"}) c.add(std::make_unique<counting>(c.define(name, value_type::integer)));
  auto s = steps::finish(std::move(c), {});
  REQUIRE(s);
  auto memory = s->make_memory(), again = s->make_memory();
  static_cast<count_memory&>(*memory->parts[1]).seen = 7;
  std::string bytes;
  s->save(*memory, bytes);
  REQUIRE(s->restore(*again, bytes));
  CHECK(static_cast<count_memory&>(*again->parts[0]).seen == 0);
  CHECK(static_cast<count_memory&>(*again->parts[1]).seen == 7);
}

TEST_CASE("a step puts out results of its own, with an event and at a tick") {
  auto s = counted({filter_options{"f", "a > 1"}});
  auto memory = s.make_memory();
  pipeline_counters counters;
  for (int i = 1; i <= 3; ++i) {
    s.run(values, number, nullptr, nullptr, memory.get());
    CHECK(s.results().size() == (i == 3 ? 1 : 0));
    s.commit(memory.get(), counters);
  }
  CHECK(s.results()[0].name == "third");
  CHECK(s.due(*memory, 1000) == 11000);
  CHECK_FALSE(s.tick("d", *memory, {20000, 1000, false}, counters)); // the source is down: no silence
  CHECK(s.results().empty());
  CHECK(s.tick("d", *memory, {20000, 1000, true}, counters));
  CHECK(s.results()[0].name == "silent");
  CHECK(s.due(*memory, 1000) == never_due);
}
