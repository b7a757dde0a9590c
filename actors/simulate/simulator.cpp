// The poll loop of the simulator.
#include "actors/simulate/simulator.hpp"

#include <algorithm>
#include <deque>
#include <optional>

#include <poll.h>

#include "actors/client/byte_stream.hpp"
#include "actors/simulate/ack_log.hpp"
#include "actors/simulate/mqtt_publisher.hpp"
#include "config/topic_template.hpp"

namespace sluice {

namespace {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t most_unsent = 256 << 10; // bytes made ahead of the socket
constexpr auto longest_wait = 200ms;           // how soon `stop` is seen
constexpr auto first_pause = 50ms, longest_pause = 2000ms;

class simulation {
public:
  simulation(const simulate_options& options, broker_url at, std::vector<std::string> topics, ack_log log,
             const simulate_listener& tell)
      : options_(options), at_(std::move(at)), topics_(std::move(topics)), log_(std::move(log)), tell_(tell),
        start_ms_(std::chrono::duration_cast<std::chrono::milliseconds>(
                      std::chrono::system_clock::now().time_since_epoch())
                      .count()),
        fleet_(options.fleet, start_ms_),
        publisher_(options.window,
                   [this](std::string_view topic, std::string_view payload) { log_.add(topic, payload); }) {}

  outcome<simulate_progress> run(const std::atomic<bool>& stop, const std::atomic<bool>& abandon);

private:
  outcome<void> open();
  outcome<void> exchange(std::chrono::milliseconds patience);
  void fill(bool stop);
  void lose(const error& why);
  std::chrono::milliseconds until_due() const;
  steady::duration running() const { return steady::now() - begin_; }
  simulate_progress progress() const;

  const simulate_options& options_;
  broker_url at_;
  std::vector<std::string> topics_;
  ack_log log_;
  const simulate_listener& tell_;
  std::int64_t start_ms_;
  fleet fleet_;
  mqtt_publisher publisher_;

