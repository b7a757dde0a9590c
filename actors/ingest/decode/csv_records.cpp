#include "actors/ingest/decode/csv_records.hpp"

#include <algorithm>

namespace sluice {

void csv_records::begin(std::string_view text, char separator) {
  text_ = text;
  separator_ = separator;
  at_ = offset_ = number_ = 0;
  room_.clear();
  if (room_.capacity() < text.size()) room_.reserve(text.size() + text.size() / 2);
}

bool csv_records::at_line_end() const noexcept {
  if (at_ == text_.size() || text_[at_] == '\n') return true;
  return text_[at_] == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] == '\n');
}

csv_records::kind csv_records::fail(std::size_t byte, const char* what) {
  problem_byte_ = byte, problem_ = what;
  const auto line = text_.find('\n', byte);
  const auto end = std::min(line, text_.size());
  record_ = text_.substr(offset_, end - offset_);
  at_ = std::min(end + 1, text_.size());
  return kind::bad;
}

csv_records::kind csv_records::quoted_field() {
  const auto open = at_++;
  const auto begin = room_.size();
  auto piece = at_;
  for (;;) {
    const auto quote = text_.find('"', at_);
    if (quote == std::string_view::npos) return fail(open, "the quote is not closed");
    at_ = quote + 1;
    if (at_ < text_.size() && text_[at_] == '"') { // one quote is meant
      room_.append(text_.substr(piece, at_ - piece));
      piece = ++at_;
      continue;
    }
    if (room_.size() == begin) { // none was doubled
      fields_.push_back(text_.substr(piece, quote - piece));
    } else {
      room_.append(text_.substr(piece, quote - piece));
      fields_.push_back(std::string_view(room_).substr(begin));
    }
    if (at_line_end() || text_[at_] == separator_) return kind::record;
    return fail(at_, "text behind the closing quote");
  }
}

csv_records::kind csv_records::next() {
  while (at_ < text_.size() && at_line_end()) at_ = std::min(text_.find('\n', at_), text_.size() - 1) + 1;
  if (at_ >= text_.size()) return kind::end;
  ++number_;
  offset_ = at_;
  fields_.clear();
  for (;;) {
    if (at_ < text_.size() && text_[at_] == '"') {
      if (quoted_field() == kind::bad) return kind::bad;
    } else {
      const auto begin = at_;
      while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n') ++at_;
      auto end = at_;
      if ((at_ == text_.size() || text_[at_] == '\n') && end > begin && text_[end - 1] == '\r') --end;
      fields_.push_back(text_.substr(begin, end - begin));
    }
    if (at_ < text_.size() && text_[at_] == separator_) {
      ++at_;
      continue;
    }
    record_ = text_.substr(offset_, at_ - offset_);
    if (!record_.empty() && record_.back() == '\r') record_.remove_suffix(1);
    at_ = std::min(std::min(text_.find('\n', at_), text_.size()) + 1, text_.size());
    return kind::record;
  }
}

} // namespace sluice
