// The journal: numbered records in segment files, appended by source threads, read by one reader (and the
// ledger's scanner). Thread safe. An append returns after write(2), and with durability power after
// fdatasync; only then is it visible.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/store/journal_clock.hpp"
#include "actors/store/message.hpp"
#include "config/service_options.hpp"
#include "messages/control.hpp"
#include "messages/errors.hpp"

namespace sluice {

// What the ledger needs of the journal, all of it at one `visible`.
struct journal_tally {
  std::uint64_t visible = 0;
  std::vector<std::pair<std::string, std::uint64_t>> received; // running message number per source
  std::vector<std::pair<std::string, std::uint64_t>>
      pending; // messages in (after, visible], counted by scanning
};

class journal {
public:
  // Creates or opens DIR/journal. Cuts a torn tail; refuses (ec::corrupt, naming file and offset) bad bytes
  // with good records after them, and a head below the last acknowledged sequence (side file, durability
  // power). `at_least`: sequence numbers up to it were used by the store (its applied position): the next
  // record gets a higher one. `clock` must outlive it.
  static outcome<std::unique_ptr<journal>> open(const std::string& dir,
                                                const config::service_options& options, journal_clock& clock,
                                                std::uint64_t at_least, std::uint64_t epoch = 0);
  // For dump, replay and verify, also beside a running service: what is complete at this moment stays
  // readable. Nothing is changed on disk; appends fail (ec::invalid).
  static outcome<std::unique_ptr<journal>> open_read_only(const std::string& dir);
  ~journal(); // syncs what was written
  journal(const journal&) = delete;
  journal& operator=(const journal&) = delete;

  // What a human should know about the opening: a torn tail that was cut, numbers that were left out. Empty:
  // nothing.
  const std::vector<std::string>& notices() const noexcept;

  // Appends messages of one source, in order, with one write(2) and `behind` them a control record with the
  // same one. Returns the sequence of the last record. After an error the file ends with the last good batch
  // again: ec::storage may pass (no space); a failed sync does not, all later appends fail too (the kernel
  // forgets which pages it lost).
  outcome<std::uint64_t> append(std::string_view source, std::span<const message_in> messages,
                                const control* behind = nullptr);
  outcome<std::uint64_t> append(const control& record); // now_ms and sequence are filled in here
  // fdatasync of what was written (bounded durability calls it on a timer). Appends go on meanwhile.
  outcome<void> sync();

  std::uint64_t visible() const noexcept; // highest sequence whose append returned
  std::uint64_t first() const noexcept;   // lowest sequence kept; 0 when empty
  std::uint64_t bytes() const noexcept;   // on disk
  // Called after each append, from the appending thread, at most once until rearm(): a conflated wake-up.
  // Armed at first. Whoever rearms reads once more afterwards: an append may have come between the last read
  // and the rearming.
  void set_wakeup(std::function<void()> wake);
  void rearm_wakeup() noexcept;
  // Removes segments wholly below `keep_from` and older than journal.retain. The state must be durable up to
  // there.
  outcome<void> truncate(std::uint64_t keep_from, std::int64_t now_ms);

  // Reads forward. A cursor is used by one thread and ends before its journal. From memory while its place is
  // in the tail there, else from disk.
  class cursor {
  public:
    ~cursor();
    cursor(const cursor&) = delete;
    cursor& operator=(const cursor&) = delete;
    enum class kind { none, message, control };
    // Advances to the next record at or below visible(); kind::none when there is none yet. Skips whole
    // batches below the start quickly. An I/O or checksum error is ec::corrupt/ec::storage.
    outcome<kind> next();
    // The short way to the next message where the current record is one: false iff its batch has no more, or
    // none that can be read; next() tells.
    bool next_in_batch() noexcept;
    const message_out& message() const noexcept { return message_; }
    std::string_view source() const noexcept { return source_; } // of the current message
    std::uint64_t source_number() const noexcept {
      return number_;
    } // running message number of its source, from 1
    const control& record() const noexcept { return control_; }
    // The bytes the current message's views point into; keeps them alive. A new chunk begins where chunk()
    // changes.
    const std::shared_ptr<const char[]>& chunk() const noexcept { return chunk_; }
    std::uint64_t position() const noexcept { return position_; } // sequence of the current record

  private:
    friend class journal;
    struct place; // where the next batch is: memory or file
    explicit cursor(std::unique_ptr<place> at);
    outcome<kind> next_batch();
    outcome<kind> take_message();

    std::unique_ptr<place> place_;
    message_out message_;
    control control_;
    std::string_view source_;
    std::uint64_t number_ = 0, position_ = 0;
    std::shared_ptr<const char[]> chunk_;
    const char *at_ = nullptr, *end_ = nullptr; // the rest of the current message batch
    std::uint32_t left_ = 0;                    // records in it
  };
  std::unique_ptr<cursor> read(std::uint64_t from_sequence);

  // Running message number per source at visible(): the ledger's `received`.
  std::vector<std::pair<std::string, std::uint64_t>> received() const;
  // Messages per source in (after, visible()], counted by scanning stored batch headers (never by
  // subtraction). Each header is scanned once and the sums kept per block, so that a call a second is cheap
  // with millions pending. A failed scan is in the outcome of tally(); here it leaves the counts short.
  std::vector<std::pair<std::string, std::uint64_t>> count_after(std::uint64_t after);
  // received() and count_after() at one moment: what the ledger compares.
  outcome<journal_tally> tally(std::uint64_t after);
  // The running number of `source` goes on from at least `number`: after a power cut with durability process
  // the state may have counted messages that the journal lost.
  void raise_received(std::string_view source, std::uint64_t number);

private:
  struct impl;
  explicit journal(std::unique_ptr<impl> state);
  std::unique_ptr<impl> impl_;
};

// Journal time of the oldest record; nullopt: there is none, or it cannot be read.
std::optional<std::int64_t> oldest_ms(journal& log);

} // namespace sluice
