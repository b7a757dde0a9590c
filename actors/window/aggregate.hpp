// The aggregates of a window: which statistics each field needs, how they lie in a window's words, how an
// event is added. Mean and variances share Welford's n, mean, M2 (Welford 1962); sums are compensated
// (Neumaier 1974).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/window/json_text.hpp"
#include "actors/window/set_hash.hpp"
#include "actors/window/window_options.hpp"
#include "messages/batch.hpp"

namespace sluice {

// What an event brings beside its values.
struct event_facts {
  std::string_view device;
  std::int64_t time_ms = 0;
  std::uint64_t sequence = 0;   // journal sequence
  std::uint32_t index = 0;      // element within its message
  std::uint64_t device_seq = 0; // the device's own number
  bool has_sequence = false;
};

// One value of the event, after the steps. `text` is set iff type is text.
struct event_value {
  slot value;
  value_type type = value_type::missing;
  std::string_view text;
};

// Not thread safe: holds the state of the hash and texts on their way into a window.
class aggregates {
public:
  explicit aggregates(const std::vector<aggregate_spec>& specs);
  ~aggregates();
  aggregates(const aggregates&) = delete;
  aggregates& operator=(const aggregates&) = delete;

  // The fields that are read, each once; "*" is not among them. `add` takes one event_value for each.
  std::span<const std::string> fields() const noexcept { return names_; }
  // 64-bit words of a window. All zero = no event yet.
  std::size_t words() const noexcept { return words_; }

  // Returns the index of a field whose value has the wrong type for its aggregates (a text or boolean where a
  // number is needed: only count, first and last take those), or -1.
  int wrong_type(std::span<const event_value> values) const noexcept {
    for (std::size_t i = 0; i < values.size(); ++i)
      if (values[i].type > value_type::integer && fields_[i].needs_number) return static_cast<int>(i);
    return -1;
  }
  // Copies the texts that `add` of this event would put into `window` (null = a new one). May throw.
  void prepare(const std::uint64_t* window, std::span<const event_value> values, const event_facts& event);
  // Adds an event whose types were checked and texts prepared.
  void add(std::uint64_t* window, std::span<const event_value> values, const event_facts& event) noexcept;
  // Frees the texts of a window; its words are zero afterwards.
  void release(std::uint64_t* window) noexcept;
  bool holds_texts() const noexcept { return holds_texts_; }

  // Appends the JSON object of the results, in the order of the file. An aggregate without values is left
  // out, so is a result that is not finite: those are counted in the return value.
  std::uint64_t append_values(text_buffer& out, const std::uint64_t* window) const;

  // The words as bytes, texts included, and back; false when `in` is damaged or of other aggregates. `in` is
  // moved behind.
  void save(std::string& out, const std::uint64_t* window) const;
  bool restore(std::uint64_t* window, std::string_view& in) const;

private:
  static constexpr std::uint16_t absent = 0xffff;
  // Places in the window's words.
  struct field_layout {
    std::uint16_t count = absent;   // number of values and more: moments.hpp
    std::uint16_t moments = absent; // mean, M2
    std::uint16_t sum = absent;     // sum, compensation
    std::uint16_t min = absent, max = absent;
    std::uint16_t first = absent, last = absent; // time, sequence, index and type, value
    bool needs_number = false;
  };
  struct output {
    aggregate_kind kind = aggregate_kind::count;
    int field = -1;  // -1 = "*"
    std::string key; // ,"temperature_mean": with comma, quotes and colon
  };
  struct text_block; // a text held by first or last

  void add_number(const field_layout& f, std::uint64_t* window, const event_value& v,
                  std::uint64_t count) noexcept;
  void keep(std::uint64_t* place, const event_value& v, const event_facts& event, bool last,
            text_block*& text) noexcept;
  static bool replaces(const std::uint64_t* place, const event_facts& event, bool last) noexcept;
  bool append_output(text_buffer& out, const output& o, const std::uint64_t* window,
                     std::uint64_t& non_finite) const;

  std::vector<std::string> names_;
  std::vector<field_layout> fields_; // in step with names_
  std::vector<output> outputs_;
  std::uint16_t star_count_ = absent, star_hash_ = absent; // 1 word; high, low
  std::size_t words_ = 0;
  bool holds_texts_ = false; // first or last of anything: a word may point to a text
  std::vector<std::uint16_t> text_places_;
  std::vector<text_block*> prepared_; // two per field: for first, for last
  set_hasher hasher_;
};

} // namespace sluice
