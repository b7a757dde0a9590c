// The rows of the batch in the making, and what the message in hand adds to them: events, elements that are
// none, events whose time cannot be true. All of it is taken back when the message turns out to be a dead
// letter.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/ingest/batch_pool.hpp"
#include "actors/ingest/decode/decode_failure.hpp"
#include "actors/ingest/decode/event_time.hpp"
#include "actors/ingest/decode_options.hpp"
#include "actors/ingest/field_table.hpp"
#include "actors/ingest/topic_matcher.hpp"
#include "actors/store/message.hpp"
#include "messages/batch.hpp"

namespace sluice {

class event_rows {
public:
  using batches = std::vector<std::shared_ptr<event_batch>>;

  struct bad_element {
    std::uint32_t index;
    decode_failure why;
    std::string_view text; // of the element; valid as long as the message's payload
  };
  struct improbable {
    std::uint32_t index;
    plausibility why;
    std::int64_t time_ms;
    bool arrival;
  };

  // `options`, `pool` and `names` outlive the object.
  event_rows(std::uint16_t source, const decode_options& options, batch_pool& pool, field_table& names);

  // Gives the fields of options.properties their slots: those of `used`, or all. Once, before the first
  // message.
  void add_properties(const std::vector<std::string>& used, bool all_fields);

  // -- the reader's side
  // A message begins. `topics` has just matched its topic.
  void start(const message_out& m, const std::shared_ptr<const char[]>& chunk, const topic_matcher& topics,
             const topic_matcher::entry& matched, bool clock_ok, batches& done);
  // The rows that follow are of this lane; those for state only (event_batch::takeover) are batches of their
  // own.
  void comes_from(std::uint16_t lane, std::uint16_t takeover, batches& done) {
    lane_ = lane;
    if (std::exchange(takeover_, takeover) != takeover) cut(done);
  }
  // Takes back what the message has added.
  void take_back() noexcept;
  // The list of names grew: a batch with wider rows.
  void widen(batches& done);
  // Hands over the batch in the making.
  void cut(batches& done);

  // What the message added.
  std::uint32_t events() const noexcept { return events_; } // improbable ones are among them
  const std::vector<bad_element>& bad_elements() const noexcept { return bad_; }
  const std::vector<improbable>& improbables() const noexcept { return improbable_; }
  std::uint64_t unknown_fields = 0, bad_fields = 0; // added by decoders

  // -- the decoder's side
  // The number of the event that begins next.
  std::uint32_t next() const noexcept { return index_; }
  // Begins an event: the last row of batch(), its slots all missing, received_ms set. False iff the message
  // has too many events.
  bool begin(decode_failure& why);
  event_batch& batch() noexcept { return *batch_; }
  event_row& row() noexcept { return batch_->rows.back(); }
  // The event in hand is complete but for what comes from the topic and the user properties. False iff that
  // makes the message a dead letter.
  bool keep(decode_failure& why);
  // Where a part of the message begins, and back to there.
  struct mark {
    std::size_t rows, bytes, bad, improbable;
    std::uint32_t index, events;
  };
  mark here() const noexcept {
    return {batch_->rows.size() - (open_row_ ? 1 : 0),
            open_row_ ? row_byte_ : batch_->arena.size(),
            bad_.size(),
            improbable_.size(),
            index_,
            events_};
  }
  void take_back(const mark& to) noexcept;
  // The element in hand is no event; counts like one.
  void drop(decode_failure why, std::string_view text);
  // The next event has this number within the message, at least the one it would have.
  void number(std::uint32_t index) noexcept { index_ = std::max(index_, index); }
  // The message is one event, never more: its user property `seq` is the event's.
  bool single = true;

private:
  bool device_from_topic(event_row& row, decode_failure& why);
  bool property_sequence(event_row& row, decode_failure& why);
  void open();
  void pop(std::size_t arena) noexcept;

  struct property_field {
    std::string property;
    std::uint32_t slot;
  };

  void add_text(std::uint32_t place, std::string_view text);
  void take_properties(event_row& row);

  std::uint16_t source_;
  const decode_options& options_;
  batch_pool& pool_;
  field_table& names_;
  bool device_in_payload_;
  bool time_in_record_;
  std::vector<property_field> properties_;

  std::shared_ptr<event_batch> batch_; // in the making

  // The message in hand.
  const message_out* message_ = nullptr;
  const std::shared_ptr<const char[]>* chunk_ = nullptr;
  const topic_matcher* topics_ = nullptr;
  const topic_matcher::entry* matched_ = nullptr;
  bool clock_ok_ = true;
  std::uint16_t lane_ = 0, takeover_ = 0;
  mark first_{};             // before it
  std::size_t row_byte_ = 0; // arena before the row in hand
  bool open_row_ = false;    // begun, neither kept nor dropped
  std::uint32_t index_ = 0, events_ = 0;
  std::vector<bad_element> bad_;
  std::vector<improbable> improbable_;
};

} // namespace sluice
