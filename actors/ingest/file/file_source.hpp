// The files of one file source: which there are, how far each was read, and their next records, ready for the
// journal. No actor, no clock; the caller says when to look at the disk again.
//
// A file is the one it was while its path, its inode and the start of its bytes are the same and it is not
// shorter than what was read of it; otherwise its path names a new file, which is read from the start. What
// was renamed to a path of the same patterns is read on from where it was. A file whose path names another
// one now is read to its end first, as long as it was open (the most recently found `most_open`).
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "actors/ingest/file/file_list.hpp"
#include "actors/ingest/file/file_options.hpp"
#include "actors/ingest/file/file_position.hpp"
#include "actors/ingest/file/file_window.hpp"
#include "actors/ingest/file/record_splitter.hpp"
#include "actors/ingest/file/tracked_file.hpp"
#include "actors/store/file.hpp"
#include "actors/store/message.hpp"

namespace sluice {

class file_source {
public:
  static constexpr std::size_t most_records = 256; // of one read(): one append
  static constexpr std::size_t most_open = 512;

  // `known`: the positions that records of this source have reached.
  file_source(file_source_options options, const file_positions& known);
  ~file_source();

  // Looks which files there are, which grew, and which were replaced.
  void look();
  // The next records of one file, in its order: at most most_records, views that stay until the next call.
  // Empty: there is nothing to read until the next look().
  std::span<const message_in> read();
  // A finite source (follow: false) has read every file to its end, and none is left that could not be read.
  bool complete() const noexcept;

  // What cannot be read, and why: one line for each file or folder, as of the last look().
  const std::vector<std::string>& problems() const noexcept { return problems_; }
  std::size_t files() const noexcept { return present_; } // there are
  std::uint64_t records() const noexcept { return records_; }
  std::uint64_t bytes() const noexcept { return bytes_; }          // of the records taken
  std::uint64_t skipped() const noexcept { return skipped_; }      // lines left out: blank, comments, `skip`
  const std::string& reading() const noexcept { return reading_; } // path of the last read()

private:
  using tracked = tracked_file;

  bool holds(tracked& t, const file_facts& facts);
  void begin(tracked& t);
  bool take_over(tracked& t, tracked& from);
  bool open(tracked& t);
  void close(tracked& t) noexcept;
  void line_up(const std::vector<tracked*>& renamed);
  bool read_some(tracked& t, bool last);
  void exhausted(tracked& t, bool leaving);
  void add_header_again(tracked& t);
  bool to_be_left_out(tracked& t, std::string_view text) noexcept;
  void add(tracked& t, std::string_view text, std::uint64_t offset, bool truncated);
  void trouble(tracked& t, std::string text);

  const file_source_options options_;
  const record_shape shape_;
  std::map<std::string, std::unique_ptr<tracked>> files_; // by path
  std::deque<tracked*> queue_; // of them, to be read after this look: renamed ones, then the others by path
  std::map<std::uint64_t, std::unique_ptr<tracked>>
      left_behind_;                               // by inode: closed, their paths name other files
  std::vector<std::unique_ptr<tracked>> leaving_; // their paths name other files now: read to the end first
  std::vector<std::string> problems_;
  std::size_t present_ = 0, open_ = 0;
  bool looked_ = false;
  std::uint64_t records_ = 0, bytes_ = 0, skipped_ = 0;
  std::string reading_;

  file_window window_;
  // The records of one read().
  struct record_room {
    std::array<std::pair<std::string_view, std::string_view>, 3> properties;
    std::array<char, 20> offset;
    std::string text; // when it had to be converted
  };
  std::vector<record_room> rooms_;
  std::vector<message_in> out_;
  std::string header_again_;      // what one of them may point into
  std::unique_ptr<tracked> left_; // likewise: the file that was left
};

} // namespace sluice
