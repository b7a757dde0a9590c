#include "actors/simulate/kafka_loop.hpp"

#include <algorithm>
#include <map>

#include "actors/client/kafka_producer.hpp"
#include "actors/simulate/ack_log.hpp"

namespace sluice {

namespace {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr std::string_view plain = "kafka://", tls = "kafkas://";
constexpr auto longest_wait = 200ms; // how soon `stop` is seen

class kafka_loop {
public:
  kafka_loop(const publish_options& options, kafka_producer& producer, message_feed& feed, ack_log log,
             const publish_listener& tell)
      : options_(options), producer_(producer), feed_(feed), log_(std::move(log)), tell_(tell) {}

  outcome<publish_progress> run(const std::atomic<bool>& stop, const std::atomic<bool>& abandon) {
    auto told_at = steady::now();
    while (!feed_.finished() || !flights_.empty()) {
      if (abandon)
        return fail(ec::connection_lost,
                    "abandoned with " + std::to_string(flights_.size()) + " records not acknowledged");
      if (auto done = fill(stop); !done) return tl::unexpected(done.error());
      std::vector<kafka_answer> answers;
      producer_.poll(patience(), answers);
      for (const auto& answer : answers)
        if (auto done = take(answer); !done) return tl::unexpected(done.error());
      if (producer_.fatal()) return tl::unexpected(*producer_.fatal());
      if (const auto why = producer_.trouble(); why != trouble_) {
        trouble_ = why;
        if (!why.empty() && tell_.trouble) tell_.trouble({ec::connection_lost, why});
      }
      if (steady::now() - told_at < 1s) continue;
      told_at = steady::now();
      if (tell_.progress) tell_.progress(progress());
      if (auto done = log_.flush(); !done) return tl::unexpected(done.error());
    }
    if (auto done = log_.close(); !done) return tl::unexpected(done.error());
    return progress();
  }

private:
  outcome<void> fill(bool stop) {
    while (flights_.size() < options_.window) {
      message_feed::message next;
      auto got = feed_.next(steady::now() - begin_, stop, next);
      if (!got) return tl::unexpected(got.error());
      if (!*got) break;
      kafka_record record;
      const auto slash = next.topic.find('/');
      record.topic = next.topic.substr(0, slash);
      if (slash != std::string::npos) record.key = next.topic.substr(slash + 1);
      record.payload = next.payload;
      std::vector<kafka_answer> answers;
      while (!producer_.produce(record, ++token_)) {
        producer_.poll(longest_wait, answers);
        for (const auto& answer : answers)
          if (auto done = take(answer); !done) return done;
        answers.clear();
      }
      flights_.emplace(token_, std::move(next));
    }
    return {};
  }

  outcome<void> take(const kafka_answer& answer) {
    const auto it = flights_.find(answer.token);
    if (it == flights_.end()) return {};
    if (answer.fate != kafka_fate::delivered)
      return fail(ec::refused,
                  "topic " + it->second.topic.substr(0, it->second.topic.find('/')) + ": " + answer.text);
    log_.add(it->second.topic, it->second.payload);
    flights_.erase(it);
    ++published_;
    return {};
  }

  milliseconds patience() const {
    if (flights_.size() >= options_.window) return longest_wait;
    return std::clamp<milliseconds>(std::chrono::ceil<milliseconds>(feed_.due_in(steady::now() - begin_)),
                                    0ms, longest_wait);
  }

  publish_progress progress() const {
    return {published_, 0, flights_.size(), std::chrono::duration<double>(steady::now() - begin_).count(),
            !producer_.all_down()};
  }

  const publish_options& options_;
  kafka_producer& producer_;
  message_feed& feed_;
  ack_log log_;
  const publish_listener& tell_;
  std::map<std::uint64_t, message_feed::message> flights_; // by token
  std::uint64_t token_ = 0, published_ = 0;
  std::string trouble_;
  steady::time_point begin_ = steady::now();
};

} // namespace

bool is_kafka_url(std::string_view url) noexcept {
  return url.substr(0, plain.size()) == plain || url.substr(0, tls.size()) == tls;
}

outcome<kafka_connection_options> kafka_connection_of(const publish_options& o) {
  using security = kafka_connection_options::security_protocol;
  const bool encrypted = o.url.starts_with(tls);
  const auto broker = complete_broker(o.url.substr(encrypted ? tls.size() : plain.size()));
  if (!broker)
    return fail(ec::invalid, "is not a url of a broker (got \"" + o.url + "\", want kafka://HOST:PORT)");
  kafka_connection_options made;
  made.brokers = {*broker};
  made.client_id = o.client_id;
  made.user = o.user;
  made.password = o.password;
  made.tls = o.tls;
  made.security = encrypted ? (o.user.empty() ? security::ssl : security::sasl_ssl)
                            : (o.user.empty() ? security::plaintext : security::sasl_plaintext);
  return made;
}

outcome<publish_progress> publish_to_kafka(const publish_options& options, message_feed& feed,
                                           const std::atomic<bool>& stop, const std::atomic<bool>& abandon,
                                           const publish_listener& tell) {
  const auto connection = kafka_connection_of(options);
  if (!connection) return tl::unexpected(connection.error());
  auto producer = kafka_producer::make(*connection, {{"linger.ms", "5"}, {"partitioner", "murmur2_random"}});
  if (!producer) return tl::unexpected(producer.error());
  auto log = ack_log::create(options.ack_log);
  if (!log) return tl::unexpected(log.error());
  return kafka_loop(options, **producer, feed, std::move(*log), tell).run(stop, abandon);
}

} // namespace sluice
