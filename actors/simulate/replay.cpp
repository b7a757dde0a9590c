#include "actors/simulate/replay.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "actors/ingest/device_id.hpp"
#include "actors/ingest/file/row_time.hpp"
#include "config/nearest_name.hpp"
#include "config/topic_template.hpp"

namespace sluice {

namespace {

using json = row_file::row;

// A value as a topic level or a device.
std::optional<std::string> as_word(const json& row, const std::string& column) {
  const auto found = row.find(column);
  if (found == row.end()) return std::nullopt;
  if (found->is_string()) return found->get<std::string>();
  if (found->is_number() || found->is_boolean()) return found->dump();
  return std::nullopt;
}

// Makes messages of rows.
class row_maker {
public:
  static outcome<row_maker> make(const replay_options& options, const std::vector<std::string>& columns) {
    row_maker m(options);
    auto topic = config::topic_template::parse(options.topic);
    if (!topic) return tl::unexpected(topic.error());
    m.topic_ = *topic;
    auto reader = time_reader::make(options.time);
    if (!reader) return tl::unexpected(reader.error());
    m.time_ = *reader;
    const auto known = [&](const std::string& name) {
      return columns.empty() || std::find(columns.begin(), columns.end(), name) != columns.end();
    };
    const auto want = "one of " + config::list_of_names(columns);
    if (!known(options.time.path))
      return fail(ec::invalid, options.file + " has no time column" +
                                   config::did_you_mean(options.time.path, columns) + " (got \"" +
                                   options.time.path + "\", want " + want + ")");
    for (const auto& name : m.topic_.names())
      if (name != "device" && !known(name))
        return fail(ec::invalid, options.file + " has no column for {" + name + "} of the topic" +
                                     config::did_you_mean(name, columns) + " (want " + want + ")");
    for (const auto* own : {"time", "seq"})
      if (std::find(columns.begin(), columns.end(), own) != columns.end() && options.time.path != own)
        return fail(ec::invalid, options.file + " has a column " + own +
                                     ", which is what the replay adds (want another name for it)");
    m.device_column_ = options.device.empty() ? "device" : options.device;
    if (options.device.empty() && !known("device") && m.topic_.has("device"))
      return fail(ec::invalid,
                  options.file + " has no column device: --device names a column, or the device itself");
    m.fixed_device_ = !options.device.empty() && !columns.empty() && !known(options.device);
    return m;
  }

  outcome<std::int64_t> time_of(const json& row) const {
    return time_of_row(row, options_->time.path, time_);
  }

  outcome<std::string> device_of(const json& row) const {
    std::optional<std::string> device = fixed_device_ ? options_->device : as_word(row, device_column_);
    if (!device && !options_->device.empty())
      device = options_->device; // JSON lines: rows without such a key
    if (!device) {
      if (!topic_.has("device")) return std::string();
      return fail(ec::invalid, "no device in column " + device_column_);
    }
    if (topic_.has("device") && !good_device_id(*device))
      return fail(ec::invalid, "column " + device_column_ + " is no device (got \"" + *device +
                                   "\", want 1 to 128 of A-Z a-z 0-9 . _ : -)");
    return *device;
  }

  // Errors: a level of the topic that is absent or holds what no topic may.
  outcome<std::string> topic_of(const json& row, const std::string& device) const {
    std::vector<std::string> levels;
    for (const auto& name : topic_.names()) {
      auto level = name == "device" ? std::optional(device) : as_word(row, name);
      if (!level || level->empty() || level->find_first_of("/+#") != std::string::npos)
        return fail(ec::invalid, "column " + name + " is no topic level (got " +
                                     (level ? "\"" + *level + "\"" : "nothing") +
                                     ", want text without / + #)");
      levels.push_back(std::move(*level));
    }
    return topic_.expand({levels.begin(), levels.end()});
  }

