// JSON texts and numbers as results hold them: shortest text that reads back equal. Written into a buffer
// that keeps its room.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sluice {

// A text being built: std::string's append, inline and without its growth checks per piece.
class text_buffer {
public:
  void clear() noexcept { size_ = 0; }
  std::size_t size() const noexcept { return size_; }
  void cut(std::size_t size) noexcept { size_ = size; }
  std::string_view view() const noexcept { return {room_.data(), size_}; }
  // Returns where to write up to `n` bytes; wrote() says how many it were.
  char* room(std::size_t n) {
    if (room_.size() - size_ < n) room_.resize(2 * (size_ + n));
    return room_.data() + size_;
  }
  void wrote(const char* end) noexcept { size_ = static_cast<std::size_t>(end - room_.data()); }
  text_buffer& operator+=(std::string_view text) {
    const auto n = text.size();
    char* to = room(n);
    if (n >= 16 && n <= 32) { // most keys; a call of memcpy costs more than the copy
      std::memcpy(to, text.data(), 16);
      std::memcpy(to + n - 16, text.data() + n - 16, 16);
    } else {
      std::memcpy(to, text.data(), n);
    }
    size_ += n;
    return *this;
  }
  text_buffer& operator+=(char c) {
    *room(1) = c;
    ++size_;
    return *this;
  }

private:
  std::string room_;
  std::size_t size_ = 0;
};

// Appends `text` in quotes, escaped as RFC 8259 demands.
void append_text(text_buffer& out, std::string_view text);
void append_number(text_buffer& out, std::int64_t v);
// `v` is finite. Minus zero is written 0.
void append_number(text_buffer& out, double v);

} // namespace sluice
