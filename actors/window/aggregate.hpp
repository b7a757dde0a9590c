// The aggregates of a window: which statistics each field needs, how they lie in a window's words, how an
// event is added, how two windows become one. Mean and variances share Welford's n, mean, M2 (Welford 1962;
// merged as Chan, Golub, LeVeque 1979); sums are compensated (Neumaier 1974).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/window/event_value.hpp"
#include "actors/window/json_text.hpp"
#include "actors/window/set_hash.hpp"
#include "actors/window/window_options.hpp"

namespace sluice {

class heap_statistic; // heap_statistic.hpp

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
  // number is needed: only count, first, last and distinct take those), or -1.
  int wrong_type(std::span<const event_value> values) const noexcept {
    for (std::size_t i = 0; i < values.size(); ++i)
      if (values[i].type > value_type::integer && fields_[i].needs_number) return static_cast<int>(i);
    return -1;
  }
  // Makes what `add` of this event would put on the heap for `window` (null = a new one). May throw.
  void prepare(const std::uint64_t* window, std::span<const event_value> values, const event_facts& event);
  // Adds an event that was checked and prepared.
  void add(std::uint64_t* window, std::span<const event_value> values, const event_facts& event) noexcept;
  // Adds everything in `from` to `into`: equal to one window that took the events of both, counts, extremes,
  // first, last and set_hash exactly, mean and variances to 1e-9, a sum as a compensated sum. `from` stays as
  // it is; merged into all zero words it is copied. May throw std::bad_alloc: then `into` holds a part of it,
  // can be released and is good for nothing else.
  void merge(std::uint64_t* into, const std::uint64_t* from) const;
  // Frees what the words of a window point to; they are zero afterwards.
  void release(std::uint64_t* window) noexcept;
  // Whether words may point to memory: only then `prepare` and `release` are needed.
  bool uses_heap() const noexcept { return uses_heap_; }

  // Appends the JSON object of the results, in the order of the file. `end_ms` is the end of the window, as
  // its result says. An aggregate without values is left out, so is a result that is not finite: those are
  // counted in the return value.
  std::uint64_t append_values(text_buffer& out, const std::uint64_t* window, std::int64_t end_ms) const;

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
    int field = -1;              // -1 = "*"
    std::string key;             // ,"temperature_mean": with comma, quotes and colon
    double quantile = 0;         // of kind quantile
    std::uint16_t word = absent; // points to the statistic it reads, of those that read one
  };
  // What a word may point to; outputs of a field that need the same share it.
  enum class content : std::uint8_t { none, quantiles, distinct, series };
  struct heap_place {
    std::uint16_t word = absent, field = 0;
    content what = content::none;
  };
  struct text_block; // a text held by first or last

  void lay_out();
  void lay_out_number(field_layout& f, aggregate_kind kind);
  void take_words(std::uint16_t& where, std::size_t words);
  static content content_of(aggregate_kind kind) noexcept;
  static std::unique_ptr<heap_statistic> make(content what);
  void prepare_statistics(const std::uint64_t* window, std::span<const event_value> values);
  void add_to_statistics(std::uint64_t* window, std::span<const event_value> values,
                         const event_facts& event) noexcept;
  bool append_statistic(text_buffer& out, const output& o, const std::uint64_t* window, std::int64_t end_ms,
                        std::uint64_t& non_finite) const;
  void add_number(const field_layout& f, std::uint64_t* window, const event_value& v,
                  std::uint64_t count) noexcept;
  void keep(std::uint64_t* place, const event_value& v, const event_facts& event, bool last,
            text_block*& text) noexcept;
  void merge_numbers(const field_layout& f, std::uint64_t* into, const std::uint64_t* from) const noexcept;
  static void merge_kept(std::uint64_t* into, const std::uint64_t* from, bool last);
  static bool replaces(const std::uint64_t* place, const event_facts& event, bool last) noexcept;
  bool append_output(text_buffer& out, const output& o, const std::uint64_t* window, std::int64_t end_ms,
                     std::uint64_t& non_finite) const;

  std::vector<std::string> names_;
  std::vector<field_layout> fields_; // in step with names_
  std::vector<output> outputs_;
  std::uint16_t star_count_ = absent, star_hash_ = absent; // 1 word; high, low
  std::size_t words_ = 0;
  bool uses_heap_ = false;
  std::vector<heap_place> heap_places_;
  std::vector<std::unique_ptr<heap_statistic>> made_; // in step with heap_places_: for windows without one
  std::vector<std::uint16_t> text_places_;
  std::vector<text_block*> prepared_; // two per field: for first, for last
  set_hasher hasher_;
};

} // namespace sluice
