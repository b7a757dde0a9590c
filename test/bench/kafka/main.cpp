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

void bare(const std::string& brokers, const std::string& topic, std::int64_t records, const settings& more) {
  settings all{{"queued.min.messages", "1000000"}};
  all.insert(all.end(), more.begin(), more.end());
  topic_reader reader(brokers, topic, all);
  while (reader.left() > 0) reader.next();
  print_usage(records);
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
  const std::string what = count > 1 ? words[1] : "";
  const auto text = [&](int i) { return std::string(words[i]); };
  if (what == "load" && count == 5)
    uc2::load(text(2), text(3), std::atoll(words[4]));
  else if (what == "bare" && count >= 5)
    uc2::bare(text(2), text(3), std::atoll(words[4]), more(words + 5, words + count));
  else if (what == "loop" && count == 6)
    uc2::loop(text(2), text(3), text(5), std::atoll(words[4]));
  else if (what == "check" && count == 5)
    uc2::check(text(2), text(3), std::atoll(words[4]));
  else
    uc2::give_up(
        "usage: kafka_bench load|bare|check BROKERS TOPIC RECORDS, or loop BROKERS TOPIC RECORDS RESULTS; "
        "behind bare: settings of librdkafka, NAME=VALUE");
}
