#include "actors/ingest/decode/json_shape.hpp"

#include <algorithm>
#include <cstring>

#include "actors/ingest/decode/json_number.hpp"
#include "actors/ingest/same_bytes.hpp"

namespace sluice {

namespace {

inline const char* skip_space(const char* p) noexcept {
  if (static_cast<unsigned char>(*p) > ' ') [[likely]]
    return p;
  while (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r') ++p;
  return p;
}

inline bool begins_with(const char* p, const char* end, std::string_view word) noexcept {
  return static_cast<std::size_t>(end - p) > word.size() && std::memcmp(p, word.data(), word.size()) == 0;
}

// The value at `p`; returns what follows it, nullptr iff it is not one for the quick way. `*last` is '}'.
inline const char* read_value(const char* p, const char* last, found_value& v) noexcept {
  switch (*p) {
  case '"': {
    const char* const begin = ++p;
    // Plain ASCII only: escapes and UTF-8 are the full decoder's.
    for (; p != last; ++p) {
      const auto c = static_cast<unsigned char>(*p);
      if (c == '"') {
        v = {found_value::kind::text, {}, {begin, static_cast<std::size_t>(p - begin)}};
        return p + 1;
      }
      if (c < 0x20 || c >= 0x80 || c == '\\') return nullptr;
    }
    return nullptr;
  }
  case 't':
    if (!begins_with(p, last + 1, "true")) return nullptr;
    v = {found_value::kind::boolean, slot::of(true), {}};
    return p + 4;
  case 'f':
    if (!begins_with(p, last + 1, "false")) return nullptr;
    v = {found_value::kind::boolean, slot::of(false), {}};
    return p + 5;
  case 'n':
    if (!begins_with(p, last + 1, "null")) return nullptr;
    v = {};
    return p + 4;
  default: {
    value_type type{};
    p = read_number(p, last, type, v.value);
    if (!p || type == value_type::missing) return nullptr;
    v.what = type == value_type::integer ? found_value::kind::integer : found_value::kind::number;
    return p;
  }
  }
}

} // namespace

void json_shape::begin() noexcept {
  bytes_.clear();
  keys_.clear();
  read_ = 0;
  learning_ = true;
}

void json_shape::add(std::string_view name, std::int32_t target, bool known) {
  if (keys_.size() == most_keys) give_up();
  if (!learning_) return;
  keys_.push_back({static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(name.size() + 3),
                   target, known});
  bytes_ += '"';
  bytes_ += name;
  bytes_ += "\":";
}

void json_shape::end() noexcept {
  if (!learning_) keys_.clear();
  learning_ = false;
  all_known_ = std::all_of(keys_.begin(), keys_.end(), [](const key& k) { return k.known; });
  values_.resize(keys_.size());
}

unsigned json_shape::unknown() const noexcept {
  if (all_known_) return 0;
  unsigned count = 0;
  for (std::size_t i = 0; i < read_; ++i)
    count += !keys_[i].known && values_[i].what != found_value::kind::missing;
  return count;
}

bool json_shape::read(std::string_view payload) noexcept {
  read_ = 0;
  if (payload.size() < 2 || keys_.empty()) return false;
  const char* p = payload.data();
  const char* last = p + payload.size() - 1;
  while (last != p && (*last == ' ' || *last == '\n' || *last == '\t' || *last == '\r')) --last;
  // With '}' at the end no loop below runs past it, except through a string, which checks for itself.
  if (*p != '{' || *last != '}' || p == last) return false;
  ++p;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const key& k = keys_[i];
    p = skip_space(p);
    // The colon is part of it; where space stands before the colon the key alone must do.
    if (static_cast<std::size_t>(last - p) <= k.length) return false;
    if (same_bytes(p, bytes_.data() + k.offset, k.length)) [[likely]] {
      p += k.length;
    } else {
      if (!same_bytes(p, bytes_.data() + k.offset, k.length - 1)) return false;
      p = skip_space(p + k.length - 1);
      if (*p++ != ':') return false;
    }
    p = read_value(skip_space(p), last, values_[i]);
    if (!p) return false;
    p = skip_space(p);
    if (*p == '}') {
      read_ = i + 1;
      return p == last;
    }
    if (*p != ',') return false;
    ++p;
  }
  return false;
}

} // namespace sluice
