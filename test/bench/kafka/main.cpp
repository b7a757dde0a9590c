// The programs of the Kafka benchmark; kafka_bench.py runs them.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sys/resource.h>

#include "test/bench/kafka/client.hpp"

namespace uc2 {

void print_usage(std::int64_t records) {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  double peak = 0; // not ru_maxrss: that counts the program that started us, too
  std::string word;
  for (std::ifstream status("/proc/self/status"); status >> word;)
    if (word == "VmHWM:") status >> peak;
  std::printf(R"({"cpu_s":%.3f,"peak_mb":%.1f,"records":%lld})"
              "\n",
              seconds(used.ru_utime) + seconds(used.ru_stime), peak / 1000, static_cast<long long>(records));
}

void bare(const job& j) {
  settings all{{"queued.min.messages", "1000000"}};
  all.insert(all.end(), j.more.begin(), j.more.end());
  topic_reader reader(j.brokers, j.topic, all);
  while (reader.left() > 0) reader.next();
  print_usage(j.records);
}

} // namespace uc2

namespace {

// NAME=VALUE ..
uc2::settings more(char** from, char** to) {
  uc2::settings all;
  for (; from != to; ++from) {
    const std::string word = *from;
    const auto equal = word.find('=');
    if (equal == word.npos) uc2::give_up(word + " is no NAME=VALUE");
    all.emplace_back(word.substr(0, equal), word.substr(equal + 1));
  }
  return all;
}

} // namespace

int main(int count, char** words) {
  if (count < 5)
    uc2::give_up("usage: kafka_bench load|bare|check|loop BROKERS TOPIC RECORDS [MORE..]; more is the window "
                 "in seconds, and "
                 "for loop the topic of the results; for bare NAME=VALUE, settings of librdkafka");
  const std::string what = words[1];
  uc2::job j;
  j.brokers = words[2], j.topic = words[3], j.records = std::atoll(words[4]);
  if (what == "bare")
    j.more = more(words + 5, words + count);
  else if (count > 5)
    j.window_ms = std::atoll(words[5]) * 1000;
  if (count > 6) j.results = words[6];
  if (what == "load") uc2::load(j);
  if (what == "bare") uc2::bare(j);
  if (what == "loop") uc2::loop(j);
  if (what == "check") uc2::check(j);
}
