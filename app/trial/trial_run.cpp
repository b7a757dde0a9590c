#include "app/trial/trial_run.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "actors/ingest/chained_result.hpp"
#include "actors/ingest/kafka/kafka_stamp.hpp"
#include "actors/ingest/result_loop.hpp"
#include "actors/store/dead_letter_store.hpp"
#include "app/local_engine.hpp"
#include "app/models.hpp"
#include "app/tables.hpp"

namespace sluice {

namespace {

using std::chrono::milliseconds;

class virtual_clock final : public clock_source {
public:
  explicit virtual_clock(std::int64_t start) : wall_(start) {}
  std::int64_t wall_ms() const noexcept override { return wall_ + passed_; }
  std::int64_t steady_ms() const noexcept override { return passed_; }
  void pass(milliseconds time) { passed_ += time.count(); }

private:
  std::int64_t wall_, passed_ = 0;
};

class temporary_folder {
public:
  temporary_folder() {
    auto name = (std::filesystem::temp_directory_path() / "sluice-test-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~temporary_folder() {
    std::error_code e;
    if (!path_.empty()) std::filesystem::remove_all(path_, e);
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  const std::string& path() const { return path_; }

private:
  std::string path_;
};

class player {
public:
  player(const configuration& c, const trial_case& one)
      : c_(c), one_(one), plans_(make_plans(c)), source_(one.start_ms), clock_(source_) {}

  outcome<trial_output> play() {
    if (folder_.path().empty()) return fail(ec::storage, "no temporary folder can be made");
    config::service_options options;
    options.keep.level = config::durability::kind::process;
    auto log = journal::open(folder_.path(), options, clock_, 0);
    if (!log) return tl::unexpected(log.error());
    log_ = std::move(*log);
    auto models = direct_models(plans_.pipelines, folder_.path(), *log_);
    if (!models) return tl::unexpected(models.error());
    auto engine = local_engine::make(plans_, *log_, kept_tables(folder_.path()), std::move(*models));
    if (!engine) return tl::unexpected(engine.error());
    engine_ = std::move(*engine);
    engine_->take_unavailable(); // an answer that is not finite is what the case is to see
    if (auto done = note(control_kind::start, ""); !done) return tl::unexpected(done.error());
    if (auto done = put_tables(plans_.pipelines, table_files(folder_.path()), *log_); !done)
      return tl::unexpected(done.error());
    if (auto done = put_models(c_, plans_.pipelines, model_files(folder_.path()), *log_); !done)
      return tl::unexpected(done.error());
    for (const auto& s : c_.sources)
      for (const auto kind : {control_kind::session, control_kind::source_up})
        if (auto done = note(kind, s.name); !done) return tl::unexpected(done.error());
    for (const auto& input : one_.input) {
      auto done = take(input);
      if (done) done = drain();
      if (!done) return tl::unexpected(done.error());
    }
    return std::move(out_);
  }

private:
  outcome<void> take(const trial_input& input) {
    using kind = trial_input::kind;
    if (input.what == kind::wait) return wait(input.wait);
    auto name = input.source;
    if (name.empty() && c_.sources.size() == 1) name = c_.sources.front().name;
    if (std::none_of(c_.sources.begin(), c_.sources.end(), [&](const auto& s) { return s.name == name; }))
      return fail(ec::invalid, config::to_string(input.at) +
                                   (name.empty() ? ": an input without source, and there are several"
                                                 : ": there is no source " + name));
    if (input.what == kind::up) {
      if (auto done = note(control_kind::session, name, 1); !done) return done;
      ended_.erase(name);
      return note(control_kind::source_up, name);
    }
    if (input.what == kind::down) return note(control_kind::source_down, name);
    if (input.what == kind::end) {
      ended_.insert(name);
      return note(control_kind::source_end, name);
    }
    return send(input, name);
  }

  outcome<void> send(const trial_input& input, const std::string& name) {
    std::vector<std::pair<std::string_view, std::string_view>> properties(input.properties.begin(),
                                                                          input.properties.end());
    std::string stamp;
    if (of_kafka(name)) stamp_properties(properties, stamp);
    message_in m;
    m.topic = input.topic;
    m.payload = input.payload;
    m.qos = 1;
    m.dup = input.dup;
    m.retain = input.retain;
    m.user_properties = properties;
    // What is sent again has the packet id of the first time.
    auto& id = packet_ids_[{input.topic, input.payload}];
    if (!input.dup || id == 0) id = next_packet_id_++;
    m.packet_id = id;
    auto done = log_->append(name, std::span(&m, 1));
    if (!done) return tl::unexpected(done.error());
    return {};
  }

  bool of_kafka(const std::string& name) const {
    return std::any_of(c_.sources.begin(), c_.sources.end(),
                       [&](const auto& s) { return s.name == name && s.kafka() != nullptr; });
  }

  outcome<void> wait(milliseconds whole) {
    const auto ticks = std::clamp<std::int64_t>(whole.count() / 1000, 1, 3600);
    for (std::int64_t i = 0; i < ticks; ++i) {
      source_.pass(milliseconds(whole.count() * (i + 1) / ticks - whole.count() * i / ticks));
      if (auto done = note(control_kind::tick, "", 1); !done) return done;
      if (auto done = drain(); !done) return done;
    }
    return {};
  }

  outcome<void> note(control_kind kind, const std::string& name, std::uint64_t value = 0) {
    control record;
    record.kind = kind;
    record.name = name;
    record.value = value;
    auto done = log_->append(record);
    if (!done) return tl::unexpected(done.error());
    return {};
  }

  // A result that another pipeline reads goes back into the journal, as result_loop does it in a service.
  outcome<void> loop_back(const result_record& r) {
    const auto number = std::to_string(++outbox_);
    const auto& name = plans_.pipeline_names[r.order.pipeline];
    if (is_transition(r.json) || std::none_of(plans_.loops.begin(), plans_.loops.end(),
                                              [&](const auto& loop) { return loop.pipeline == name; }))
      return {};
    const std::pair<std::string_view, std::string_view> property{outbox_property, number};
    message_in m;
    m.topic = name;
    m.payload = r.json;
    m.qos = 1;
    m.user_properties = std::span(&property, 1);
    auto done = log_->append(name, std::span(&m, 1));
    if (!done) return tl::unexpected(done.error());
    return {};
  }

  // END of what a pipeline reads is followed by END of its results. False: there was none to follow.
  outcome<bool> end_chains() {
    for (const auto& loop : plans_.loops)
      if (ended_.contains(loop.source) && ended_.insert(loop.pipeline).second) {
        if (auto done = note(control_kind::source_end, loop.pipeline); !done)
          return tl::unexpected(done.error());
        return true;
      }
    return false;
  }

  outcome<void> drain() {
    local_engine::output made;
    for (;;) {
      const auto more = engine_->step(made);
      if (!more) return tl::unexpected(more.error());
      if (!*more) {
        const auto another = end_chains();
        if (!another) return tl::unexpected(another.error());
        if (!*another) return {};
        continue;
      }
      for (const auto& r : made.results) {
        out_.results.push_back(trial_json::parse(r.json));
        if (auto done = loop_back(r); !done) return done;
      }
      for (const auto& d : made.dead_letters) {
        auto letter = trial_json::parse(sluice::to_json(d));
        letter.erase("id"); // the store would give it
        out_.dead_letters.push_back(std::move(letter));
      }
      for (const auto& [name, s] : made.sources)
        add(name, {{"decoded", s.decoded},
                   {"duplicate", s.duplicate},
                   {"dead_lettered", s.dead_lettered},
                   {"elements_dead_lettered", s.elements_dead_lettered},
                   {"events", s.events},
                   {"unknown_fields", s.unknown_fields},
                   {"bad_fields", s.bad_fields}});
      for (std::size_t i = 0; i < made.pipelines.size(); ++i) {
        const auto& p = made.pipelines[i];
        add(plans_.pipeline_names[i], {{"in", p.in},
                                       {"applied", p.applied},
                                       {"filtered", p.filtered},
                                       {"duplicate", p.duplicate},
                                       {"late", p.late},
                                       {"dead_lettered", p.dead_lettered},
                                       {"late_partial", p.late_partial},
                                       {"missing_field", p.missing_field},
                                       {"derive_missing", p.derive_missing},
                                       {"value_non_finite", p.value_non_finite},
                                       {"revised", p.revised},
                                       {"results", p.results},
                                       {"devices", p.devices},
                                       {"deduplicated", p.deduplicated},
                                       {"unchanged", p.unchanged},
                                       {"lookup_missing", p.lookup_missing},
                                       {"predicted", p.predicted},
                                       {"incomplete", p.incomplete},
                                       {"unavailable", p.unavailable}});
      }
    }
  }

  void add(const std::string& name, std::initializer_list<std::pair<const char*, std::uint64_t>> counters) {
    for (const auto& [key, n] : counters) out_.counters[name][key] += n;
  }

  const configuration& c_;
  const trial_case& one_;
  plans plans_;
  virtual_clock source_;
  journal_clock clock_;
  temporary_folder folder_;
  std::unique_ptr<journal> log_;
  std::unique_ptr<local_engine> engine_;
  std::map<std::pair<std::string, std::string>, std::uint16_t> packet_ids_;
  std::uint16_t next_packet_id_ = 1;
  std::uint64_t outbox_ = 0;    // results so far
  std::set<std::string> ended_; // sources, and pipelines that others read
  trial_output out_;
};

} // namespace

outcome<trial_output> run_trial(const configuration& c, const trial_case& one) {
  return player(c, one).play();
}

} // namespace sluice
