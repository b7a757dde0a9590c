// SIGKILL at random moments against the bare store: every record that was acknowledged over a pipe is there
// afterwards, and no sequence number is ever given twice. The child is this program again, started anew: no
// fork after RocksDB was used.
#include <csignal>
#include <map>
#include <random>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

#include "actors/store/verify.hpp"
#include "test/store/checkpoint_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

constexpr const char* child_marker = "SLUICE_STORE_KILL_CHILD"; // "MODE:DIR"
constexpr int pipe_fd = 3;

struct acknowledged {
  std::uint64_t sequence, id; // journal sequence; a number of ours that the payload carries
};

void acknowledge(std::uint64_t sequence, std::uint64_t id) {
  const acknowledged a{sequence, id};
  if (::write(pipe_fd, &a, sizeof a) != sizeof a) ::_exit(3);
}

// Appends for ever, singly and in batches, and acknowledges each record when its append has returned.
[[noreturn]] void append_for_ever(const std::string& dir, const config::service_options& o) {
  hand_clock clocks;
  journal_clock clock(clocks);
  auto log = journal::open(dir, o, clock, 0);
  if (!log) ::_exit(74);
  std::uint64_t id = (*log)->visible();
  std::minstd_rand random(static_cast<unsigned>(::getpid()));
  for (;;) {
    clocks.pass(100); // the side file is written every tenth time
    const std::size_t count = random() % 3 ? 1 : random() % 50 + 1;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count; ++i)
      texts.push_back(std::to_string(++id) + ":" + std::string(random() % 3000, 'x'));
    std::vector<message_in> messages(count);
    for (std::size_t i = 0; i < count; ++i) messages[i].topic = "t", messages[i].payload = texts[i];
    const auto last = (*log)->append("field", messages);
    if (!last) ::_exit(75);
    for (std::size_t i = 0; i < count; ++i) acknowledge(*last - (count - 1 - i), id - (count - 1 - i));
    if (random() % 20 == 0 && !(*log)->truncate(*last > 2000 ? *last - 2000 : 1, clock.now_ms())) ::_exit(76);
  }
}

// Commits for ever: state, counters and results that must agree with each other after any kill.
[[noreturn]] void commit_for_ever(const std::string& dir, const config::service_options& o) {
  auto opened = store::open(dir, o, two_pipelines, two_sinks);
  if (!opened) ::_exit(74);
  auto& s = **opened;
  std::minstd_rand random(static_cast<unsigned>(::getpid()));
  for (auto p = s.applied() + 1;; ++p) {
    auto c = checkpoint_at(p);
    c.shards[0].state.push_back({state_family::device, "position", std::to_string(p)});
    c.shards[1].state.push_back({state_family::window, "position", std::to_string(p)});
    c.reader.sources = {{"field", {1, 0, 0, 0, 0, 1}}};
    for (auto n = random() % 4; n > 0; --n)
      c.shards[0].results.push_back(result_of(0, p, "d" + std::to_string(n)));
    if (!s.commit(std::move(c))) ::_exit(75);
    acknowledge(p, s.outbox_head());
    if (random() % 4 == 0) {
      const auto records = s.read_outbox("board", s.cursor("board").acked, 5, 1 << 20);
      if (!records.empty() && !s.move_cursor("board", {records.back().sequence, {}, ""}, records.size(), 0,
                                             {}, random() % 2 == 0))
        ::_exit(76);
    }
    if (random() % 50 == 0 && !s.trim_outbox()) ::_exit(77);
  }
}

// Runs the child for `ms`, kills it, returns what it acknowledged.
std::vector<acknowledged> run_and_kill(const std::string& mode, const std::string& dir, int ms) {
  int fds[2];
  REQUIRE(::pipe2(fds, O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fds[1], pipe_fd);
  const std::string marker = std::string(child_marker) + "=" + mode + ":" + dir;
  std::string program = std::filesystem::read_symlink("/proc/self/exe").string(),
              filter = "--test-case=the child of the kill test*";
  char* const argv[] = {program.data(), filter.data(), nullptr};
  std::vector<char*> environment;
  for (char** e = environ; *e; ++e) environment.push_back(*e);
  environment.push_back(const_cast<char*>(marker.c_str()));
  environment.push_back(nullptr);
  pid_t child = 0;
  REQUIRE(::posix_spawn(&child, program.c_str(), &actions, nullptr, argv, environment.data()) == 0);
  posix_spawn_file_actions_destroy(&actions);
  ::close(fds[1]);
  std::vector<acknowledged> out;
  const auto read_one = [&] {
    acknowledged a;
    const bool got = ::read(fds[0], &a, sizeof a) == sizeof a;
    if (got) out.push_back(a);
    return got;
  };
  // The time begins with the first acknowledgement, or the child is killed while it opens.
  if (ms >= 0) read_one();
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(std::abs(ms));
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    pollfd p{fds[0], POLLIN, 0};
    if (left <= 0 || ::poll(&p, 1, static_cast<int>(left)) <= 0) break;
    if (!read_one()) break;
  }
  ::kill(child, SIGKILL);
  while (read_one()) {
  } // what was in the pipe was acknowledged
  ::close(fds[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status)); // it did not end by itself
  return out;
}

