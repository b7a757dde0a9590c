#include "actors/client/kafka_producer.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <future>
#include <thread>

#include "actors/client/kafka_link.hpp"

namespace sluice {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

kafka_fate fate_of(rd_kafka_resp_err_t code) noexcept {
  switch (code) {
  case RD_KAFKA_RESP_ERR_NO_ERROR:
    return kafka_fate::delivered;
  case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
  case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    return kafka_fate::too_large;
  case RD_KAFKA_RESP_ERR_INVALID_RECORD:
  case RD_KAFKA_RESP_ERR_INVALID_MSG:
  case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
  case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
  case RD_KAFKA_RESP_ERR__INVALID_ARG:
    return kafka_fate::refused;
  case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
  case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
  case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
  case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
  case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    return kafka_fate::topic;
  default:
    return kafka_fate::lost;
  }
}

constexpr std::int64_t stands_still_ms = 10'000;

class producer final : public kafka_producer {
public:
  producer(const kafka_connection_options& connection) : connection_(connection), trouble_(connection_) {}
  producer(const producer&) = delete;
  producer& operator=(const producer&) = delete;

  ~producer() override {
    if (handle_ == nullptr) return;
    answers_ = nullptr;
    rd_kafka_purge(handle_,
                   RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
    rd_kafka_poll(handle_, 0);
    if (!marking_.valid()) {
      rd_kafka_destroy(handle_);
      return;
    }
    // Neither the call nor the handle can be taken back: both go when a broker lets them.
    std::thread([marking = std::move(marking_), handle = handle_]() mutable {
      if (auto* failure = marking.get()) rd_kafka_error_destroy(failure);
      rd_kafka_destroy(handle);
    }).detach();
  }

  outcome<void> open(const kafka_settings& settings) {
    kafka_settings fixed{{"enable.idempotence", "true"}, {"acks", "all"}};
    const bool transactional = std::any_of(settings.begin(), settings.end(),
                                           [](const auto& pair) { return pair.first == "transactional.id"; });
    if (!transactional) fixed.emplace_back("message.timeout.ms", "0"); // else that of the transaction
    auto conf = make_kafka_conf(connection_, settings, fixed);
    if (!conf) return tl::unexpected(conf.error());
    rd_kafka_conf_set_opaque(conf->get(), this);
    rd_kafka_conf_set_dr_msg_cb(conf->get(), [](rd_kafka_t*, const rd_kafka_message_t* m, void* self) {
      static_cast<producer*>(self)->answered(m);
    });
    rd_kafka_conf_set_error_cb(conf->get(), [](rd_kafka_t*, int code, const char* reason, void* self) {
      static_cast<producer*>(self)->failed(static_cast<rd_kafka_resp_err_t>(code), reason);
    });
    char text[512];
    std::size_t size = sizeof text;
    if (rd_kafka_conf_get(conf->get(), "transaction.timeout.ms", text, &size) == RD_KAFKA_CONF_OK)
      longest_ = milliseconds(std::atoll(text));
    const auto& given = connection_.librdkafka;
    if (transactional && std::none_of(given.begin(), given.end(),
                                      [](const auto& pair) { return pair.first == "socket.timeout.ms"; })) {
      // Some steps wait for the answer of a broker that stands still as long as this, whatever `wait` is.
      const auto most = std::to_string(std::min<std::int64_t>(stands_still_ms, longest_.count()));
      rd_kafka_conf_set(conf->get(), "socket.timeout.ms", most.c_str(), text, sizeof text);
    }
    handle_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf->get(), text, sizeof text);
    if (handle_ == nullptr) return fail(ec::refused, text);
    conf->release();
    return {};
  }