  std::string payload_of(const json& row, std::int64_t time, std::uint64_t seq) const {
    auto out = json::object();
    out["time"] = time;
    out["seq"] = seq;
    for (const auto& [key, value] : row.items())
      if (key != options_->time.path && key != "time" && key != "seq") out[key] = value;
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
  }

private:
  explicit row_maker(const replay_options& options) : options_(&options) {}
  const replay_options* options_;
  config::topic_template topic_;
  time_reader time_;
  std::string device_column_;
  bool fixed_device_ = false;
};

class row_feed final : public message_feed {
public:
  row_feed(const replay_options& options, row_file file, row_maker maker)
      : options_(options), file_(std::move(file)), maker_(std::move(maker)) {}

  // Reads and checks every row; afterwards the first is next.
  outcome<replay_totals> check() {
    replay_totals totals;
    json row;
    std::int64_t last = std::numeric_limits<std::int64_t>::min();
    for (;;) {
      const auto got = take(row);
      if (!got) {
        if (!options_.skip_bad || got.error().code != ec::invalid) return tl::unexpected(got.error());
        ++totals.skipped;
        continue;
      }
      if (!*got) break;
      ++totals.rows;
      if (totals.rows == 1) first_ = time_;
      last = std::max(last, time_);
      sequences_[device_] = 0;
    }
    if (totals.rows == 0) return fail(ec::invalid, options_.file + " holds no row that can be published");
    totals.devices = sequences_.size();
    if (options_.shift)
      shift_ = std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::system_clock::now().time_since_epoch())
                   .count() -
               last;
    file_.rewind();
    return totals;
  }

  outcome<bool> next(time now, bool stop, message& out) override {
    if (stop) done_ = true;
    if (done_) return false;
    while (!held_) {
      const auto got = take(row_);
      if (!got && options_.skip_bad && got.error().code == ec::invalid) continue;
      if (!got) return tl::unexpected(got.error());
      if (!*got) {
        done_ = true;
        return false;
      }
      held_ = true;
    }
    if (due() > now) return false;
    auto topic = maker_.topic_of(row_, device_);
    if (!topic) return tl::unexpected(topic.error());
    out.topic = std::move(*topic);
    out.payload = maker_.payload_of(row_, time_ + shift_, ++sequences_[device_]);
    held_ = false;
    return true;
  }

  time due_in(time now) const override { return held_ ? due() - now : time(0); }
  bool finished() const override { return done_; }

private:
  // The next row with its time and device. Errors name file and line.
  outcome<bool> take(json& row) {
    auto got = file_.next(row);
    if (!got || !*got) return got;
    const auto at = [&](const error& e) {
      return fail(e.code, options_.file + ":" + std::to_string(file_.line()) + ": " + e.text);
    };
    const auto time = maker_.time_of(row);
    if (!time) return at(time.error());
    auto device = maker_.device_of(row);
    if (!device) return at(device.error());
    if (auto topic = maker_.topic_of(row, *device); !topic) return at(topic.error());
    time_ = *time;
    device_ = std::move(*device);
    return true;
  }

  time due() const {
    if (options_.speed <= 0) return time(0);
    return std::chrono::duration_cast<time>(
        std::chrono::duration<double, std::milli>(static_cast<double>(time_ - first_) / options_.speed));
  }

  const replay_options& options_;
  row_file file_;
  row_maker maker_;
  std::map<std::string, std::uint64_t> sequences_;
  std::int64_t first_ = 0, shift_ = 0;

  json row_; // in hand iff held_
  std::int64_t time_ = 0;
  std::string device_;
  bool held_ = false, done_ = false;
};

} // namespace

outcome<publish_progress> replay(const replay_options& options,
                                 const std::function<void(const replay_totals&)>& begun,
                                 const std::atomic<bool>& stop, const std::atomic<bool>& abandon,
                                 const publish_listener& tell) {
  auto file = row_file::open(options.file, options.separator);
  if (!file) return tl::unexpected(file.error());
  auto maker = row_maker::make(options, file->columns());
  if (!maker) return tl::unexpected(maker.error());
  row_feed feed(options, std::move(*file), std::move(*maker));
  const auto totals = feed.check();
  if (!totals) return tl::unexpected(totals.error());
  if (begun) begun(*totals);
  return publish(options, feed, stop, abandon, tell);
}

} // namespace sluice
