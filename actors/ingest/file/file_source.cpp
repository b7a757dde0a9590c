// Reading: from files to records.
#include "actors/ingest/file/file_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

namespace sluice {

namespace {

record_shape shape_of(const file_source_options& o) {
  record_shape shape;
  shape.csv = o.format == file_source_options::record_format::csv;
  shape.separator = o.separator;
  shape.longest = o.max_message;
  return shape;
}

} // namespace

file_source::file_source(file_source_options options, const file_positions& known)
    : options_(std::move(options)), shape_(shape_of(options_)), rooms_(most_records + 1) {
  out_.reserve(rooms_.size());
  const auto resumed = [](const std::string& path, const file_position& position) {
    auto t = std::make_unique<tracked>();
    t->path = path;
    t->identity = position.identity;
    t->identity_text = position.identity.text();
    t->seen = t->taken = t->skip_record = true;
    t->next = t->last_taken = position.offset;
    return t;
  };
  for (const auto& [path, position] : known.by_path) files_.emplace(path, resumed(path, position));
  for (const auto& [inode, position] : known.left) left_behind_.emplace(inode, resumed("", position));
}

file_source::~file_source() = default;

bool file_source::complete() const noexcept {
  if (options_.follow || !looked_ || !problems_.empty() || !leaving_.empty()) return false;
  return std::all_of(files_.begin(), files_.end(),
                     [](const auto& entry) { return !entry.second->present || entry.second->done; });
}

std::span<const message_in> file_source::read() {
  out_.clear();
  while (out_.empty() && !(leaving_.empty() && queue_.empty())) {
    const bool leaving = !leaving_.empty();
    auto& t = leaving ? *leaving_.front() : *queue_.front();
    if (!read_some(t, leaving || !options_.follow)) exhausted(t, leaving);
  }
  return out_;
}

// There is nothing more to read in it until the next look.
void file_source::exhausted(tracked& t, bool leaving) {
  window_.leave();
  if (leaving) {
    close(t);
    left_ = std::move(leaving_.front());
    leaving_.erase(leaving_.begin());
    return;
  }
  queue_.pop_front();
  if (options_.follow || t.failed) return;
  t.done = true;
  close(t);
}

// Adds the next records of `t`. False: it has no more for now. `last`: what ends without a line break is a
// record.
bool file_source::read_some(tracked& t, bool last) {
  if (!open(t)) return false;
  if (!window_.is_at(&t.handle, t.next)) window_.move_to(t.handle, t.next);
  if (t.header_again) add_header_again(t);
  while (out_.size() < most_records) {
    const auto bytes = window_.bytes();
    const auto mark = t.next == 0 ? find_mark(bytes).bytes : 0;
    record_cut cut;
    if (t.skip_line) {
      const auto end = bytes.find('\n');
      t.skip_line = end == std::string_view::npos;
      const auto taken = t.skip_line ? bytes.size() : end + 1;
      window_.take(taken);
      t.next += taken;
      if (!t.skip_line) continue;
    } else {
      cut = next_record(bytes.substr(mark), shape_, last && window_.at_end());
    }
    if (!cut.complete) {
      if (window_.at_end()) return false;
      if (!out_.empty()) return true; // what was added points into the window
      if (const auto done = window_.fill(); !done) {
        trouble(t, done.error().text);
        return false;
      }
      continue;
    }
    if (cut.taken == 0) return false;
    const auto text = bytes.substr(mark, cut.length);
    const auto offset = t.next + mark;
    window_.take(mark + cut.taken);
    t.next = offset + cut.taken;
    t.skip_line = cut.skip_line;
    bytes_ += cut.taken;
    if (t.skip_record)
      t.skip_record = false;
    else if (to_be_left_out(t, text))
      ++skipped_;
    else
      add(t, text, offset, cut.truncated);
  }
  // What it grew by since the last look waits for the others.
  return !options_.follow || last || t.next < t.size;
}

bool file_source::to_be_left_out(tracked& t, std::string_view text) noexcept {
  if (t.skip_left > 0) {
    --t.skip_left;
    return true;
  }
  return text.empty() || (!options_.comment.empty() && text.starts_with(options_.comment));
}

void file_source::add(tracked& t, std::string_view text, std::uint64_t offset, bool truncated) {
  auto& room = rooms_[out_.size()];
  const auto digits = std::to_chars(room.offset.begin(), room.offset.end(), offset);
  room.properties[0] = {"file", t.identity_text};
  room.properties[1] = {"offset",
                        {room.offset.data(), static_cast<std::size_t>(digits.ptr - room.offset.data())}};
  room.properties[2] = {"header", "1"};
  message_in m;
  m.topic = t.path;
  m.payload = to_utf8(text, options_.encoding, room.text);
  m.truncated = truncated;
  m.user_properties = {room.properties.data(), t.header_due ? 3u : 2u};
  out_.push_back(m);
  t.header_due = false;
  t.last_taken = offset;
  t.taken = true;
  ++records_;
  reading_ = t.path;
}

// The columns stand at the start of the file, which was read under another path. They get the position that
// was reached, so that a restart goes on from there.
void file_source::add_header_again(tracked& t) {
  t.header_again = false;
  file_window start;
  start.move_to(t.handle, 0);
  if (!start.fill()) return;
  auto bytes = start.bytes();
  bytes.remove_prefix(find_mark(bytes).bytes);
  tracked first;
  first.skip_left = options_.skip;
  for (;;) {
    const auto cut = next_record(bytes, shape_, true);
    if (cut.taken == 0) return;
    const auto text = bytes.substr(0, cut.length);
    bytes.remove_prefix(cut.taken);
    if (to_be_left_out(first, text)) continue;
    header_again_ = text;
    t.header_due = true;
    return add(t, header_again_, t.last_taken, false);
  }
}

void file_source::trouble(tracked& t, std::string text) {
  t.failed = true;
  problems_.push_back(std::move(text));
}

} // namespace sluice