config::service_options options_of(const std::string& mode) {
  config::service_options o;
  o.keep.level =
      mode.ends_with("power") ? config::durability::kind::power : config::durability::kind::process;
  o.journal.segment_bytes = 200'000;
  return o;
}

} // namespace

TEST_CASE("the child of the kill test does nothing unless it is one") {
  const char* what = std::getenv(child_marker);
  if (!what) return;
  const std::string text = what, mode = text.substr(0, text.find(':')), dir = text.substr(text.find(':') + 1);
  if (mode.starts_with("journal")) append_for_ever(dir, options_of(mode));
  commit_for_ever(dir, options_of(mode));
}

TEST_CASE(
    "after SIGKILL at any moment every acknowledged record is in the journal and no sequence is used twice") {
  for (const std::string mode : {"journal-process", "journal-power"}) {
    temp_dir dir(false);
    std::map<std::uint64_t, std::uint64_t> known; // sequence -> id of all that was acknowledged
    std::minstd_rand random(20);
    for (int kill = 0; kill < 25; ++kill) {
      const auto acked =
          run_and_kill(mode, dir.path(),
                       kill % 5 == 4 ? -static_cast<int>(random() % 15) : static_cast<int>(random() % 60));
      for (const auto& a : acked) {
        CHECK(known.count(a.sequence) == 0);
        known[a.sequence] = a.id;
      }
      const auto report = verify_journal(dir.path());
      if (!report) continue; // killed before the journal was made
      CHECK(report->damage.empty());
      open_journal j(dir.path(), options_of(mode));
      if (!known.empty()) CHECK(j.log->visible() >= known.rbegin()->first);
      const auto first = j.log->first();
      std::map<std::uint64_t, std::uint64_t> there;
      const auto at = j.log->read(1);
      while (*at->next() == journal::cursor::kind::message) {
        there[at->position()] = std::stoull(std::string(at->message().payload));
        CHECK(at->source_number() == at->position()); // one source, no control records
      }
      for (auto it = known.lower_bound(first); it != known.end(); ++it) {
        REQUIRE(there.count(it->first) == 1);
        CHECK(there[it->first] == it->second);
      }
      CHECK(j.log->received().size() <= 1);
      for (const auto& [sequence, id] : there)
        known.emplace(sequence, id); // written, not acknowledged: they count too
    }
    CHECK(known.size() > 100);
  }
}

TEST_CASE("after SIGKILL at any moment a checkpoint is there as a whole or not at all") {
  for (const std::string mode : {"store-process", "store-power"}) {
    temp_dir dir(false);
    std::uint64_t applied = 0, head = 0;
    std::minstd_rand random(21);
    for (int kill = 0; kill < 15; ++kill) {
      const auto acked =
          run_and_kill(mode, dir.path(),
                       kill % 5 == 4 ? -static_cast<int>(random() % 30) : static_cast<int>(random() % 60));
      if (!acked.empty()) applied = acked.back().sequence, head = acked.back().id;
      auto s = open_store(dir.path(), two_sinks, options_of(mode));
      CHECK(s->applied() >= applied);
      CHECK(s->outbox_head() >= head);
      applied = s->applied(), head = s->outbox_head();
      if (applied == 0) continue;
      CHECK(s->get(state_family::device, "position") == std::to_string(applied));
      CHECK(s->get(state_family::window, "position") == std::to_string(applied));
      const auto shot = s->snapshot();
      CHECK(shot.sources[0].second.decoded == applied);
      const auto board = counters_of(shot, "board");
      CHECK(board.results == head);
      CHECK(board.results == board.delivered + pending_of(shot, "board"));
      CHECK(board.delivered == s->cursor("board").acked);
    }
    CHECK(applied > 20);
  }
}
