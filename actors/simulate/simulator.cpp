// The fleet as a feed.
#include "actors/simulate/simulator.hpp"

#include <deque>

#include "config/topic_template.hpp"

namespace sluice {

namespace {

class fleet_feed final : public message_feed {
public:
  fleet_feed(const simulate_options& options, std::vector<std::string> topics)
      : options_(options), topics_(std::move(topics)),
        start_ms_(std::chrono::duration_cast<std::chrono::milliseconds>(
                      std::chrono::system_clock::now().time_since_epoch())
                      .count()),
        fleet_(options.fleet, start_ms_) {}

  // Makes the last readings when time is up.
  outcome<bool> next(time now, bool stop, message& out) override {
    while (ready_.empty()) {
      if (last_) return false;
      const double seconds = std::chrono::duration<double>(now).count();
      made_.clear();
      if (stop || now >= options_.duration) {
        fleet_.finish(options_.sentinel.count(), made_);
        last_ = true;
      } else if (options_.rate <= 0) {
        fleet_.step(start_ms_ + static_cast<std::int64_t>(seconds * 1000), made_);
      } else if (static_cast<double>(steps_) < seconds * options_.rate) {
        fleet_.step(start_ms_ + static_cast<std::int64_t>(static_cast<double>(steps_) * 1000 / options_.rate),
                    made_);
        ++steps_;
      } else {
        return false;
      }
      ready_.insert(ready_.end(), made_.begin(), made_.end());
    }
    write_payload(ready_.front(), out.payload);
    out.topic = topics_[ready_.front().device];
    ready_.pop_front();
    return true;
  }

  time due_in(time now) const override {
    if (options_.rate <= 0 || last_) return std::chrono::seconds(1);
    return std::chrono::duration_cast<time>(
               std::chrono::duration<double>(static_cast<double>(steps_) / options_.rate)) -
           now;
  }
  bool finished() const override { return last_ && ready_.empty(); }

private:
  const simulate_options& options_;
  std::vector<std::string> topics_;
  std::int64_t start_ms_;
  fleet fleet_;
  std::vector<reading> made_;
  std::deque<reading> ready_; // made, not published
  std::uint64_t steps_ = 0;
  bool last_ = false; // the last readings are made
};

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

outcome<publish_progress> simulate(const simulate_options& options, const std::atomic<bool>& stop,
                                   const std::atomic<bool>& abandon, const publish_listener& tell) {
  auto topics = device_topics(options.topic, options.fleet.devices);
  if (!topics) return tl::unexpected(topics.error());
  fleet_feed feed(options, std::move(*topics));
  return publish(options, feed, stop, abandon, tell);
}

} // namespace sluice
