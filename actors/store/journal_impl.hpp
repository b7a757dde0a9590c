// Inside of the journal, shared by journal.cpp (appending), journal_open.cpp, journal_cursor.cpp and
// journal_tally.cpp.
//
// Two locks: append_mutex is held by the one writer during write(2) and fdatasync; tail_mutex only for the
// moments in which the lists that readers look at change. Whoever takes both takes append_mutex first.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>

#include "actors/store/acked_file.hpp"
#include "actors/store/chunk.hpp"
#include "actors/store/journal.hpp"
#include "actors/store/segment_file.hpp"

namespace sluice {

// Messages per source in (follows, last], scanned from their batch headers.
struct count_block {
  std::uint64_t segment_first = 0, file_offset = 0; // where its first batch is
  std::uint64_t follows = 0, last = 0;
  std::vector<std::uint64_t> per_source; // by index in impl::sources, may be shorter
};

struct journal::impl {
  static constexpr std::size_t tail_chunks = 3;
  static constexpr std::int64_t acked_every_ms = 1000;

  std::string dir; // DIR/journal
  config::service_options options;
  std::uint64_t segment_bytes = 0, epoch = 0;
  journal_clock* clock = nullptr;
  bool read_only = false;
  std::vector<std::string> notices;
  chunk_pool pool;

  // The writer's, under append_mutex.
  std::mutex append_mutex;
  std::shared_ptr<const file> out; // the newest segment
  std::uint64_t out_bytes = 0;     // its good length
  std::uint64_t out_first = 0, salt = 0;
  std::uint64_t head = 0;        // last sequence given
  std::uint64_t out_follows = 0; // last sequence before the first batch of the next chunk
  std::size_t source_hint = 0;
  bool must_cut = false;                  // bytes of a failed append may follow out_bytes
  std::shared_ptr<tail_chunk> open_chunk; // changed under both locks; its batches are in no block yet
  std::shared_ptr<std::function<void()>> wake;

  // Side file, under acked_mutex.
  std::mutex acked_mutex;
  acked_file acked;
  std::int64_t acked_ms = 0;
  std::int64_t last_sync_ms = 0; // under append_mutex; bounded durability only

  // What readers look at, under tail_mutex.
  mutable std::mutex tail_mutex;
  std::vector<segment> segments; // oldest first; `bytes` of the last one grows
  std::deque<std::shared_ptr<tail_chunk>> tail;
  source_numbers sources;
  std::deque<count_block> blocks; // of full chunks, ascending without holes up to open_chunk
  std::optional<error> failed;    // a failed sync: for good

  std::mutex tally_mutex;    // one scan at a time
  std::mutex truncate_mutex; // one removal at a time

  std::atomic<std::uint64_t> visible{0};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<bool> armed{true}, has_failed{false};

  // journal_open.cpp
  outcome<void> prepare(const std::string& data_dir, std::uint64_t at_least);
  outcome<void> prepare_read_only(const std::string& data_dir);
  struct recovered {
    std::uint64_t last = 0;   // last record there is
    std::uint64_t next = 1;   // lowest number the next one may have
    std::int64_t time_ms = 0; // of the last record
    std::uint64_t bytes = 0;  // good length of the newest segment
  };
  outcome<recovered> recover(const file& newest);

  // journal_segments.cpp
  outcome<void> begin_segment(std::uint64_t first, std::uint64_t continues_from, std::int64_t now_ms);
  outcome<void> make_room(std::size_t bytes, std::int64_t now_ms);
  void close_chunk();

  // journal.cpp
  // `behind`: a control record that is written with the batch.
  template <class Fill>
  outcome<std::uint64_t> put(batch_header batch, std::size_t body, Fill&& fill,
                             const control* behind = nullptr);
  outcome<void> cut_back();
  void publish(const batch_header& batch, std::size_t source);
  std::size_t source_index(std::string_view name); // adds it; under append_mutex
  error fail_for_good(error why);
  outcome<void> write_acked(std::uint64_t sequence, std::int64_t now_ms, bool at_once);
};

// Adds the messages of `batch` above `after` to `into`, by index in `sources` (journal_tally.cpp).
void count_batch(const batch_header& batch, std::uint64_t after, const source_numbers& sources,
                 std::vector<std::uint64_t>& into);

// Where the next batch is. With `hint` set, a scan of that segment begins there instead of at its start.
struct journal::cursor::place {
  struct spot { // a batch on disk and the last sequence before it
    std::uint64_t segment_first = 0, file_offset = 0, follows = 0;
  };
  impl* log = nullptr;
  std::uint64_t consumed = 0; // last sequence handed out, or the one before the start
  std::uint64_t before = 0;   // consumed as it was before the batch that next() brought
  bool started = false;       // false: a start below the first record kept is fine
  std::optional<spot> start;

  std::shared_ptr<const tail_chunk> memory; // set: `at` is inside of it
  segment from;                             // else: in this file
  std::shared_ptr<const file> in;
  std::uint64_t passed = 0, expected = 1; // last sequence passed in `from`, and the first of the next batch
  std::uint64_t offset = 0;               // of `at` in the file
  std::uint64_t trusted = 0;              // visible when the bytes were read: nothing beyond it is looked at

  std::shared_ptr<const char[]> chunk;
  const char *at = nullptr, *end = nullptr;
  spot found; // where the batch is that next() brought

  // Brings the next batch with records above `consumed`; false when there is none yet.
  outcome<bool> next(batch_header& out);

private:
  outcome<bool> next_in_file(batch_header& out, std::uint64_t visible);
  outcome<void> locate(std::uint64_t visible, std::size_t bytes);
  outcome<void> enter(segment next);
  error damaged(const std::string& what) const;
};

} // namespace sluice
