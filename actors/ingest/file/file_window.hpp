// The bytes of one file around the place where it is read: a buffer that moves forward.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "actors/store/file.hpp"
#include "messages/errors.hpp"

namespace sluice {

class file_window {
public:
  // Stands at `offset` of `from`, empty. `from` stays the caller's and must outlive the use.
  void move_to(const file& from, std::uint64_t offset) noexcept {
    from_ = &from, begin_ = end_ = 0, offset_ = offset, at_end_ = false;
  }
  bool is_at(const file* from, std::uint64_t offset) const noexcept {
    return from_ == from && offset_ == offset;
  }
  void leave() noexcept { from_ = nullptr; }

  std::string_view bytes() const noexcept { return {buffer_.data() + begin_, end_ - begin_}; }
  std::uint64_t offset() const noexcept { return offset_; } // in the file, of bytes()
  // The file ended behind bytes() when fill() asked.
  bool at_end() const noexcept { return at_end_; }

  void take(std::size_t bytes) noexcept { begin_ += bytes, offset_ += bytes; }
  // Reads more bytes behind those that are left. Views into bytes() end here.
  outcome<void> fill();

private:
  static constexpr std::size_t step = 256u << 10;

  const file* from_ = nullptr;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;
  std::uint64_t offset_ = 0;
  bool at_end_ = false;
};

} // namespace sluice
