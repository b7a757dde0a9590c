#include "actors/transform/deduplicate_step.hpp"

#include <utility>

#include "actors/transform/deduplicate.hpp"
#include "actors/transform/step_fields.hpp"
#include "actors/transform/step_kinds.hpp"
#include "config/option_kinds.hpp"

namespace sluice {

using namespace config;
using namespace std::chrono_literals;

namespace {

struct memory final : key_memory {
  explicit memory(const deduplicate_rule& rule) : rule(&rule) {}
  void save(std::string& out) const override { rule->save(is, out); }
  const deduplicate_rule* rule;
  deduplicate_rule::memory is;
};

class deduplicate_step final : public step {
public:
  deduplicate_step(const deduplicate_options& from, std::vector<std::uint16_t> by)
      : rule_(from.within, from.limit), by_(std::move(by)) {}

  step_verdict run(step_run& run, const key_memory* of) override {
    const auto& m = static_cast<const memory*>(of)->is;
    const auto& event = run.event();
    print_.begin();
    if (by_.empty()) {
      print_.add_time(event.time_ms);
      print_.add_time(event.index);
      print_.add({value_type::text, {}, event.payload});
    }
    for (const auto reg : by_) print_.add(value_of(run, reg));
    fresh_ = print_.end();
    time_ms_ = event.time_ms;
    passes_ = !rule_.is_duplicate(m, fresh_, time_ms_);
    if (!passes_) {
      run.count(&pipeline_counters::deduplicated);
      return {.what = step_verdict::filter};
    }
    rule_.reserve(m);
    if (const auto n = rule_.forgets(m, time_ms_); n != 0)
      run.count(&pipeline_counters::deduplicate_forgotten, n);
    return {};
  }

  void commit(key_memory& of) noexcept override {
    if (passes_) rule_.remember(static_cast<memory&>(of).is, fresh_, time_ms_);
  }

  std::unique_ptr<key_memory> make_memory() const override { return std::make_unique<memory>(rule_); }
  bool restore(key_memory& of, std::string_view bytes) const override {
    return rule_.restore(static_cast<memory&>(of).is, bytes);
  }

private:
  deduplicate_rule rule_;
  std::vector<std::uint16_t> by_;
  fingerprinter print_;
  // Of the event in hand.
  fingerprint fresh_;
  std::int64_t time_ms_ = 0;
  bool passes_ = false;
};

// A list of fields, or the word all.
option_kind<std::vector<std::string>> by_kind() {
  auto kind = field_list();
  kind.type = "name, or list, or `all`";
  kind.read = [list = kind.read](const yaml_node& node, std::vector<std::string>& into,
                                 const std::string& where, const about& option, reader& in) {
    if (node.is_scalar() && node.text == "all" && !node.quoted)
      into.clear();
    else
      list(node, into, where, option, in);
  };
  kind.print = [list = kind.print](const std::vector<std::string>& from, const secret_values& secrets) {
    return from.empty() ? yaml_node::scalar("all") : list(from, secrets);
  };
  return kind;
}

const options<deduplicate_options>& table() {
  static const auto made = options<deduplicate_options>("deduplicate")
                               .add({"by",
                                     "What makes two events equal: the values of these fields (missing "
                                     "equals missing, 1 equals 1.0), or all: "
                                     "the event time and the bytes of the message.",
                                     "[order, state]", required},
                                    &deduplicate_options::by, by_kind())
                               .add({"within",
                                     "How far apart, in event time and in both directions, equal events may "
                                     "be. What was let through is "
                                     "remembered for twice as long.",
                                     "1h"},
                                    &deduplicate_options::within, duration(1ms, 24h * 366))
                               .add({"limit",
                                     "Most events remembered of a device (or key), 24 bytes each, in memory "
                                     "and in its state; beyond it the "
                                     "oldest is forgotten and counted deduplicate_forgotten.",
                                     "100"},
                                    &deduplicate_options::limit, whole_number<std::uint32_t>(1, 10000));
  return made;
}

void compile(const deduplicate_options& from, step_compiler& c) {
  if (const auto by = registers_of(c, {"by"}, from.by))
    c.add(std::make_unique<deduplicate_step>(from, std::move(*by)));
}

} // namespace

step_kind deduplicate_kind() {
  return make_step_kind(
      table(),
      "Drops an event equal to one of the same device (or key) that was let through shortly before or "
      "after it, in event time. Dropped events are counted filtered and deduplicated.",
      "steps:\n  - deduplicate: { by: [order, line], within: 6h }", compile);
}

} // namespace sluice
