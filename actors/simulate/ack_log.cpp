// Buffered writing of the acknowledgement log.
#include "actors/simulate/ack_log.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice {

outcome<ack_log> ack_log::create(const std::string& path) {
  ack_log made;
  made.path_ = path;
  if (path.empty()) return made;
  made.file_ = std::fopen(path.c_str(), "we");
  if (!made.file_)
    return fail(ec::storage, "the ack log " + path + " cannot be written: " + std::strerror(errno));
  std::setvbuf(made.file_, nullptr, _IOFBF, 1 << 16);
  return made;
}

ack_log::ack_log(ack_log&& other) noexcept
    : path_(std::move(other.path_)), file_(std::exchange(other.file_, nullptr)), broken_(other.broken_) {}

ack_log::~ack_log() {
  if (file_) std::fclose(file_);
}

void ack_log::add(std::string_view topic, std::string_view payload) {
  if (!file_) return;
  line_ = "{\"topic\":";
  append_json_text(topic, line_);
  line_ += ",\"payload\":";
  append_json_text(payload, line_);
  line_ += "}\n";
  if (std::fwrite(line_.data(), 1, line_.size(), file_) != line_.size()) broken_ = true;
}

outcome<void> ack_log::flush() {
  if (file_ && std::fflush(file_) != 0) broken_ = true;
  if (broken_)
    return fail(ec::storage, "the ack log " + path_ + " cannot be written: " + std::strerror(errno));
  return {};
}

outcome<void> ack_log::close() {
  auto flushed = flush();
  if (file_ && std::fclose(std::exchange(file_, nullptr)) != 0 && flushed)
    return fail(ec::storage, "the ack log " + path_ + " cannot be written: " + std::strerror(errno));
  return flushed;
}

void append_json_text(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
      out += code;
    } else {
      out += c;
    }
  }
  out += '"';
}

} // namespace sluice