  bool produce(const kafka_record& r, std::uint64_t token) override {
    if (records_++ == 0) begun_ = steady_clock::now(), begun_wall_ = system_clock::now();
    rd_kafka_headers_t* headers = nullptr;
    if (!r.headers.empty()) {
      headers = rd_kafka_headers_new(r.headers.size());
      for (const auto& [name, value] : r.headers)
        rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                            static_cast<ssize_t>(value.size()));
    }
    const void* key = r.key ? r.key->data() : nullptr;
    const std::size_t key_bytes = r.key ? r.key->size() : 0;
    const auto done = rd_kafka_producev(
        handle_, RD_KAFKA_V_TOPIC(r.topic.c_str()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(key, key_bytes),
        RD_KAFKA_V_VALUE(const_cast<char*>(r.payload.data()), r.payload.size()),
        RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(token)), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    if (done == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
    if (headers != nullptr) rd_kafka_headers_destroy(headers);
    if (done == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
    const auto fate = fate_of(done);
    early_.push_back(
        {token, fate, rd_kafka_err2str(done), fate == kafka_fate::too_large || fate == kafka_fate::refused});
    return true;
  }

  void poll(milliseconds wait, std::vector<kafka_answer>& into) override {
    into.insert(into.end(), early_.begin(), early_.end());
    answers_ = &into;
    rd_kafka_poll(handle_, early_.empty() ? static_cast<int>(wait.count()) : 0);
    early_.clear();
    answers_ = nullptr;
  }

  bool reachable(milliseconds wait) override {
    const rd_kafka_metadata_t* facts = nullptr;
    const auto done = rd_kafka_metadata(handle_, 0, nullptr, &facts, static_cast<int>(wait.count()));
    if (facts != nullptr) rd_kafka_metadata_destroy(facts);
    answers_ = &early_; // what comes now is the next poll's
    rd_kafka_poll(handle_, 0);
    answers_ = nullptr;
    if (done != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
    trouble_.over();
    trouble_.reached();
    return true;
  }

  const std::optional<error>& fatal() const noexcept override { return fatal_; }
  std::string trouble() const override { return trouble_.text(); }
  bool all_down() const noexcept override { return trouble_.all_down(); }

  kafka_stepped join(milliseconds wait) override {
    return step(rd_kafka_init_transactions(handle_, static_cast<int>(wait.count())));
  }

  kafka_stepped begin() override {
    records_ = 0;
    return step(rd_kafka_begin_transaction(handle_));
  }

  // librdkafka 2.0.2 takes longer for it than it was given, for as long as a broker is away: it is waited for
  // beside the caller, who comes again.
  kafka_stepped mark(const kafka_mark_place& place, const kafka_mark& mark, milliseconds wait) override {
    if (!marking_.valid())
      marking_ = std::async(std::launch::async, [handle = handle_, place, mark, wait] {
        auto* list = rd_kafka_topic_partition_list_new(1);
        auto* at = rd_kafka_topic_partition_list_add(list, place.topic.c_str(), 0);
        at->offset = static_cast<std::int64_t>(mark.sequence);
        at->metadata = strdup(mark.note.c_str()); // the list frees it
        at->metadata_size = mark.note.size();
        auto* group = rd_kafka_consumer_group_metadata_new(place.group.c_str());
        auto* failure =
            rd_kafka_send_offsets_to_transaction(handle, list, group, static_cast<int>(wait.count()));
        rd_kafka_consumer_group_metadata_destroy(group);
        rd_kafka_topic_partition_list_destroy(list);
        return failure;
      });
    if (marking_.wait_for(wait) == std::future_status::timeout)
      return {kafka_step::again, "no answer of the transaction's coordinator: timed out"};
    return step(marking_.get());
  }

  kafka_stepped commit(milliseconds wait) override {
    return step(rd_kafka_commit_transaction(handle_, static_cast<int>(wait.count())));
  }

  kafka_stepped abort(milliseconds wait) override {
    if (marking_.valid()) return {kafka_step::again, "the transaction is being marked"};
    // Why a transaction has failed is told only to who asks for another one.
    const auto why = step(rd_kafka_begin_transaction(handle_));
    answers_ = &early_;
    auto done = step(rd_kafka_abort_transaction(handle_, static_cast<int>(wait.count())));
    answers_ = nullptr;
    if (why.how == kafka_step::failed) done.text = why.text;
    return done;
  }

  bool fenced() const noexcept override { return fenced_; }

private:
  kafka_stepped step(rd_kafka_error_t* failure) {
    if (failure == nullptr) return {};
    kafka_stepped made{kafka_step::broken, rd_kafka_error_string(failure)};
    if (rd_kafka_error_is_fatal(failure) != 0)
      end(rd_kafka_error_code(failure), made.text);
    else if (rd_kafka_error_txn_requires_abort(failure) != 0)
      made.how = kafka_step::failed;
    else if (rd_kafka_error_is_retriable(failure) != 0)
      made.how = kafka_step::again;
    rd_kafka_error_destroy(failure);
    return made;
  }

  void answered(const rd_kafka_message_t* m) {
    if (answers_ == nullptr) return;
    kafka_answer answer{reinterpret_cast<std::uint64_t>(m->_private), fate_of(m->err), {}};
    if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      trouble_.over();
      trouble_.reached();
    } else {
      answer.text = rd_kafka_err2str(m->err);
    }
    answers_->push_back(std::move(answer));
  }

  void failed(rd_kafka_resp_err_t code, const char* reason) {
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
      char text[512] = "";
      const auto cause = rd_kafka_fatal_error(handle_, text, sizeof text);
      end(cause, text);
    } else {
      trouble_.happened(code, reason);
    }
  }

  void end(rd_kafka_resp_err_t cause, const std::string& text) {
    if (fatal_) return;
    fatal_ = error{ec::connection_lost, "the producer cannot go on: " + text};
    const bool shut_out = cause == RD_KAFKA_RESP_ERR__FENCED || cause == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
                          cause == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
    // The wall clock sees what a monotonic one may not: a pause of the whole machine.
    const bool old = records_ != 0 && (steady_clock::now() - begun_ >= longest_ ||
                                       system_clock::now() - begun_wall_ >= longest_);
    fenced_ = shut_out && !old;
  }

  const kafka_connection_options connection_;
  kafka_trouble trouble_;
  rd_kafka_t* handle_ = nullptr;
  std::vector<kafka_answer>* answers_ = nullptr; // while poll() runs
  std::vector<kafka_answer>
      early_; // what the next poll gives: refused before they were sent, or come beside it
  std::optional<error> fatal_;
  milliseconds longest_{60000};      // transaction.timeout.ms
  std::uint64_t records_ = 0;        // of the transaction; where there are some:
  steady_clock::time_point begun_{}; // when the first one went in
  system_clock::time_point begun_wall_{};
  bool fenced_ = false;
  std::future<rd_kafka_error_t*> marking_; // while it is on its way
};

} // namespace

outcome<std::unique_ptr<kafka_producer>> kafka_producer::make(const kafka_connection_options& connection,
                                                              const kafka_settings& settings) {
  auto made = std::make_unique<producer>(connection);
  if (auto done = made->open(settings); !done) return tl::unexpected(done.error());
  return made;
}

} // namespace sluice
