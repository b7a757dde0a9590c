// `scripts/bench journal`: CPU per event of the bare journal, appended one by one and in batches of 256, and
// of reading it back from memory and from disk. Prints one JSON line per case. Arguments: [EVENTS] [DIR].
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/resource.h>

#include "actors/store/journal.hpp"

using namespace sluice;

namespace {

constexpr std::size_t payload_bytes = 120;

double cpu_ns() {
  rusage r{};
  ::getrusage(RUSAGE_SELF, &r);
  return (static_cast<double>(r.ru_utime.tv_sec + r.ru_stime.tv_sec)) * 1e9 +
         static_cast<double>(r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1e3;
}

void print(const std::string& name, const char* durability, std::size_t events, double ns) {
  std::printf("{\"bench\":\"journal\",\"case\":\"%s\",\"devices\":0,\"durability\":\"%s\",\"events\":%zu,"
              "\"cpu_ns_per_event\":%.1f}\n",
              name.c_str(), durability, events, ns / static_cast<double>(events));
  std::fflush(stdout);
}

template <class T> T must(outcome<T> got) {
  if (got) return std::move(*got);
  std::fprintf(stderr, "journal_bench: %s\n", got.error().text.c_str());
  std::exit(74);
}

std::size_t read_all(journal& log, std::uint64_t from, std::size_t& sum) {
  const auto at = log.read(from);
  std::size_t n = 0;
  while (must(at->next()) != journal::cursor::kind::none)
    ++n, sum += at->message().payload.size() + at->message().topic.size();
  return n;
}

void measure(const std::string& dir, config::durability::kind level, const char* name, std::size_t batch,
             std::size_t events) {
  std::filesystem::remove_all(dir);
  config::service_options o;
  o.keep.level = level;
  journal_clock clock(system_clock_source());
  auto log = must(journal::open(dir, o, clock, 0));
  const std::string payload(payload_bytes, 'p'), topic = "greenhouse/device-0001/climate";
  message_in one;
  one.topic = topic, one.payload = payload, one.qos = 1;
  const std::vector<message_in> many(batch, one);
  const auto label =
      batch == 1 ? std::string("append one by one") : "append in " + std::to_string(batch) + "s";
  auto start = cpu_ns();
  for (std::size_t i = 0; i < events; i += batch) must(log->append("field", many));
  print(label, name, events, cpu_ns() - start);
  if (level == config::durability::kind::power) return;

  std::size_t sum = 0;
  start = cpu_ns();
  const auto n = read_all(*log, 1, sum);
  print("read from disk, " + label, name, n, cpu_ns() - start);
  const auto tail = log->visible() > 5000 ? log->visible() - 5000 : 1;
  start = cpu_ns();
  std::size_t read = 0;
  for (int i = 0; i < 200; ++i) read += read_all(*log, tail, sum);
  print("read from memory, " + label, name, read, cpu_ns() - start);
  start = cpu_ns();
  must(log->tally(0));
  print("first count of pending, " + label, name, events, cpu_ns() - start);
  start = cpu_ns();
  for (int i = 0; i < 100; ++i) must(log->tally(0));
  print("count of pending again (per call), " + label, name, 100, cpu_ns() - start);
  if (sum == 0) std::exit(1);
}

} // namespace

int main(int argc, char** argv) {
  const std::size_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const std::string dir =
      argc > 2 ? argv[2] : (std::filesystem::temp_directory_path() / "sluice-journal-bench").string();
  measure(dir, config::durability::kind::process, "process", 1, events);
  measure(dir, config::durability::kind::process, "process", 256, events);
  measure(dir, config::durability::kind::power, "power", 1, events / 100);
  measure(dir, config::durability::kind::power, "power", 256, events / 10);
  std::filesystem::remove_all(dir);
  return 0;
}