  std::optional<byte_stream> stream_;
  std::string unsent_;
  std::size_t sent_ = 0; // of unsent_
  std::vector<reading> made_;
  std::deque<reading> ready_; // made, not published
  std::uint64_t steps_ = 0;
  bool finished_ = false, ever_connected_ = false;
  steady::time_point begin_ = steady::now(), retry_at_ = begin_, last_out_ = begin_, last_in_ = begin_;
  std::chrono::milliseconds pause_ = first_pause;
};

simulate_progress simulation::progress() const {
  return {publisher_.published(), publisher_.resent(), publisher_.in_flight(),
          std::chrono::duration<double>(running()).count(), publisher_.connected()};
}

void simulation::lose(const error& why) {
  stream_.reset();
  publisher_.lost();
  unsent_.clear();
  sent_ = 0;
  retry_at_ = steady::now() + pause_;
  pause_ = std::min<std::chrono::milliseconds>(pause_ * 2, longest_pause);
  if (tell_.trouble) tell_.trouble(why);
}

outcome<void> simulation::open() {
  auto opened = byte_stream::open(at_, options_.tls, 5s);
  if (!opened) {
    if (!ever_connected_ && (opened.error().code == ec::refused || opened.error().code == ec::invalid))
      return tl::unexpected(opened.error());
    lose(opened.error());
    return {};
  }
  stream_ = std::move(*opened);
  publisher_.connect({options_.client_id, options_.user, options_.password,
                      static_cast<std::uint16_t>(std::clamp<long>(options_.keep_alive.count(), 1, 65535))},
                     unsent_);
  last_in_ = last_out_ = steady::now();
  return {};
}

// Publishes what is due, as far as window and socket take it; makes the last readings when time is up.
void simulation::fill(bool stop) {
  std::string payload;
  while (publisher_.room() && unsent_.size() - sent_ < most_unsent) {
    if (ready_.empty()) {
      if (finished_) return;
      const auto elapsed = running();
      const double seconds = std::chrono::duration<double>(elapsed).count();
      made_.clear();
      if (stop || elapsed >= options_.duration) {
        fleet_.finish(options_.sentinel.count(), made_);
        finished_ = true;
      } else if (options_.rate <= 0) {
        fleet_.step(start_ms_ + static_cast<std::int64_t>(seconds * 1000), made_);
      } else if (static_cast<double>(steps_) < seconds * options_.rate) {
        fleet_.step(start_ms_ + static_cast<std::int64_t>(static_cast<double>(steps_) * 1000 / options_.rate),
                    made_);
        ++steps_;
      } else {
        return;
      }
      ready_.insert(ready_.end(), made_.begin(), made_.end());
      continue;
    }
    write_payload(ready_.front(), payload);
    publisher_.publish(topics_[ready_.front().device], payload, unsent_);
    ready_.pop_front();
  }
}

std::chrono::milliseconds simulation::until_due() const {
  if (options_.rate <= 0 || finished_ || !publisher_.room()) return longest_wait;
  const auto due = std::chrono::duration<double>(static_cast<double>(steps_) / options_.rate) - running();
  return std::clamp<std::chrono::milliseconds>(std::chrono::ceil<std::chrono::milliseconds>(due), 0ms,
                                               longest_wait);
}

// One round of writing, waiting and reading. Error: refused before the first CONNACK.
outcome<void> simulation::exchange(std::chrono::milliseconds patience) {
  while (sent_ < unsent_.size()) {
    const auto n = stream_->write(unsent_.data() + sent_, unsent_.size() - sent_);
    if (n < 0) {
      lose({ec::connection_lost, at_.text() + ": connection lost"});
      return {};
    }
    if (n == 0) break;
    sent_ += static_cast<std::size_t>(n);
    last_out_ = steady::now();
  }
  const bool blocked = sent_ < unsent_.size();
  if (!blocked) {
    unsent_.clear();
    sent_ = 0;
  }
  pollfd one{stream_->fd(), static_cast<short>(POLLIN | (blocked ? POLLOUT : 0)), 0};
  poll(&one, 1, static_cast<int>(patience.count()));
  char bytes[16384];
  for (;;) {
    const auto n = stream_->read(bytes, sizeof bytes);
    if (n == 0) break;
    if (n < 0) {
      lose({ec::connection_lost, at_.text() + ": the broker closed the connection"});
      return {};
    }
    last_in_ = steady::now();
    if (auto ok = publisher_.receive({bytes, static_cast<std::size_t>(n)}, at_.text(), unsent_); !ok) {
      if (!ever_connected_ && ok.error().code == ec::refused) return ok;
      lose(ok.error());
      return {};
    }
    if (publisher_.connected()) {
      ever_connected_ = true;
      pause_ = first_pause;
    }
  }
  const auto now = steady::now();
  if (publisher_.connected() && now - last_out_ > options_.keep_alive / 2) {
    publisher_.ping(unsent_);
    last_out_ = now;
  }
  if (now - last_in_ > options_.keep_alive + 5s)
    lose({ec::timeout,
          at_.text() + ": no answer for " + std::to_string(options_.keep_alive.count() + 5) + " s"});
  return {};
}

outcome<simulate_progress> simulation::run(const std::atomic<bool>& stop, const std::atomic<bool>& abandon) {
  auto told_at = steady::now();
  while (!finished_ || !ready_.empty() || publisher_.in_flight() > 0) {
    const auto now = steady::now();
    if (abandon)
      return fail(ec::connection_lost, "abandoned with " +
                                           std::to_string(publisher_.in_flight() + ready_.size()) +
                                           " readings not acknowledged");
    if (now - told_at >= 1s) {
      told_at = now;
      if (tell_.progress) tell_.progress(progress());
      if (auto ok = log_.flush(); !ok) return tl::unexpected(ok.error());
    }
    if (!stream_) {
      if (now < retry_at_)
        poll(nullptr, 0,
             static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(
                                  std::min<steady::duration>(retry_at_ - now, longest_wait))
                                  .count()));
      else if (auto ok = open(); !ok)
        return tl::unexpected(ok.error());
      continue;
    }
    fill(stop);
    if (auto ok = exchange(until_due()); !ok) return tl::unexpected(ok.error());
  }
  const auto last = progress();
  if (stream_) {
    std::string bye;
    publisher_.disconnect(bye);
    stream_->write(bye.data(), bye.size());
  }
  if (auto ok = log_.close(); !ok) return tl::unexpected(ok.error());
  return last;
}

} // namespace

outcome<std::vector<std::string>> device_topics(const std::string& topic, unsigned devices) {
  const auto parsed = config::topic_template::parse(topic);
  if (!parsed) return tl::unexpected(parsed.error());
  if (parsed->names().size() != 1 || parsed->names()[0] != "device" ||
      parsed->filter().substr(0, 7) == "$share/")
    return fail(ec::invalid, "the topic needs {device} and no other name (got \"" + topic +
                                 "\", want e.g. \"greenhouse/{device}/climate\")");
  std::vector<std::string> out;
  for (unsigned d = 0; d < devices; ++d) {
    const auto name = fleet::device_name(d);
    out.push_back(parsed->expand({name}));
  }
  return out;
}

outcome<simulate_progress> simulate(const simulate_options& options, const std::atomic<bool>& stop,
                                    const std::atomic<bool>& abandon, const simulate_listener& tell) {
  auto at = broker_url::parse(options.url);
  if (!at) return tl::unexpected(at.error());
  auto topics = device_topics(options.topic, options.fleet.devices);
  if (!topics) return tl::unexpected(topics.error());
  auto log = ack_log::create(options.ack_log);
  if (!log) return tl::unexpected(log.error());
  return simulation(options, std::move(*at), std::move(*topics), std::move(*log), tell).run(stop, abandon);
}

} // namespace sluice
