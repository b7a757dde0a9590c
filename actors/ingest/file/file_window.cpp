#include "actors/ingest/file/file_window.hpp"

#include <cstring>

namespace sluice {

outcome<void> file_window::fill() {
  const auto left = end_ - begin_;
  if (begin_ != 0) std::memmove(buffer_.data(), buffer_.data() + begin_, left);
  begin_ = 0, end_ = left;
  if (buffer_.size() < left + step) buffer_.resize(left + step);
  const auto got = from_->read_at(buffer_.data() + end_, step, offset_ + left);
  if (!got) return tl::unexpected(got.error());
  end_ += *got;
  at_end_ = *got < step;
  return {};
}

} // namespace sluice
