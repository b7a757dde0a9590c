#include "actors/simulate/publish_loop.hpp"

#include <algorithm>
#include <optional>

#include <poll.h>

#include "actors/client/byte_stream.hpp"
#include "actors/simulate/ack_log.hpp"
#include "actors/simulate/kafka_loop.hpp"
#include "actors/simulate/mqtt_publisher.hpp"

namespace sluice {

namespace {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t most_unsent = 256 << 10; // bytes made ahead of the socket
constexpr auto longest_wait = 200ms;           // how soon `stop` is seen
constexpr auto first_pause = 50ms, longest_pause = 2000ms;

class publish_loop {
public:
  publish_loop(const publish_options& options, broker_url at, message_feed& feed, ack_log log,
               const publish_listener& tell)
      : options_(options), at_(std::move(at)), feed_(feed), log_(std::move(log)), tell_(tell),
        publisher_(options.window,
                   [this](std::string_view topic, std::string_view payload) { log_.add(topic, payload); }) {}

  outcome<publish_progress> run(const std::atomic<bool>& stop, const std::atomic<bool>& abandon);

private:
  outcome<void> open();
  outcome<void> exchange(std::chrono::milliseconds patience);
  outcome<void> fill(bool stop);
  void lose(const error& why);
  std::chrono::milliseconds until_due() const;
  steady::duration running() const { return steady::now() - begin_; }
  publish_progress progress() const;

  const publish_options& options_;
  broker_url at_;
  message_feed& feed_;
  ack_log log_;
  const publish_listener& tell_;
  mqtt_publisher publisher_;

  std::optional<byte_stream> stream_;
  std::string unsent_;
  std::size_t sent_ = 0; // of unsent_
  bool ever_connected_ = false;
  steady::time_point begin_ = steady::now(), retry_at_ = begin_, last_out_ = begin_, last_in_ = begin_;
  std::chrono::milliseconds pause_ = first_pause;
};

publish_progress publish_loop::progress() const {
  return {publisher_.published(), publisher_.resent(), publisher_.in_flight(),
          std::chrono::duration<double>(running()).count(), publisher_.connected()};
}

void publish_loop::lose(const error& why) {
  stream_.reset();
  publisher_.lost();
  unsent_.clear();
  sent_ = 0;
  retry_at_ = steady::now() + pause_;
  pause_ = std::min<std::chrono::milliseconds>(pause_ * 2, longest_pause);
  if (tell_.trouble) tell_.trouble(why);
}

outcome<void> publish_loop::open() {
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

// Publishes what is due, as far as window and socket take it.
outcome<void> publish_loop::fill(bool stop) {
  message_feed::message next;
  while (publisher_.room() && unsent_.size() - sent_ < most_unsent) {
    auto got = feed_.next(running(), stop, next);
    if (!got) return tl::unexpected(got.error());
    if (!*got) break;
    publisher_.publish(std::move(next.topic), std::move(next.payload), unsent_);
  }
  return {};
}

std::chrono::milliseconds publish_loop::until_due() const {
  if (!publisher_.room()) return longest_wait;
  return std::clamp<std::chrono::milliseconds>(
      std::chrono::ceil<std::chrono::milliseconds>(feed_.due_in(running())), 0ms, longest_wait);
}

// One round of writing, waiting and reading. Error: refused before the first CONNACK.
outcome<void> publish_loop::exchange(std::chrono::milliseconds patience) {
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

outcome<publish_progress> publish_loop::run(const std::atomic<bool>& stop, const std::atomic<bool>& abandon) {
  auto told_at = steady::now();
  while (!feed_.finished() || publisher_.in_flight() > 0) {
    const auto now = steady::now();
    if (abandon)
      return fail(ec::connection_lost,
                  "abandoned with " + std::to_string(publisher_.in_flight()) + " messages not acknowledged");
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
    if (auto ok = fill(stop); !ok) return tl::unexpected(ok.error());
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

outcome<publish_progress> publish(const publish_options& options, message_feed& feed,
                                  const std::atomic<bool>& stop, const std::atomic<bool>& abandon,
                                  const publish_listener& tell) {
  if (is_kafka_url(options.url)) return publish_to_kafka(options, feed, stop, abandon, tell);
  auto at = broker_url::parse(options.url);
  if (!at) return tl::unexpected(at.error());
  auto log = ack_log::create(options.ack_log);
  if (!log) return tl::unexpected(log.error());
  return publish_loop(options, std::move(*at), feed, std::move(*log), tell).run(stop, abandon);
}

} // namespace sluice
