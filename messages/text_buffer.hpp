// A text being built: std::string's append, inline and without its growth checks per piece. Keeps its room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sluice {

class text_buffer {
public:
  void clear() noexcept { size_ = 0; }
  std::size_t size() const noexcept { return size_; }
  void cut(std::size_t size) noexcept { size_ = size; }
  const char* data() const noexcept { return room_.data(); }
  std::string_view view() const noexcept { return {room_.data(), size_}; }
  // Returns where to write up to `n` bytes; wrote() says how many it were.
  char* room(std::size_t n) {
    if (room_.size() - size_ < n) room_.resize(2 * (size_ + n));
    return room_.data() + size_;
  }
  void wrote(const char* end) noexcept { size_ = static_cast<std::size_t>(end - room_.data()); }
  text_buffer& operator+=(std::string_view text) {
    const auto n = text.size();
    copy(room(n), text.data(), n);
    size_ += n;
    return *this;
  }
  text_buffer& operator+=(char c) {
    *room(1) = c;
    ++size_;
    return *this;
  }

private:
  // Most pieces are short, and a call of memcpy costs more than the copy: two words that overlap cover every
  // length from one word to two.
  static void copy(char* to, const char* from, std::size_t n) noexcept {
    struct two_words {
      std::uint64_t a, b;
    };
    const auto overlapping = [&]<class Word>(Word) {
      std::memcpy(to, from, sizeof(Word));
      std::memcpy(to + n - sizeof(Word), from + n - sizeof(Word), sizeof(Word));
    };
    if (n > 32)
      std::memcpy(to, from, n);
    else if (n >= 16)
      overlapping(two_words{});
    else if (n >= 8)
      overlapping(std::uint64_t{});
    else if (n >= 4)
      overlapping(std::uint32_t{});
    else
      for (std::size_t i = 0; i < n; ++i) to[i] = from[i];
  }

  std::string room_;
  std::size_t size_ = 0;
};

} // namespace sluice
