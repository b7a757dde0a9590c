#include "actors/client/kafka_consumer.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <utility>

#include "actors/client/kafka_fetch.hpp"

namespace sluice {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr int ask_ms = 5000;        // one question about offsets
constexpr milliseconds leave{5000}; // 2.0.2 was seen to hang here when a topic was deleted

kafka_list list_of(const std::vector<kafka_place>& places) {
  kafka_list list(rd_kafka_topic_partition_list_new(static_cast<int>(places.size())));
  for (const auto& p : places) {
    auto* entry = rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition);
    entry->offset = p.next;
    if (p.note.empty()) continue;
    entry->metadata = strdup(p.note.c_str()); // the list frees it
    entry->metadata_size = p.note.size();
  }
  return list;
}

class consumer final : public kafka_consumer {
public:
  consumer(const kafka_connection_options& connection, kafka_consumer_calls calls)
      : connection_(connection), calls_(std::move(calls)), trouble_(connection_) {}
  consumer(const consumer&) = delete;
  consumer& operator=(const consumer&) = delete;

  ~consumer() override {
    if (handle_ == nullptr) return;
    fetch_->drop();
    auto* queue = rd_kafka_queue_new(handle_);
    bool closed = rd_kafka_fatal_error(handle_, nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
    if (auto* refused = closed ? nullptr : rd_kafka_consumer_close_queue(handle_, queue)) {
      rd_kafka_error_destroy(refused);
    } else if (!closed) {
      const auto until = std::chrono::steady_clock::now() + leave;
      while (!rd_kafka_consumer_closed(handle_) && std::chrono::steady_clock::now() < until)
        if (auto* m = rd_kafka_consume_queue(queue, 50)) rd_kafka_message_destroy(m); // what was fetched last
      closed = rd_kafka_consumer_closed(handle_) != 0;
    }
    rd_kafka_queue_destroy(queue);
    fetch_.reset();
    // What does not close is left to the end of the process.
    if (closed) rd_kafka_destroy_flags(handle_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }

  outcome<void> open(const kafka_settings& settings, const std::vector<std::string>& topics) {
    kafka_settings fixed{{"enable.auto.commit", "false"},
                         {"enable.auto.offset.store", "false"},
                         {"auto.offset.reset", "error"},
                         {"partition.assignment.strategy", "range"},
                         {"enable.partition.eof", "true"}};
    fixed.insert(fixed.end(), settings.begin(), settings.end());
    auto conf = make_kafka_conf(connection_,
                                {{"topic.metadata.refresh.interval.ms", "10000"},
                                 {"queued.max.messages.kbytes", "32768"},
                                 {"fetch.message.max.bytes", "524288"},
                                 {"queued.min.messages", "15000"},
                                 {"fetch.wait.max.ms", "100"}},
                                fixed);
    if (!conf) return tl::unexpected(conf.error());
    rd_kafka_conf_set_opaque(conf->get(), this);
    rd_kafka_conf_set_rebalance_cb(
        conf->get(), [](rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* list,
                        void* self) { static_cast<consumer*>(self)->rebalance(code, list); });
    rd_kafka_conf_set_error_cb(conf->get(), [](rd_kafka_t*, int code, const char* reason, void* self) {
      static_cast<consumer*>(self)->failed(static_cast<rd_kafka_resp_err_t>(code), reason);
    });
    char text[512];
    handle_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf->get(), text, sizeof text);
    if (handle_ == nullptr) return fail(ec::refused, text);
    conf->release();
    fetch_ = std::make_unique<kafka_fetch>(handle_);
    rd_kafka_poll_set_consumer(handle_);
    std::vector<kafka_place> wanted;
    for (const auto& topic : topics)
      wanted.push_back({topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_OFFSET_INVALID});
    const auto done = rd_kafka_subscribe(handle_, list_of(wanted).get());
    if (done != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(ec::refused, rd_kafka_err2str(done));
    return {};
  }

  std::span<const kafka_message> poll(milliseconds wait, std::size_t most) override {
    fetch_->drop(); // before a rebalance: what was handed over is in the caller's position
    auto patience = fetch_->any() ? milliseconds(0) : wait;
    while (auto* event = rd_kafka_consumer_poll(handle_, static_cast<int>(patience.count()))) {
      stumbled(*event);
      rd_kafka_message_destroy(event);
      patience = milliseconds(0);
    }
    if (broken_ || !fetch_->any()) return {};
    const auto got = fetch_->next(wait, most, [this](const auto& event) { stumbled(event); });
    // What was fetched before the brokers went is handed over after: it does not show that they are back.
    if (!got.empty() && !trouble_.doubtful()) trouble_.over();
    return got;
  }

  void commit(const std::vector<kafka_place>& places) override {
    if (!places.empty()) rd_kafka_commit(handle_, list_of(places).get(), 1);
  }

  std::optional<std::int64_t> end_of(const std::string& topic, std::int32_t partition) override {
    std::int64_t low = 0, high = 0;
    if (rd_kafka_get_watermark_offsets(handle_, topic.c_str(), partition, &low, &high) !=
            RD_KAFKA_RESP_ERR_NO_ERROR ||
        high < 0)
      return std::nullopt;
    return high;
  }

  std::optional<std::int64_t> reached(const std::string& topic, std::int32_t partition) const override {
    const auto at = reached_.find({topic, partition});
    return at == reached_.end() ? std::nullopt : std::optional(at->second);
  }

  std::optional<std::int64_t> offset_at(const std::string& topic, std::int32_t partition,
                                        std::int64_t time_ms) override {
    const auto asked = list_of({{topic, partition, time_ms}});
    const auto done = rd_kafka_offsets_for_times(handle_, asked.get(), ask_ms);
    const auto& answer = asked->elems[0];
    if (done != RD_KAFKA_RESP_ERR_NO_ERROR || answer.err != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
    return answer.offset >= 0 ? answer.offset : std::numeric_limits<std::int64_t>::max();
  }

  std::optional<std::size_t> partitions_of(const std::string& topic) override {
    auto* about = rd_kafka_topic_new(handle_, topic.c_str(), nullptr);
    const rd_kafka_metadata_t* facts = nullptr;
    const auto done = rd_kafka_metadata(handle_, 0, about, &facts, ask_ms);
    std::optional<std::size_t> count;
    if (done == RD_KAFKA_RESP_ERR_NO_ERROR && facts->topic_cnt == 1)
      count = static_cast<std::size_t>(facts->topics[0].partition_cnt);
    if (facts != nullptr) rd_kafka_metadata_destroy(facts);
    rd_kafka_topic_destroy(about);
    return count;
  }

  bool reachable(milliseconds wait) override {
    const rd_kafka_metadata_t* facts = nullptr;
    const auto done = rd_kafka_metadata(handle_, 0, nullptr, &facts, static_cast<int>(wait.count()));
    if (facts != nullptr) rd_kafka_metadata_destroy(facts);
    if (done != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
    trouble_.reached();
    return true;
  }

  const std::optional<error>& broken() const noexcept override { return broken_; }
  bool fenced() const noexcept override { return fenced_; }
  std::string trouble() const override { return trouble_.text(); }
  bool doubtful() const noexcept override { return trouble_.doubtful(); }

private:
  void stumbled(const rd_kafka_message_t& m) {
    const std::string where = m.rkt == nullptr ? ""
                                               : std::string(rd_kafka_topic_name(m.rkt)) + "[" +
                                                     std::to_string(m.partition) + "]: ";
    switch (m.err) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET: // the log moved away from under us: ask where it is now
      broken_ = error{ec::connection_lost, where + rd_kafka_message_errstr(&m)};
      break;
    case RD_KAFKA_RESP_ERR_NO_ERROR: // never seen; to drop a record would lose it
      broken_ = error{ec::connection_lost, where + "a record came outside of its queue"};
      break;
    case RD_KAFKA_RESP_ERR__FATAL:
      failed(m.err, nullptr);
      break;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      reached_[{rd_kafka_topic_name(m.rkt), m.partition}] = m.offset;
      break;
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED: // the next poll joins again
      break;
    default:
      trouble_.happened(m.err, (where + rd_kafka_message_errstr(&m)).c_str());
    }
  }

  void failed(rd_kafka_resp_err_t code, const char* reason) {
    if (code != RD_KAFKA_RESP_ERR__FATAL) return trouble_.happened(code, reason);
    char text[512] = "";
    const auto why = rd_kafka_fatal_error(handle_, text, sizeof text);
    fenced_ = why == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID;
    broken_ = error{ec::connection_lost, text};
  }

  void rebalance(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* list) {
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
      const auto places = ask(*list);
      if (places) {
        reached_.clear();
        const auto read = list_of(calls_.assigned(*places));
        fetch_->take(*read);
        rd_kafka_assign(handle_, read.get());
        return;
      }
      broken_ = places.error();
    } else if (code == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS) {
      std::vector<kafka_place> gone;
      for (int i = 0; i < list->cnt; ++i) gone.push_back({list->elems[i].topic, list->elems[i].partition, 0});
      const auto last = calls_.revoked(gone);
      if (!last.empty()) commit_now(last);
    }
    rd_kafka_assign(handle_, nullptr);
    fetch_->take(*list_of({}));
  }

  // Waits for the answer, but not for a broker that is away.
  void commit_now(const std::vector<kafka_place>& places) {
    auto* answers = rd_kafka_queue_new(handle_);
    if (rd_kafka_commit_queue(handle_, list_of(places).get(), answers, nullptr, nullptr) ==
        RD_KAFKA_RESP_ERR_NO_ERROR)
      if (auto* event = rd_kafka_queue_poll(answers, 2000)) rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(answers);
  }

  // What the cluster knows of the partitions.
  outcome<std::vector<kafka_assigned>> ask(const rd_kafka_topic_partition_list_t& list) {
    kafka_list copy(rd_kafka_topic_partition_list_copy(&list));
    std::vector<kafka_assigned> all;
    if (copy->cnt == 0) return all;
    auto done = rd_kafka_committed(handle_, copy.get(), ask_ms);
    for (int i = 0; i < copy->cnt && done == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
      const auto& p = copy->elems[i];
      kafka_assigned one{p.topic, p.partition, {}, {}, 0, 0};
      if (p.offset >= 0) one.committed = p.offset;
      if (p.metadata != nullptr) one.note.assign(static_cast<const char*>(p.metadata), p.metadata_size);
      done =
          p.err != RD_KAFKA_RESP_ERR_NO_ERROR
              ? p.err
              : rd_kafka_query_watermark_offsets(handle_, p.topic, p.partition, &one.first, &one.end, ask_ms);
      all.push_back(std::move(one));
    }
    if (done == RD_KAFKA_RESP_ERR_NO_ERROR) return all;
    return fail(ec::connection_lost, std::string("the offsets cannot be asked: ") + rd_kafka_err2str(done));
  }

  const kafka_connection_options connection_;
  const kafka_consumer_calls calls_;
  kafka_trouble trouble_;
  rd_kafka_t* handle_ = nullptr;
  std::unique_ptr<kafka_fetch> fetch_;
  std::optional<error> broken_;
  bool fenced_ = false;
  std::map<std::pair<std::string, std::int32_t>, std::int64_t> reached_;
};

} // namespace

outcome<std::unique_ptr<kafka_consumer>> kafka_consumer::make(const kafka_connection_options& connection,
                                                              const kafka_settings& settings,
                                                              const std::vector<std::string>& topics,
                                                              kafka_consumer_calls calls) {
  auto made = std::make_unique<consumer>(connection, std::move(calls));
  if (auto done = made->open(settings, topics); !done) return tl::unexpected(done.error());
  return made;
}

} // namespace sluice
