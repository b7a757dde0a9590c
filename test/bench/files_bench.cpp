// `scripts/bench files`: CPU per line of the file source (find records, say where they stand, append to the
// journal), beside a hand-written loop that reads, finds line breaks and appends. Both append in batches of
// 256 with durability process. Prints one JSON line per case. Arguments: [LINES] [DIR].
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "actors/ingest/file/file_source.hpp"
#include "actors/store/journal.hpp"

using namespace sluice;

namespace {

double cpu_ns() {
  rusage r{};
  ::getrusage(RUSAGE_SELF, &r);
  return (static_cast<double>(r.ru_utime.tv_sec + r.ru_stime.tv_sec)) * 1e9 +
         static_cast<double>(r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1e3;
}

template <class T> T must(outcome<T> got) {
  if (got) return std::move(*got);
  std::fprintf(stderr, "files_bench: %s\n", got.error().text.c_str());
  std::exit(74);
}

struct open_log {
  explicit open_log(const std::string& dir) {
    std::filesystem::remove_all(dir);
    config::service_options o;
    o.keep.level = config::durability::kind::process;
    log = must(journal::open(dir, o, clock, 0));
  }
  journal_clock clock{system_clock_source()};
  std::unique_ptr<journal> log;
};

// Lines like those of a room's sensors; with `quoted` every 10th has a quoted field with a line break.
void make_file(const std::string& path, std::size_t lines, bool quoted) {
  std::FILE* out = std::fopen(path.c_str(), "wb");
  if (out == nullptr) std::exit(74);
  for (std::size_t i = 0; i < lines; ++i)
    std::fprintf(out, "\"%zu\",2015-02-04 17:51:00,23.%02zu,27.272,426,721.25,0.00479298817650529,%s\n", i,
                 i % 100, quoted && i % 10 == 0 ? "\"two\nlines\"" : "1");
  std::fclose(out);
}

double floor_ns(const std::string& path, const std::string& dir, std::size_t& lines) {
  const open_log to(dir);
  const int fd = ::open(path.c_str(), O_RDONLY);
  std::vector<char> buffer(256u << 10);
  std::vector<message_in> batch;
  std::size_t left = 0;
  const auto begin = cpu_ns();
  for (lines = 0;;) {
    const auto got = ::read(fd, buffer.data() + left, buffer.size() - left);
    if (got <= 0) break;
    const char *at = buffer.data(), *const end = at + left + got;
    while (const auto* stop =
               static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)))) {
      message_in m;
      m.topic = path, m.payload = {at, static_cast<std::size_t>(stop - at)};
      batch.push_back(m);
      if (batch.size() == 256) must(to.log->append("rooms", batch)), batch.clear();
      ++lines, at = stop + 1;
    }
    if (!batch.empty()) must(to.log->append("rooms", batch)), batch.clear();
    left = static_cast<std::size_t>(end - at);
    std::memmove(buffer.data(), at, left);
  }
  const auto ns = cpu_ns() - begin;
  ::close(fd);
  return ns;
}

double source_ns(const std::string& path, const std::string& dir, bool csv, std::size_t& records) {
  const open_log to(dir);
  file_source_options o;
  o.paths = {must(path_pattern::parse(path))};
  if (csv) o.format = file_source_options::record_format::csv;
  o.header = false;
  const auto begin = cpu_ns();
  file_source files(o, file_positions{});
  files.look();
  for (auto batch = files.read(); !batch.empty(); batch = files.read()) must(to.log->append("rooms", batch));
  const auto ns = cpu_ns() - begin;
  records = files.records();
  if (!files.complete()) std::exit(1);
  return ns;
}

} // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 2'000'000;
  const std::filesystem::path dir =
      argc > 2 ? argv[2] : (std::filesystem::temp_directory_path() / "sluice-files-bench").string();
  std::filesystem::create_directories(dir);
  const auto path = (dir / "room-1.csv").string(), journal_dir = (dir / "data").string();
  struct bench_case {
    const char* name;
    bool csv, quoted;
  };
  for (const auto& c : {bench_case{"lines", false, false}, bench_case{"csv", true, false},
                        bench_case{"csv, every 10th record over two lines", true, true}}) {
    make_file(path, count, c.quoted);
    std::size_t lines = 0, records = 0;
    floor_ns(path, journal_dir, lines); // the file is in memory from here on
    const double bare = floor_ns(path, journal_dir, lines) / static_cast<double>(lines);
    const double ours = source_ns(path, journal_dir, c.csv, records) / static_cast<double>(records);
    std::printf("{\"bench\":\"files\",\"case\":\"%s\",\"durability\":\"process\",\"events\":%zu,"
                "\"cpu_ns_per_event\":%.1f,\"floor_cpu_ns_per_event\":%.1f,\"ratio\":%.2f}\n",
                c.name, records, ours, bare, ours / bare);
    std::fflush(stdout);
  }
  std::filesystem::remove_all(dir);
  return 0;
}
