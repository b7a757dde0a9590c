#include "actors/ingest/chained_result.hpp"

#include <charconv>

#include <xxhash.h>

#include "actors/ingest/device_id.hpp"

namespace sluice {

namespace {

// Walks one of our own records: no white space, no arrays.
class record_cursor {
public:
  explicit record_cursor(std::string_view text) noexcept : text_(text) {}

  bool skip(char c) noexcept {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  // A string without its quotes, escapes as they stand.
  std::optional<std::string_view> string() noexcept {
    if (!skip('"')) return {};
    const auto begin = at_;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') return text_.substr(begin, at_++ - begin);
      if (text_[at_] == '\\') ++at_;
    }
    return {};
  }
  // A number or a word.
  std::optional<std::string_view> bare() noexcept {
    const auto begin = at_;
    while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '}') ++at_;
    if (at_ == begin) return {};
    return text_.substr(begin, at_ - begin);
  }
  // An object of scalars, braces included.
  std::optional<std::string_view> object() noexcept {
    const auto begin = at_;
    if (!skip('{')) return {};
    while (at_ < text_.size() && text_[at_] != '}')
      if (text_[at_] != '"')
        ++at_;
      else if (!string())
        return {};
    if (!skip('}')) return {};
    return text_.substr(begin, at_ - begin);
  }
  char ahead() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool done() const noexcept { return at_ == text_.size(); }

private:
  std::string_view text_;
  std::size_t at_ = 0;
};

bool to_time(std::optional<std::string_view> text, std::optional<std::int64_t>& into) noexcept {
  std::int64_t value = 0;
  if (!text) return false;
  const auto* const end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, value);
  if (read.ec != std::errc() || read.ptr != end) return false;
  into = value;
  return true;
}

} // namespace

std::optional<chained_result> parse_result(std::string_view json) noexcept {
  record_cursor in(json);
  chained_result out;
  std::optional<std::int64_t> time, end;
  if (!in.skip('{')) return {};
  do {
    const auto name = in.string();
    if (!name || !in.skip(':')) return {};
    if (*name == "device") {
      const auto device = in.string();
      if (!device || !good_device_id(*device)) return {};
      out.device = *device;
    } else if (*name == "key" || *name == "values") {
      const auto object = in.object();
      if (!object) return {};
      (*name == "key" ? out.key : out.values) = *object;
    } else if (*name == "end" || *name == "time") {
      if (!to_time(in.bare(), *name == "end" ? end : time)) return {};
    } else if (in.ahead() == '"') {
      const auto text = in.string();
      if (!text) return {};
      if (*name == "time_source") out.arrival = *text == "arrival";
    } else if (in.ahead() == '{' ? !in.object() : !in.bare()) {
      return {};
    }
  } while (in.skip(','));
  if (!in.skip('}') || !in.done()) return {};
  if (out.values.empty() || out.device.empty() == out.key.empty() || !(time || end)) return {};
  out.time_ms = end ? *end - 1 : *time;
  return out;
}

bool is_transition(std::string_view json) noexcept {
  // Inside a text the quotes would be escaped, and "values" stands last.
  const auto at = json.find(",\"alarm\":\"");
  return at != json.npos && at < json.find(",\"values\":{");
}

std::string_view chained_result::event(std::string& scratch) const {
  if (key.size() <= 2) return values;
  scratch.assign(key.substr(0, key.size() - 1));
  if (values.size() > 2) scratch += ',';
  scratch += values.substr(1);
  const auto length = scratch.size();
  scratch.append(64, '\0');
  return {scratch.data(), length};
}

std::string device_of_key(std::string_view key) {
  if (key == "{}") return "all";
  std::string joined;
  bool good = true;
  record_cursor in(key);
  in.skip('{');
  do {
    in.string();
    in.skip(':');
    const auto value = in.ahead() == '"' ? in.string() : in.bare();
    good = good && value && !value->empty() && value->find(':') == value->npos;
    if (!good) break;
    if (!joined.empty()) joined += ':';
    joined += *value;
  } while (in.skip(','));
  if (good && good_device_id(joined)) return joined;
  const auto hash = XXH3_128bits(key.data(), key.size());
  static constexpr char digits[] = "0123456789abcdef";
  std::string out = "key:";
  for (const auto half : {hash.high64, hash.low64})
    for (int shift = 60; shift >= 0; shift -= 4) out += digits[half >> shift & 15];
  return out;
}

} // namespace sluice
