#include "actors/client/kafka_producer.hpp"

#include <cinttypes>

#include "actors/client/kafka_link.hpp"

namespace sluice {

namespace {

using std::chrono::milliseconds;

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
    rd_kafka_destroy(handle_);
  }

  outcome<void> open(const kafka_settings& settings) {
    auto conf =
        make_kafka_conf(connection_, settings,
                        {{"enable.idempotence", "true"}, {"acks", "all"}, {"message.timeout.ms", "0"}});
    if (!conf) return tl::unexpected(conf.error());
    rd_kafka_conf_set_opaque(conf->get(), this);
    rd_kafka_conf_set_dr_msg_cb(conf->get(), [](rd_kafka_t*, const rd_kafka_message_t* m, void* self) {
      static_cast<producer*>(self)->answered(m);
    });
    rd_kafka_conf_set_error_cb(conf->get(), [](rd_kafka_t*, int code, const char* reason, void* self) {
      static_cast<producer*>(self)->failed(static_cast<rd_kafka_resp_err_t>(code), reason);
    });
    char text[512];
    handle_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf->get(), text, sizeof text);
    if (handle_ == nullptr) return fail(ec::refused, text);
    conf->release();
    return {};
  }

  bool produce(const kafka_record& r, std::uint64_t token) override {
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
    early_.push_back({token, fate_of(done), rd_kafka_err2str(done)});
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

private:
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
      rd_kafka_fatal_error(handle_, text, sizeof text);
      fatal_ = error{ec::connection_lost, std::string("the producer cannot go on: ") + text};
    } else {
      trouble_.happened(code, reason);
    }
  }

  const kafka_connection_options connection_;
  kafka_trouble trouble_;
  rd_kafka_t* handle_ = nullptr;
  std::vector<kafka_answer>* answers_ = nullptr; // while poll() runs
  std::vector<kafka_answer>
      early_; // what the next poll gives: refused before they were sent, or come beside it
  std::optional<error> fatal_;
};

} // namespace

outcome<std::unique_ptr<kafka_producer>> kafka_producer::make(const kafka_connection_options& connection,
                                                              const kafka_settings& settings) {
  auto made = std::make_unique<producer>(connection);
  if (auto done = made->open(settings); !done) return tl::unexpected(done.error());
  return made;
}

} // namespace sluice
