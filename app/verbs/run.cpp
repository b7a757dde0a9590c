#include "app/verbs/run.hpp"

#include <csignal>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include <malloc.h>

#include <CLI/CLI.hpp>
#include <caf/all.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "actors/observe/status_actor.hpp"
#include "actors/observe/status_file.hpp"
#include "app/changed_pipelines.hpp"
#include "app/control_socket.hpp"
#include "app/data_dir.hpp"
#include "app/dead_letter_desk.hpp"
#include "app/models.hpp"
#include "app/store_state_source.hpp"
#include "app/tables.hpp"
#include "app/wiring.hpp"
#include "messages/exit_codes.hpp"
#include "messages/faults.hpp"

namespace sluice {

namespace {

using std::chrono::milliseconds;

struct run_arguments {
  std::string config = "/etc/sluice/sluice.yaml";
  std::string change = "refuse";
  std::vector<std::string> drop_pending;
};

struct settings : caf::actor_system_config {
  settings() {
    add_message_types<caf::id_block::sluice>();
    set("scheduler.policy",
        caf::atom("sharing")); // "stealing" collapses with many ready actors, and wakes up late
    set("scheduler.max-threads", std::max(2u, std::thread::hardware_concurrency()));
    set("logger.console", caf::atom("none"));
  }
};

int complain(exit_code code, const std::string& text) {
  std::cerr << "sluice run: " << text << "\n";
  return code;
}

exit_code code_for(const error& e) {
  if (e.code == ec::refused) return exit_fenced;
  return e.code == ec::invalid ? exit_config : exit_storage;
}

// The last report: state "stopped", with the ledger as it is on disk. True iff nothing waits anywhere.
bool write_last_report(const configuration& c, journal& log, store& state, journal_clock& clock) {
  status_input in = fixed_status(c);
  in.state = "stopped";
  in.store_answered = true;
  ledger_input books;
  books.snapshot = state.snapshot();
  auto tally = log.tally(books.snapshot.applied);
  if (!tally)
    exit_now(exit_storage, tally.error().text.c_str()); // what is pending is not known: not "drained"
  books.tally = std::move(*tally);
  books.first = log.first();
  books.bytes = log.bytes() + state.bytes();
  books.now_ms = clock.now_ms();
  add_books(in, books);
  if (auto done = write_status_file(c.service.data_dir + "/status.json", status_report(in)); !done)
    std::cerr << "sluice run: " << done.error().text << "\n";
  for (const auto& [sink, pending] : books.snapshot.sink_pending)
    if (pending != 0) return false;
  for (const auto& [source, pending] : books.tally.pending)
    if (pending != 0) return false;
  return true;
}

outcome<void> note_start(const configuration& c, journal& log) {
  control start;
  start.kind = control_kind::start;
  if (auto done = log.append(start); !done) return tl::unexpected(done.error());
  for (const auto& p : c.pipelines) {
    control config;
    config.kind = control_kind::config;
    config.name = p.name;
    config.value = std::hash<std::string>{}(p.meaning);
    if (auto done = log.append(config); !done) return tl::unexpected(done.error());
  }
  return {};
}

// Spawns everything and lives until a signal or the root's end. Returns the exit code.
int serve(const configuration& c, const plans& plan, journal& log, store& state, journal_clock& clock,
          std::shared_ptr<watched_tables> tables, std::shared_ptr<watched_models> models,
          std::shared_ptr<kept_models> kept) {
  watchdog dog([](const watchdog_slot& slot, std::int64_t for_ms, bool fatal) {
    std::fprintf(stderr, "sluice: %s hangs for %ld ms\n", slot.name().c_str(), static_cast<long>(for_ms));
    if (fatal) std::abort(); // a thread cannot be killed; the journal has everything
  });
  store_state_source closed_windows(state);
  std::mutex mutex;
  std::string document = "{\"state\":\"starting\",\"ready\":false}\n";
  service_parts parts;
  parts.config = &c;
  parts.plan = &plan;
  parts.log = &log;
  parts.state = &state;
  parts.closed_windows = &closed_windows;
  parts.clock = &clock;
  parts.tables = std::move(tables);
  parts.models = std::move(models);
  parts.kept = std::move(kept);
  parts.dog = &dog;
  parts.names = std::make_shared<directory>();
  parts.quota = std::make_shared<quota_gauge>();
  parts.seed = std::random_device{}();
  parts.draining = std::make_shared<std::atomic<bool>>(false);
  parts.finish = std::make_shared<finish_line>(c);
  parts.publish_status = [&](const std::string& text) {
    std::lock_guard lock(mutex);
    document = text;
  };
  dead_letter_desk desk(plan, log, state, *parts.quota, [&parts, &c] {
    for (const auto& sink : c.sinks)
      if (auto handle = parts.names->find("sink." + sink.name)) caf::anon_send(handle, wake_atom_v);
  });
  auto socket = control_socket::listen(c.service.data_dir + "/control.sock",
                                       [&](std::string_view request) -> std::string {
                                         if (request.starts_with('{')) {
                                           if (*parts.draining)
                                             return R"({"error":"the service is stopping"})";
                                           return desk.answer(request);
                                         }
                                         if (request != "status") return "{\"error\":\"unknown request\"}\n";
                                         std::lock_guard lock(mutex);
                                         return document.ends_with('\n') ? document : document + "\n";
                                       });
  if (!socket) return complain(exit_storage, socket.error().text);

  settings config;
  caf::actor_system system(config);
  dog.start();
  const auto root = spawn_service(system, parts);
  std::atomic<bool> ended{false};
  std::atomic<bool> escalated{false};
  std::string escalation;
  std::thread waiter([&] {
    caf::scoped_actor self(system);
    self->monitor(root);
    self->receive([&](const caf::down_msg& down) {
      escalated = bool(down.reason) && down.reason != caf::exit_reason::normal;
      if (escalated) escalation = system.render(down.reason);
      ended = true;
    });
    ::kill(::getpid(), SIGUSR2); // wakes sigwait
  });
  sigset_t signals;
  sigemptyset(&signals);
  for (int s : {SIGTERM, SIGINT, SIGUSR2}) sigaddset(&signals, s);
  int asked = 0;
  constexpr timespec look{0, 200'000'000};
  while (!ended) {
    int got = 0;
    if (parts.finish->possible() && asked == 0) {
      got = sigtimedwait(&signals, nullptr, &look);
      if (got < 0 && !parts.finish->reached(state, log, std::chrono::steady_clock::now())) continue;
    } else {
      sigwait(&signals, &got);
    }
    if (got == SIGUSR2) continue;
    *parts.draining = true;
    if (++asked == 1) {
      std::fprintf(stderr, "sluice: draining\n");
      caf::anon_send(root, stop_atom_v);
    } else {
      exit_now(exit_pending,
               "stopped a second time while draining; the next start goes on from the last checkpoint");
    }
  }
  waiter.join();
  dog.stop();
  parts.names->clear();
  socket->reset();
  if (escalated) {
    std::fprintf(stderr, "sluice: %s\n", escalation.c_str());
    write_last_report(c, log, state, clock);
    exit_now(exit_escalation, "a supervisor gave up");
  }
  const bool settled = write_last_report(c, log, state, clock);
  if (!settled) std::fprintf(stderr, "sluice: messages or results are still pending\n");
  std::fflush(nullptr);
  // No destructor may hang on a client library's thread: everything that counts is on disk.
  std::_Exit(settled ? exit_ok : exit_pending);
}

int run(const run_arguments& a) {
  // One malloc arena: the hot path does not allocate, and an arena per thread kept 15 MB more resident behind
  // a dead sink.
  mallopt(M_ARENA_MAX, 1);
  spdlog::set_default_logger(spdlog::stderr_color_mt("sluice")); // stdout is for results of verbs
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  config::report report;
  const auto c = load_configuration(a.config, load_flags{.read_tables = false}, report);
  if (report.empty() && c.pipelines.empty())
    report.error(c.at, "there are no pipelines", "models only",
                 "sources, pipelines and sinks; sluice train trains models");
  std::cerr << report.text();
  if (!report.empty()) return exit_config;
  if (auto owned = own_data_dir(c.service.data_dir); !owned)
    return complain(code_for(owned.error()), owned.error().text);

  // Before any thread exists: all of them leave these signals to sigwait.
  sigset_t signals;
  sigemptyset(&signals);
  for (int s : {SIGTERM, SIGINT, SIGUSR2, SIGPIPE}) sigaddset(&signals, s);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const auto plan = make_plans(c);
  auto state = store::open(c.service.data_dir, c.service, plan.pipeline_names, plan.routes);
  if (!state) return complain(code_for(state.error()), state.error().text);
  journal_clock clock(system_clock_source());
  auto log = journal::open(c.service.data_dir, c.service, clock, (*state)->applied(), (*state)->epoch());
  if (!log) return complain(code_for(log.error()), log.error().text);
  for (const auto& notice : (*log)->notices()) spdlog::warn("journal: {}", notice);
  for (const auto& [source, counted] :
       (*state)->snapshot().sources) // a journal that lost its tail counts on from the state
    (*log)->raise_received(source, counted.decoded + counted.duplicate + counted.dead_lettered);
  const auto policy = a.change == "close"     ? on_change::close
                      : a.change == "discard" ? on_change::discard
                                              : on_change::refuse;
  const std::set<std::string> drop(a.drop_pending.begin(), a.drop_pending.end());
  object(c, **state, policy, drop, report);
  if (!report.empty()) {
    std::cerr << report.text();
    return exit_config;
  }
  const store_state_source closed_windows(**state);
  if (auto done = adopt(c, plan, **state, closed_windows, policy, drop); !done)
    return complain(code_for(done.error()), done.error().text);
  faults::at(faults::crash_point::recovery_opened);
  if (auto noted = note_start(c, **log); !noted) return complain(exit_storage, noted.error().text);
  // Before any source is open: no event sees another content than the journal says.
  auto tables = open_tables(plan.pipelines, table_files(c.service.data_dir), **state, **log);
  if (!tables) return complain(code_for(tables.error()), tables.error().text);
  const auto kept = models_kept_in(c.service.data_dir);
  auto models = open_models(c, plan.pipelines, model_files(c.service.data_dir), *kept, **state, **log);
  if (!models) return complain(code_for(models.error()), models.error().text);
  if (auto made = make_desks(**models, kept, shard_count(c)); !made)
    return complain(code_for(made.error()), made.error().text);
  return serve(c, plan, **log, **state, clock, std::move(*tables), std::move(*models), kept);
}

} // namespace

void add_run(CLI::App& app, int& exit_code) {
  auto a = std::make_shared<run_arguments>();
  auto* verb = app.add_subcommand("run", "run the service until SIGTERM");
  verb->add_option("CONFIG", a->config, "a YAML file, or a folder of files that merge by name")
      ->capture_default_str();
  verb->add_option("--on-change", a->change,
                   "a pipeline's definition changed and it has state: refuse to start, close its windows, or "
                   "discard them")
      ->check(CLI::IsMember({"refuse", "close", "discard"}))
      ->capture_default_str();
  verb->add_option("--drop-pending", a->drop_pending, "forget the results that wait for this removed sink");
  verb->footer("Example: sluice run config/pipelines/greenhouse.yaml");
  verb->callback([a, &exit_code] { exit_code = run(*a); });
}

} // namespace sluice
