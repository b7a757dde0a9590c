// librdkafka: the only header that includes it. Settings, and what its errors mean.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <librdkafka/rdkafka.h>

#include "actors/client/kafka_options.hpp"
#include "messages/errors.hpp"

namespace sluice {

struct kafka_conf_deleter {
  void operator()(rd_kafka_conf_t* conf) const noexcept { rd_kafka_conf_destroy(conf); }
};
using kafka_conf = std::unique_ptr<rd_kafka_conf_t, kafka_conf_deleter>;

// The settings of a connection: `usual` may be overruled by the connection's own librdkafka map, `fixed` not.
// Errors (ec::refused): a certificate file that cannot be read, a setting that librdkafka does not take.
outcome<kafka_conf> make_kafka_conf(const kafka_connection_options& connection, const kafka_settings& usual,
                                    const kafka_settings& fixed);

// What went wrong last with the brokers, in words that tell a wrong password from a wrong certificate from an
// absent broker. Fed by librdkafka's error callback in the thread that polls.
class kafka_trouble {
public:
  explicit kafka_trouble(const kafka_connection_options& connection) : connection_(connection) {}

  void happened(rd_kafka_resp_err_t code, const char* reason);
  void over() noexcept { text_.clear(); }
  const std::string& text() const noexcept { return text_; }
  bool all_down() const noexcept { return all_down_; }
  // True iff a connection failed since a broker was reached. That all are down is not always said.
  bool doubtful() const noexcept { return doubtful_; }
  void reached() noexcept;

private:
  std::string tls_reason(const std::string& reason);

  const kafka_connection_options& connection_;
  std::string text_;
  bool all_down_ = false, doubtful_ = false;
  bool of_connection_ = false; // text_
  std::chrono::steady_clock::time_point probed_{};
  std::string probe_;
};

// "SASL authentication error: .." out of "sasl_ssl://h:9092/bootstrap: SASL authentication error: .. (after
// 5ms in state AUTH)".
std::string without_noise(const std::string& reason);

} // namespace sluice
