// grouped_client: its owner's side.
#include "actors/client/grouped_client.hpp"

#include <algorithm>
#include <utility>

#include "actors/client/client_thread.hpp"
#include "actors/client/grouped_link.hpp"

namespace sluice {

namespace {

constexpr std::size_t much = 64 * 1024; // goes out without waiting for more

} // namespace

// ---- with the mutex held, on any thread ----

void grouped_client::impl::flush() {
  auto& out = session->output();
  flush_at.reset();
  while (written < out.size()) {
    const auto n = stream->write(out.data() + written, out.size() - written);
    blocked = n == 0;
    if (blocked) {
      // With each answer comes a publish: waiting until all has left would keep all that was sent.
      if (written > out.size() / 2) out.erase(0, std::exchange(written, 0));
      return;
    }
    if (n < 0) { // what the broker had to say may still be read, and the end of the connection with it
      out.clear();
      written = 0;
      return;
    }
    written += static_cast<std::size_t>(n);
    session->sent(clock::now());
  }
  out.clear();
  written = 0;
  session->all_sent(ended);
}

void grouped_client::impl::flush_soon() {
  if (session->output().empty() || flush_at || blocked) return;
  flush_at = clock::now() + publish_gather;
}

// ---- the owner's side ----

grouped_client::grouped_client(mqtt_connection_options options, mqtt_callbacks callbacks)
    : impl_(std::make_shared<impl>(std::move(options), std::move(callbacks))) {}

grouped_client::~grouped_client() {
  {
    impl_->closing = true;
    std::unique_lock lock(impl_->mutex);
    impl_->wake.set();
    impl_->changed.notify_all();
    impl_->changed.wait_for(lock, close_deadline, [&] { return impl_->finished; });
  }
  impl_->gate.shut();
}

void grouped_client::connect() {
  outcome<std::thread> started;
  {
    std::lock_guard lock(impl_->mutex);
    if (!impl_->finished || impl_->session) return;
    // It owns a reference: a thread that hangs never outlives what it works on.
    started = start_thread([kept = impl_] { kept->run(); });
    impl_->finished = !started;
  }
  if (started)
    started->detach();
  else
    impl_->gate.call(impl_->callbacks.on_connect_failed, started.error());
}

void grouped_client::subscribe(const std::vector<mqtt_subscription>& what) {
  {
    std::lock_guard lock(impl_->mutex);
    if (impl_->serving()) {
      impl_->session->subscribe(what);
      impl_->flush();
      impl_->wake.set();
      return;
    }
  }
  impl_->gate.call(impl_->callbacks.on_subscribe_failed,
                   error{ec::connection_lost, "subscribe: not connected"});
}

outcome<std::uint64_t> grouped_client::publish(const mqtt_publish& what) {
  auto& i = *impl_;
  std::lock_guard lock(i.mutex);
  if (!i.serving()) return fail(ec::connection_lost, "publish to " + what.topic + ": not connected");
  if (auto taken = i.session->publish(what, i.last_token + 1); !taken) {
    auto why = taken.error();
    why.text = i.at.text() + ": " + why.text;
    return tl::unexpected(std::move(why));
  }
  if (const bool armed = i.flush_at.has_value(); i.session->output().size() - i.written >= much) {
    if (!i.blocked) i.flush();
    if (i.blocked || !i.ended.empty()) i.wake.set();
  } else if (i.flush_soon(); !armed && i.flush_at && !i.dozing) {
    i.wake.set();
  }
  return ++i.last_token;
}

std::size_t grouped_client::max_packet() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->session ? impl_->session->maximum_packet_size() : 0;
}

void grouped_client::disconnect(std::chrono::milliseconds deadline) {
  auto& i = *impl_;
  std::unique_lock lock(i.mutex);
  if (!i.serving()) return;
  i.session->disconnect(0);
  i.leaving = true;
  i.flush();
  i.wake.set();
  i.changed.notify_all();
  i.changed.wait_for(lock, deadline, [&] { return i.finished || i.session->output().empty(); });
}

} // namespace sluice
