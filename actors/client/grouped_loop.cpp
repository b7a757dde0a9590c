// What a grouped_client does while it is connected: the connection's thread, and the one that pings.
#include <algorithm>
#include <ctime>

#include <poll.h>

#include "actors/client/grouped_link.hpp"
#include "actors/client/mqtt_reason.hpp"

namespace sluice {

namespace {

constexpr auto goodbye_deadline = std::chrono::milliseconds(500);
constexpr std::size_t most_bytes = 1u << 20; // of one read(), during which everybody else waits

} // namespace

void grouped_client::impl::serve() {
  bool full = true;      // more may be in the buffer or the socket, do not wait
  bool answered = false; // more answers to publishes come soon
  for (;;) {
    if (session->owes()) {
      if (!full && !broken) full = gather();
      hand_over();
    }
    if (broken || wanted_away()) break;
    if (!full) rest(!answered);
    packets::happenings seen;
    full = read(seen);
    answered = !seen.ended.empty();
    tell(seen);
  }
  leave();
}

bool grouped_client::impl::read(packets::happenings& seen) {
  const auto lost = [&](const std::string& why) {
    broken = error{ec::connection_lost, at.text() + ": connection lost: " + why};
    return false;
  };
  std::lock_guard lock(mutex);
  std::size_t come = 0;
  for (bool drained = false; !closing;) {
    const auto used = session->take(input.bytes(), most, seen);
    flush_soon();
    if (!used) {
      goodbye = used.error().code;
      return lost("the broker broke the protocol: " + used.error().text());
    }
    input.take(*used);
    if (seen.farewell) {
      broken = disconnect_error(*seen.farewell, at.text(), seen.reason);
      return false;
    }
    if (session->messages().size() >= most) return true;
    if (input.room() == 0) {
      if (session->owes()) { // the batch's views hold the bytes: it ends here, the next ones may be longer
        input.widen();
        return true;
      }
      input.make_room(session->wanted());
    }
    if (drained) return false;
    if (come >= most_bytes) return true;
    const auto n = stream->read(input.space(), input.room());
    if (n < 0) {
      closed = true;
      return lost("the broker closed it");
    }
    if (n == 0) {
      if (clock::now() < session->given_up()) return false;
      return lost("the broker does not answer");
    }
    drained = !at.tls && static_cast<std::size_t>(n) < input.room(); // poll() tells of what comes now
    input.add(static_cast<std::size_t>(n));
    come += static_cast<std::size_t>(n);
    session->received(clock::now());
  }
  return true;
}

void grouped_client::impl::tell(packets::happenings& seen) {
  {
    std::lock_guard lock(mutex);
    seen.ended.insert(seen.ended.end(), ended.begin(), ended.end());
    ended.clear();
  }
  for (const auto& one : seen.ended)
    gate.call(callbacks.on_acknowledged, one.token, one.code < 0x80 ? 0 : int{one.code}, false);
  seen.ended.clear();
  if (!seen.subscribed) return;
  if (*seen.subscribed)
    gate.call(callbacks.on_subscribed);
  else
    gate.call(callbacks.on_subscribe_failed,
              error{seen.subscribed->error().code, at.text() + ": " + seen.subscribed->error().text});
}

// Messages of a busy source come faster than a disk syncs. Asleep: to wake for each would cost more than the
// message. First a quarter of the time, and the rest of it if that brought anything. True: the batch is full.
bool grouped_client::impl::gather() {
  const auto end = clock::now() + options.gather;
  auto until = clock::now() + std::chrono::microseconds(options.gather) / 4;
  while (clock::now() < end) {
    const auto before = session->messages().size();
    if (before == 0 || !patience.worth(before)) return false;
    do wait(until, false);
    while (clock::now() < until && !wanted_away()); // publishes may have left meanwhile
    packets::happenings seen;
    const bool full = read(seen);
    tell(seen);
    const auto after = session->messages().size();
    patience.waited(before, after);
    if (full || broken || after == before || wanted_away()) return full;
    until = end;
  }
  return false;
}

void grouped_client::impl::hand_over() {
  const auto batch = session->messages();
  if (!batch.empty() && !gate.call(callbacks.on_messages, batch)) return;
  std::lock_guard lock(mutex);
  if (leaving) return;
  session->acknowledge();
  flush();
  input.make_room(session->wanted());
}

// Until there is something to do. Brokers answer publishes one by one: while they do, and unless `for_bytes`,
// it looks again after a while only.
void grouped_client::impl::rest(bool for_bytes) {
  time until;
  {
    std::lock_guard lock(mutex);
    if (!ended.empty()) return; // written just now, to be told
    until = for_bytes ? session->given_up() : clock::now() + publish_gather;
  }
  wait(until, for_bytes);
}

void grouped_client::impl::wait(time until, bool for_bytes) {
  pollfd on[] = {{wake.fd(), POLLIN, 0}, {-1, static_cast<short>(for_bytes ? POLLIN : 0), 0}};
  {
    std::lock_guard lock(mutex);
    if (flush_at && !blocked) until = std::min(until, *flush_at);
    dozing = !for_bytes && until <= clock::now() + publish_gather;
    if (for_bytes || blocked) on[1].fd = stream->fd();
    if (blocked) on[1].events |= POLLOUT;
  }
  const auto left = std::max(std::chrono::nanoseconds(0),
                             std::min<std::chrono::nanoseconds>(until - clock::now(), std::chrono::hours(1)));
  const timespec limit{static_cast<std::time_t>(left.count() / 1'000'000'000),
                       static_cast<long>(left.count() % 1'000'000'000)};
  ppoll(on, 2, &limit, nullptr);
  if (on[0].revents != 0) wake.clear();
  std::lock_guard lock(mutex);
  dozing = false;
  if ((on[1].revents & POLLOUT) != 0 || (!blocked && flush_at && clock::now() >= *flush_at)) flush();
}

bool grouped_client::impl::wanted_away() {
  std::lock_guard lock(mutex);
  return closing || leaving;
}

// Says goodbye and reads on until the broker has closed: a socket that is closed with bytes unread would take
// the goodbye back.
void grouped_client::impl::leave() {
  const auto deadline = clock::now() + goodbye_deadline;
  {
    std::lock_guard lock(mutex);
    if (closed) return;
    const bool tell_why = goodbye != 0 && version >= 5;
    if (tell_why || (!broken && !leaving)) session->disconnect(goodbye);
    leaving = leaving || (closing && !broken);
    if (!blocked) flush();
    if (broken && !tell_why) return;
  }
  while (clock::now() < deadline) {
    {
      std::lock_guard lock(mutex);
      char ignored[4096];
      auto n = stream->read(ignored, sizeof ignored);
      while (n > 0 && clock::now() < deadline) n = stream->read(ignored, sizeof ignored);
      if (n < 0) break;
    }
    changed.notify_all();
    wait(deadline, true);
  }
}

void grouped_client::impl::keep_alive() {
  std::unique_lock lock(mutex);
  while (!closed && !closing && !leaving) {
    session->ping_if_due(clock::now());
    if (!session->output().empty()) {
      if (!blocked) flush();
      wake.set(); // when it gives up has changed, even if the socket takes nothing
    }
    changed.wait_until(lock, std::min(session->next_ping(), clock::now() + std::chrono::hours(1)));
  }
}

} // namespace sluice
