// Bytes from a socket, in one piece: read at the end, taken from the front. Grows only with what has come, so
// that a length that somebody claims costs nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace sluice {

class receive_buffer {
public:
  std::string_view bytes() const noexcept { return {data_.get() + begin_, end_ - begin_}; }
  void take(std::size_t size) noexcept { begin_ += size; }

  // Where to read to, and how much.
  char* space() noexcept { return data_.get() + end_; }
  std::size_t room() const noexcept { return size_ - end_; }
  void add(std::size_t size) noexcept { end_ += size; }

  // Makes room behind the bytes, for a packet of `wanted` bytes at their front or for as much of it as was
  // there already. Moves the bytes: no view into them survives.
  void make_room(std::size_t wanted) {
    const auto held = end_ - begin_;
    auto size = usual_;
    while (size <= held || size < std::min(wanted, 2 * held)) size *= 2;
    if (size != size_) {
      std::unique_ptr<char[]> other(new char[size]);
      std::memcpy(other.get(), data_.get() + begin_, held);
      data_ = std::move(other);
      size_ = size;
    } else {
      std::memmove(data_.get(), data_.get() + begin_, held);
    }
    begin_ = 0;
    end_ = held;
  }

  // There was too little room: the next make_room() makes twice as much, up to 1 MiB, and so do all behind
  // it.
  void widen() noexcept { usual_ = std::min(2 * usual_, most); }

private:
  static constexpr std::size_t least = 64 * 1024, most = 1024 * 1024;
  std::unique_ptr<char[]> data_{new char[least]};
  std::size_t usual_ = least, size_ = least, begin_ = 0, end_ = 0;
};

} // namespace sluice
