// The file sink's file: whole lines only, none twice, none half, whatever happens in between.
//
// The mark {path, length} is stored in the same write as the sink's cursor, after the lines are on the disk.
// At start everything beyond the mark is cut off, and those records come again. A new path (the first, or by
// rotation) is marked with the length it has BEFORE its first line is written: so a file is never longer by
// our lines than some stored mark knows, and what stood in it before us is never cut.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/errors.hpp"
#include "messages/outbox_record.hpp"

namespace sluice {

// The path for a time of writing: strftime placeholders in UTC. Fails with ec::invalid when nothing usable
// comes out.
outcome<std::string> path_at(const std::string& path_template, std::int64_t unix_ms);

// Not thread safe. After any error the object is of no use: open a new one from the stored mark.
// Errors of the disk (full, I/O, permission) are ec::connection_lost: they pass, and nothing is lost or
// doubled by trying again. Only a file that is not what the mark says is ec::corrupt.
class line_file {
public:
  // Opens the file of the stored mark, if there is one, and cuts it to the marked length. Fails with
  // ec::corrupt when it is missing or shorter than its mark: lines we counted as delivered are gone, and are
  // never made up. A missing file that rotation has finished with by now is somebody's archive, and no error.
  static outcome<line_file> open(std::string path_template, std::string_view mark, std::int64_t unix_ms);

  line_file(line_file&& other) noexcept;
  line_file& operator=(line_file&& other) noexcept;
  ~line_file();

  // Makes the file for this time of writing the current one. True: mark() changed and must be stored, synced,
  // with the cursor as it is, before the next append.
  outcome<bool> aim(std::int64_t unix_ms);
  // Writes the records as lines and returns when they are on the disk (fdatasync). Then mark() and the cursor
  // move in one write.
  outcome<void> append(const std::vector<outbox_record>& records);

  // Opaque to the store.
  std::string mark() const;
  const std::string& path() const noexcept { return path_; }
  std::uint64_t length() const noexcept { return length_; }

private:
  explicit line_file(std::string path_template) : template_(std::move(path_template)) {}
  outcome<void> open_current(bool create);
  void close() noexcept;

  std::string template_, path_;
  std::uint64_t length_ = 0;
  bool half_line_ = false; // what stood there before us does not end with a line end
  int fd_ = -1;
};

} // namespace sluice
